"""Two piles of images: what every data set has in common."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor

from .. import config
from ..config import ConfigError, Pair, Size, toml
from ..errors import UserError, pasted
from ..registry import Configurable, did_you_mean
from .cache import Cached, Source
from .damage import Tolerant
from .evenly import evenly
from .fitting import Fit
from .images.files import ImageInfo
from .preparation import Preparation
from .range import BY_TYPE, Range
from .range_rule import Rule, resolve
from .record import Record, read_record
from .stream import Stream, first_whole
from .transforms import Augment, resize, resized
from .values import is_plain, measure, unsuited

Split = Literal["train", "test"]


class ImageData(Configurable, ABC):
    """Images of two named domains, for training and for testing."""

    record: Record = Record()
    """The record of a run whose images are taken again; an empty one pins nothing."""
    paired: bool = False
    """Test image i of one domain is the true translation of test image i of the other."""

    class Config(config.Config):
        domains: config.TwoNames
        """Names of the two domains, a and b: the words for `--to`."""
        channels: Pair = (3, 3)
        """Channels of each domain's images: 1 is grey, 3 RGB; grey and RGB files are converted to it."""
        size: Size = 256
        """Size of a training sample in pixels: one number, or [height, width]."""
        resize: Size | None = None
        """Size that images are resized to before the crop; left out: `size`, so that nothing is cut."""
        fit: Fit = "stretch"
        """The way images are resized: stretch (as officially), cover (keeps the aspect ratio), none (native size)."""
        augment: Augment = Augment()
        """Random changes of training images, drawn independently for the two domains."""
        augment_for: dict[str, Augment] = {}
        """Domain name -> its own `augment` table, in place of the common one."""
        range: Rule = "type"
        """The stored values that -1 and 1 stand for: "type" (0 and the highest of the type: 255, 65535, 1.0),
        [low, high], {window = [center, width]}, or {percentiles = [0.5, 99.5]} of the domain's training images."""
        range_for: dict[str, Rule] = {}
        """Domain name -> its own `range`, in place of the common one."""
        cache: Literal["memory", "file", "none"] = "memory"
        """The place where decoded images are kept: memory, a temporary file that is mapped into memory, or nowhere."""
        cache_gb: Annotated[float, Field(ge=0, le=2**20)] = 4.0
        """The most that each training process keeps, in GiB; images beyond it are decoded each time."""
        damaged: config.Share = 0.05
        """Share of a domain's training images, rounded up to whole ones, that may be damaged: they are left out. With
        more the training ends, after a checkpoint."""
        workers: Annotated[int, Field(ge=0, le=256)] = 0
        """Loader processes of each training process; 0 loads between the steps, best on few CPU cores."""

        @property
        def crop_size(self) -> tuple[int, int]:
            return _pair(self.size)

        @property
        def load_size(self) -> tuple[int, int]:
            return _pair(self.size if self.fit == "none" else self.resize or self.size)

        @property
        def preparation(self) -> Preparation:
            """The preparation of test images: resized to `size` itself, so that nothing is cut; see `fit`."""
            return Preparation(size=self.crop_size, fit=self.fit)

    def __init__(self, config: Config):
        """Check the config; raises `ConfigError` when the sizes or names do not fit together."""
        self.config = config
        if min(_minus(config.load_size, config.crop_size)) < 0:
            raise ConfigError(
                f"recipe.data.resize: {toml(config.resize)} is smaller than the crop, size = {toml(config.size)}; "
                f"set {pasted('data.resize', toml(config.size))}, or more"
            )
        for key in ("augment_for", "range_for"):
            for name in getattr(config, key):
                if name not in config.domains:
                    hint = did_you_mean(name, config.domains)
                    raise ConfigError(f"recipe.data.{key}.{name}: no domain is called {name!r}; {hint}")

    @abstractmethod
    def source(self, split: Split, domain: str) -> Source:
        """The images of a domain as they are stored; raises `UserError` when there are none."""

    @cached_property
    def _piles(self) -> dict[tuple[Split, str], Source]:
        return {}

    def pile(self, split: Split, domain: str) -> Source:
        """The images of `source`, which is asked once: what is added to a folder later does not count."""
        if (split, domain) not in self._piles:
            source, names = self.source(split, domain), self.record.train.get(domain)
            self._piles[split, domain] = source.take(names) if split == "train" and names else source
        return self._piles[split, domain]

    def recall(self, record: Record) -> None:
        """Take the images of a run again, by name, whatever has been added to their folders."""
        self.record = record
        for known in ("_piles", "training", "stream"):
            self.__dict__.pop(known, None)

    @property
    def sets_aside(self) -> bool:
        """Tell whether the test images are a share of the training images, which a run keeps a record of."""
        return False

    def recall_tests(self, run: Path) -> None:
        """Take as test images those that the run in the folder `run` has set aside, if it has.

        This is the one place that decides which record counts. Raises `FileError` for one that cannot be read.
        """
        if self.sets_aside and (kept := read_record(run)):
            self.recall(Record(test=kept.test))

    @cached_property
    def ranges(self) -> Mapping[str, Range]:
        """The range of each domain, percentiles in numbers; empty: that of each image's type. A run may set them."""
        c = self.config
        rules = {domain: c.range_for.get(domain, c.range) for domain in c.domains}
        if all(rule == "type" for rule in rules.values()):
            return {}
        return resolve(rules, {domain: self.pile("train", domain) for domain in c.domains})

    def remarks(self) -> Iterator[str]:
        """Name each domain whose training images use little of their range; 8-bit pictures cost nothing."""
        for domain in self.config.domains:
            pile, span = self.pile("train", domain), self.ranges.get(domain, BY_TYPE).span
            if not (span is None and is_plain(pile)) and (line := unsuited(domain, measure(pile), span)):
                yield line

    @cached_property
    def training(self) -> dict[str, Tolerant]:
        """The training images of each domain, resized; which of them are damaged shows as they are read."""
        return {domain: self._tolerant(domain) for domain in self.config.domains}

    def _tolerant(self, domain: str) -> Tolerant:
        prepared, damaged = self.prepared("train", domain), self.record.damaged.get(domain, {})
        known = [index for index, name in enumerate(names(prepared.source)) if name in damaged]
        return Tolerant(prepared, known)

    def notes(self, look: bool = False) -> list[str]:
        """Lines that count the files and pages left out of all `pile`s so far.

        `look` looks into each file, by its header, for several pages; without it they are known if that was done.
        """
        found = [pile.found for pile in self._piles.values() if hasattr(pile, "found")]
        return list(dict.fromkeys(line for one in found for line in (one.look() if look else one).notes))

    def prepared(self, split: Split, domain: str) -> Resized:
        """The images of a domain, resized as for training; those whose values have no meaning are a `UserError`."""
        return Resized(self.pile(split, domain), self.config, self.ranges.get(domain, BY_TYPE))

    def images(self, split: Split, domain: str) -> Source:
        """The images of a domain, (C, H, W) in their own dtype, resized as for training and not yet cropped."""
        prepared, c = self.training[domain] if split == "train" else self.prepared(split, domain), self.config
        return prepared if c.cache == "none" else Cached(prepared, c.cache, c.cache_gb / len(c.domains))

    @cached_property
    def stream(self) -> Stream:
        """The endless, seedable stream of training samples."""
        c = self.config
        transforms = {d: c.augment_for.get(d, c.augment).transform(c.crop_size) for d in c.domains}
        return Stream({d: self.images("train", d) for d in c.domains}, transforms, self.ranges)

    def held_out(
        self, domain: str, limit: int, *, split: Split = "test", ranges: Mapping[str, Range] | None = None
    ) -> HeldOut:
        """Give up to `limit` images (C, H, W) in [-1, 1], spread evenly over the domain, each read when asked for.

        They are resized to `size` itself, so that nothing is cut; with `fit = "none"`, cropped in the center. `ranges`
        are those of a model; None: of this data.
        """
        own = (self.ranges if ranges is None else ranges).get(domain, BY_TYPE)
        config = self.config.model_copy(update={"resize": None})
        images = Resized(self.pile(split, domain), config, own)
        return HeldOut(images, limit, tolerant=split == "train" or self.tests_on_training(domain))

    def tests_on_training(self, domain: str) -> bool:
        """Tell whether the test images are the training images, for want of others."""
        return False


