"""The size at which a model sees images, and the way there and back."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from types import ModuleType
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from .. import config
from ..errors import UserError, counted, printable
from . import fitting
from .fitting import Fit, covering

if TYPE_CHECKING:
    from torch import Tensor

    from .range_watch import RangeWatch

SizeChoice: TypeAlias = int | str | Sequence[int] | None  # pixels, (height, width), "native", or the training's

Pixels = TypeVar("Pixels", np.ndarray, "Tensor")  # stored, (C, H, W): what comes as an array goes as one


class Preparation(config.Config):
    """The size of a training, and how images of other sizes come to it."""

    size: config.Pair
    """Height and width in pixels."""
    fit: Fit = "stretch"
    """The way they are resized, as in `data.fit`."""

    def prepare(self, pixels: Pixels, whole: bool = False) -> Pixels:
        """Stored pixels (C, H, W) of any dtype -> (C, *size), as test images are prepared. What has the size stays.

        `fit = "cover"` cuts what sticks out and "none" all but the center. `whole` keeps what "cover" would cut.
        """
        if whole and self.fit == "cover":
            return _means(pixels).resize(pixels, covering(*pixels.shape[-2:], self.size), "stretch")
        means = _means(pixels)
        return means.center_crop(means.resize(pixels, self.size, self.fit), self.size)

    def __str__(self) -> str:
        height, width = self.size
        return f"{height} x {width}" + (" (height x width)" if height != width else "")


def _means(pixels: object) -> ModuleType:
    """What resizes arrays, or tensors: torch is imported for these only."""
    if isinstance(pixels, np.ndarray):
        return fitting
    from . import transforms

    return transforms


def choose_preparation(trained: Preparation | None, size: SizeChoice = None) -> Preparation | None:
    """Choose how images are prepared for a model that was `trained` so, if that is known. None: as they are.

    `size` None is the training's; "native" takes images as they are, as does a training at native sizes
    (`fit = "none"`). A number of pixels or (height, width) is another size, also as text: "512", "384,512".
    Raises `UserError`.
    """
    native = trained is None or trained.fit == "none"
    if size == "native" or (size is None and native):
        return None
    return trained if size is None else Preparation(size=_pixels(size), fit="stretch" if native else trained.fit)


def _pixels(size: int | str | Sequence[int]) -> tuple[int, int]:
    try:
        sides = [int(side) for side in size.split(",")] if isinstance(size, str) else _sides(size)
        height, width = sides * 2 if len(sides) == 1 else sides
        return Preparation(size=(height, width)).size
    except (ValueError, TypeError):  # Pydantic raises a ValueError for what is too small or too large.
        expected = "native, a number of pixels (512) or height,width (384,512)"
        raise UserError(f"size: expected {expected}, got {printable(size)}") from None


def _sides(size: int | Sequence[int]) -> list[int]:
    if isinstance(size, bool):
        raise TypeError("neither true nor false is a size")
    return [index(side) for side in size] if isinstance(size, list | tuple) else [index(size)]


class Resizer:
    """Bring images to the size for a model, answers back to that of the images if `restore` says so, and count.

    `watch`, if there is one, is shown each image before. `unplaced` counts the answers that, for their size, have lost
    the place on Earth of their image; who writes them counts.
    """

    def __init__(self, preparation: Preparation | None, restore: bool = False, watch: RangeWatch | None = None):
        self.preparation, self.restore, self.watch = preparation, restore, watch
        self.seen = self.changed = self.unplaced = 0

    def prepare(self, pixels: Pixels) -> Pixels:
        """Stored pixels (C, H, W) -> those that the model is given. With `restore` nothing is cut off."""
        prepared = pixels if self.preparation is None else self.preparation.prepare(pixels, whole=self.restore)
        if self.watch:
            self.watch.look(pixels)
        self.seen += 1
        self.changed += prepared.shape != pixels.shape
        return prepared

    def alongside(self, pixels: Pixels) -> Pixels:
        """Bring what belongs to an image pixel by pixel, such as alpha, to the size of the answer."""
        resizer = Resizer(self.preparation, self.restore)
        return resizer.finish(resizer.prepare(pixels), pixels)

    def finish(self, answer: Pixels, pixels: Pixels) -> Pixels:
        """An answer (C', H', W') -> the one to give, with `restore` at the height and width of `pixels`."""
        height, width = pixels.shape[-2:]
        return _means(answer).resize(answer, (height, width), "stretch") if self.restore else answer

    def notes(self, asked: bool) -> list[str]:
        """Give lines on sizes that were changed, unless they were `asked` for, what that lost, and clamped values."""
        images = f"{self.unplaced} of {counted(self.seen, 'image')}"
        lost = f"{images} without the place on Earth (GeoTIFF), which --restore keeps"
        sizes = [self.note] if self.note and not asked else []
        return [*sizes, *([lost] if self.unplaced else []), *(self.watch.notes if self.watch else [])]

    @property
    def note(self) -> str:
        """One line on what became of the sizes by default and which option changes that; "" if nothing did."""
        if self.preparation is None or not self.changed:
            return ""
        cut = " and cut" if self.preparation.fit == "cover" and not self.restore else ""
        images = f"{self.changed} of {counted(self.seen, 'image')}"
        scaled = f"{images} scaled{cut} to {self.preparation}, the size of the training"
        if self.restore:
            return f"{scaled}, and the answers back (--size native takes images as they are)"
        return f"{scaled} (--restore scales the answers back, --size native takes images as they are)"
