"""Two folders of images that do not correspond."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field
from torch import Tensor

from ...config import ConfigError, TwoNames
from ...errors import Notice, UserError, pasted, printable
from ...registry import datasets
from ..base import ImageData, Split
from ..images.files import ImageInfo, probe, read
from ..images.finding import Found, find, spelled
from .share import set_aside


class Files:
    """A `Source` of image files, converted to `channels`; `found` says where they are from and what was left out."""

    def __init__(self, paths: list[Path], channels: int, found: Found):
        self.paths, self.channels, self.found = paths, channels, found

    def __len__(self) -> int:
        return len(self.paths)

    def info(self, index: int) -> ImageInfo:
        return probe(self.paths[index], self.channels)

    def __getitem__(self, index: int) -> Tensor:
        return read(self.paths[index], self.channels, bounded=False)  # The range of the domain decides what is refused.

    def name(self, index: int) -> str:
        return str(self.paths[index])

    @property
    def names(self) -> list[str]:
        """The paths, relative to the folder that they were found in."""
        return [path.relative_to(self.found.folder).as_posix() for path in self.paths]

    def take(self, names: Iterable[str]) -> Files:
        """Give the images of the folder that have these names, whether they are there or not."""
        return Files([self.found.folder / name for name in names], self.channels, self.found)


@datasets.register("unpaired")
class Unpaired(ImageData):
    """Image folders: `root/trainA` and `trainB`, `root/train/<domain>`, or any two named in `folders`.

    Test images come from `testA` and `testB`, `test/<domain>` or `test_folders`; without those, `test` sets aside a
    share of the training images, else they are the training images. Sub-folders are searched too. `trainA` may also be
    spelled `train_A`, `TrainA` or `train-a`.
    """

    class Config(ImageData.Config):
        root: str = ""
        """Folder that holds trainA, trainB, testA, testB, or train/<domain>, test/<domain>; a relative one is below the
        folder in which the command is given."""
        folders: TwoNames | None = None
        """The two folders of training images, relative to `root`; left out: found below `root`."""
        test_folders: TwoNames | None = None
        """The two folders of test images, relative to `root`; left out: found below `root`, else `folders`."""
        test: Annotated[float, Field(ge=0, lt=1)] = 0.0
        """Share of the training images that is set aside as test images where there are no test folders, always the
        same. Images whose names differ in their last digits only, such as slices of one scan, stay together."""

    config: Config

    def __init__(self, config: Config):
        super().__init__(config)
        if config.test and config.test_folders:
            raise ConfigError("recipe.data.test: has no effect with test_folders; leave out one of them")

    @property
    def sets_aside(self) -> bool:
        return self.config.test > 0

    def source(self, split: Split, domain: str) -> Files:
        place = self.config.domains.index(domain)
        folder = self._folder(split, place)
        if folder not in self._searched:
            self._searched[folder] = find(folder)
        files = Files(self._searched[folder].paths, self.config.channels[place], self._searched[folder])
        if self.config.test and self._folder("test", place) == self._folder("train", place):
            aside = set(self._set_aside(domain, files))
            files = files.take(name for name in files.names if (name in aside) == (split == "test"))
        elif self.config.test and split == "test":
            warnings.warn(f"data.test has no effect: the test images are those of {folder}", Notice, stacklevel=2)
        if split == "train" and len(files) < 2:
            raise UserError(
                f"{files.name(0)}: the only image of domain {domain!r} to train on; add images, two at least"
            )
        return files

    def tests_on_training(self, domain: str) -> bool:
        if self.config.test:
            return False
        place = self.config.domains.index(domain)
        test = self._folder("test", place)
        with suppress(UserError):  # Test images may come without images to train on.
            return test == self._folder("train", place)
        return False

    @cached_property
    def _searched(self) -> dict[Path, Found]:
        return {}

    def _set_aside(self, domain: str, files: Files) -> list[str]:
        """The names that are set aside: those of the run whose images are recalled, if they are there.

        A file that links give several names goes one way under all of them.
        """
        names = files.names
        if then := self.record.test.get(domain):
            if not (known := set(then).intersection(names)):
                raise UserError(f"{files.found.folder}: the test images of the run are gone ({then[0]}); put them back")
            return sorted(known)
        first: dict[str, str] = {}
        same = {n: first.setdefault(os.path.realpath(p), n) for n, p in zip(names, files.paths, strict=True)}
        if len(first) < 3:
            raise UserError(f"{files.name(0)}: too few images of {domain!r} to set one aside; leave out data.test")
        chosen = set(set_aside(list(first.values()), self.config.test))
        return [name for name in names if same[name] in chosen]

    def _folder(self, split: Split, place: int) -> Path:
        c = self.config
        root, domain = Path(c.root).expanduser(), c.domains[place]
        if named := c.folders if split == "train" else c.test_folders:
            return root / Path(named[place]).expanduser()
        if split == "test" and c.folders:
            return root / Path(c.folders[place]).expanduser()
        if not c.root:
            raise ConfigError("recipe.data.root: missing; name the folder that holds trainA and trainB")
        if not os.path.isdir(root):  # Path.is_dir raises for a name that is too long; this returns False.
            what = f"{printable(root, 300)}: no such folder{below(root)}"
            raise UserError(f"{what}; set data.root to the one that holds trainA and trainB")
        candidates = [spelled(root, f"{split}{'AB'[place]}"), root / split / domain]
        for folder in candidates:
            if folder.is_dir():
                return folder
        if split == "test":
            return self._folder("train", place)
        neither = f"{printable(root, 300)}: has neither {' nor '.join(str(c.relative_to(root)) for c in candidates)}"
        raise UserError(f"{neither}; name the folders of {' and '.join(c.domains)}: {_folders(root)}")


def _folders(root: Path) -> str:
    """The override that names the two folders of training images, with the first two that there are."""
    there = sorted(folder.name for folder in root.iterdir() if folder.is_dir() and not folder.name.startswith("."))
    one, other = there[:2] if len(there) > 1 else ("cats", "dogs")
    return pasted("data.folders", f"[{json.dumps(one, ensure_ascii=False)}, {json.dumps(other, ensure_ascii=False)}]")


def below(path: Path) -> str:
    """Name the folder in which a missing relative path was looked for, as the end of a clause."""
    return "" if path.is_absolute() else f" in {Path.cwd()}, where the command was given"
