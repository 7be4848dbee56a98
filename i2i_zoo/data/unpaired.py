"""Two folders of images that do not correspond."""

from __future__ import annotations

import os
from pathlib import Path

from torch import Tensor

from ..config import ConfigError, TwoNames
from ..errors import UserError, printable
from ..registry import datasets
from .base import ImageData, Split
from .images import ImageInfo, find_images, probe, read


class Files:
    """A `Source` of image files, converted to `channels`."""

    def __init__(self, paths: list[Path], channels: int):
        self.paths, self.channels = paths, channels

    def __len__(self) -> int:
        return len(self.paths)

    def info(self, index: int) -> ImageInfo:
        return probe(self.paths[index], self.channels)

    def __getitem__(self, index: int) -> Tensor:
        return read(self.paths[index], self.channels)

    def name(self, index: int) -> str:
        return str(self.paths[index])


@datasets.register("unpaired")
class Unpaired(ImageData):
    """Image folders: `root/trainA` and `trainB`, `root/train/<domain>`, or any two named in `folders`.

    Test images come from `testA` and `testB`, `test/<domain>` or `test_folders`; without those, from the training
    folders. Sub-folders are searched too.
    """

    class Config(ImageData.Config):
        root: str = ""
        """Folder that holds trainA, trainB, testA, testB, or train/<domain>, test/<domain>; a relative one is below the
        folder in which the command is given."""
        folders: TwoNames | None = None
        """The two folders of training images, relative to `root`; left out: found below `root`."""
        test_folders: TwoNames | None = None
        """The two folders of test images, relative to `root`; left out: found below `root`, else `folders`."""

    config: Config

    def source(self, split: Split, domain: str) -> Files:
        place = self.config.domains.index(domain)
        files = Files(find_images(self._folder(split, place)), self.config.channels[place])
        if split == "train" and len(files) < 2:
            raise UserError(f"{files.name(0)}: the only image of domain {domain!r}; at least two are needed to train")
        return files

    def _folder(self, split: Split, place: int) -> Path:
        c = self.config
        root, domain = Path(c.root).expanduser(), c.domains[place]
        if named := c.folders if split == "train" else c.test_folders:
            return root / Path(named[place]).expanduser()
        if split == "test" and c.folders:
            return root / Path(c.folders[place]).expanduser()
        if not c.root:
            raise ConfigError("recipe.data.root: missing; name the folder that holds trainA and trainB")
        if not os.path.isdir(root):  # unlike pathlib's, this bears names that no system has
            what = f"{printable(root, 300)}: no such folder{below(root)}"
            raise UserError(f"{what}; set data.root to the one that holds trainA and trainB")
        candidates = [root / f"{split}{'AB'[place]}", root / split / domain]
        for folder in candidates:
            if folder.is_dir():
                return folder
        if split == "test":
            return self._folder("train", place)
        raise UserError(
            f"{root}: has neither {' nor '.join(str(c.relative_to(root)) for c in candidates)}; see data.folders"
        )


def below(path: Path) -> str:
    """What a relative path that is not there was looked for in, as the end of a clause."""
    return "" if path.is_absolute() else f" in {Path.cwd()}, where the command was given"