class HeldOut:
    """A sequence of test images; see `ImageData.held_out`."""

    def __init__(self, images: Resized, limit: int, tolerant: bool = False):
        self.images, self.numbers, self.tolerant = images, evenly(len(images), limit), tolerant

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, position: int) -> Tensor:
        return self.images.range.to_unit(self.stored(position))

    def stored(self, position: int) -> Tensor:
        """The image (C, H, W) in the values and the type of its file.

        In place of a training image that is damaged stands the next one.
        """
        index = self.numbers[position]
        return first_whole(self._sized, range(len(self.images)), index) if self.tolerant else self._sized(index)

    def _sized(self, index: int) -> Tensor:
        self.images.info(index)  # It refuses what is smaller than the crop.
        return self.images.config.preparation.prepare(self.images.decoded(index))


class Resized:
    """A `Source` resized as the config says. A picture smaller than the crop is refused by name."""

    def __init__(self, source: Source, config: ImageData.Config, range: Range = BY_TYPE):
        self.source, self.config, self.range = source, config, range

    def __len__(self) -> int:
        return len(self.source)

    def info(self, index: int) -> ImageInfo:
        info = self.source.info(index)
        height, width = resized(info.height, info.width, self.config.load_size, self.config.fit)
        if min(_minus((height, width), self.config.crop_size)) < 0:
            raise UserError(
                f"{self.source.name(index)}: {height} x {width} is smaller than the crop, {self.config.size}; "
                "set a smaller data.size, or data.fit to 'stretch' or 'cover'"
            )
        return info._replace(height=height, width=width)

    def name(self, index: int) -> str:
        return self.source.name(index)

    def __getitem__(self, index: int) -> Tensor:
        return resize(self.decoded(index), self.config.load_size, self.config.fit)

    def decoded(self, index: int) -> Tensor:
        """The image at its own size; `UserError` if its values have no meaning."""
        image = self.source[index]
        self.range.check(image, self.source.name(index))
        return image


def names(pile: Source) -> list[str]:
    """Names of image files relative to their folder; none for images that are no files."""
    return getattr(pile, "names", [])


def trained_on(train: ImageData, tests: ImageData, domain: str) -> bool:
    """Tell whether test images of a domain are training images, too; False where there are no training images."""
    try:
        known, seen = train.pile("train", domain), tests.pile("test", domain)
    except UserError:
        return False
    return not _files(known).isdisjoint(_files(seen))


def _files(pile: Source) -> set[str]:
    """The images by name; files that are links by what they lead to."""
    return {os.path.realpath(pile.name(number)) for number in range(len(pile))}


def _pair(size: int | tuple[int, int]) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else size


def _minus(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    return a[0] - b[0], a[1] - b[1]
