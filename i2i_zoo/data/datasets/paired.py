"""Image pairs that do correspond: the truth that an unpaired model is scored against, never trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from torch import Tensor

from ...config import ConfigError, TwoNames
from ...errors import UserError
from ...registry import datasets
from ..base import ImageData, Split
from ..images.files import ImageInfo
from ..images.finding import Found, find, spelled
from .unpaired import Files


class Halves(Files):
    """A `Source` of the left (0) or right (1) halves of side-by-side images."""

    def __init__(self, found: Found, channels: int, half: int):
        super().__init__(found.paths, channels, found)
        self.half = half

    def info(self, index: int) -> ImageInfo:
        info = super().info(index)
        if info.width < 2:
            raise UserError(f"{self.paths[index]}: {info.width} pixel wide, too narrow to hold two images side by side")
        return info._replace(width=info.width // 2)

    def __getitem__(self, index: int) -> Tensor:
        image = super().__getitem__(index)
        width = image.shape[-1] // 2
        return image[..., self.half * width : (self.half + 1) * width]


@datasets.register("paired")
class Paired(ImageData):
    """Test pairs: files of the same name in two folders, or one folder of side-by-side images. For evaluation only."""

    paired = True

    class Config(ImageData.Config):
        root: str = ""
        """Folder of the side-by-side images, or the one that `folders` are relative to."""
        layout: Literal["folders", "side-by-side"] = "folders"
        """Pairs are files with the same stem in two folders, or the two halves of one image."""
        folders: TwoNames = ("testA", "testB")
        """The two folders, for `layout = "folders"`."""

    config: Config

    def source(self, split: Split, domain: str) -> Files:
        if split == "train":
            raise UserError(
                "recipe.data.name: 'paired' data is for evaluation; use it in [test], and 'unpaired' in [data]"
            )
        c, place = self.config, self.config.domains.index(domain)
        if not c.root:
            raise ConfigError("recipe.test.root: missing; name the folder that holds the pairs")
        root = Path(c.root).expanduser()
        if c.layout == "side-by-side":
            return Halves(find(root), c.channels[place], place)
        both = [find(spelled(root, str(Path(folder).expanduser()))) for folder in c.folders]
        piles = [{path.relative_to(found.folder).with_suffix(""): path for path in found.paths} for found in both]
        common = sorted(piles[0].keys() & piles[1].keys())
        if not common:
            raise UserError(
                f"{root}: no file of {c.folders[0]} has its pair in {c.folders[1]}; "
                "give both files of a pair the same name"
            )
        found = both[place]
        if alone := len(found.paths) - len(common):
            found.passed["without a pair"] = alone
        return Files([piles[place][stem] for stem in common], c.channels[place], found)
