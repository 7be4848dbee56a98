"""The size at which a model sees images, and the way there and back."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import TypeAlias

from torch import Tensor
from torchvision.transforms.v2.functional import center_crop

from .. import config
from ..errors import UserError, counted, printable
from .range_watch import RangeWatch
from .transforms import Fit, covering, resize

SizeChoice: TypeAlias = int | str | Sequence[int] | None  # pixels, (height, width), "native", or the training's


class Preparation(config.Config):
    """The size of a training, and how images of other sizes come to it."""

    size: config.Pair
    """Height and width in pixels."""
    fit: Fit = "stretch"
    """The way they are resized, as in `data.fit`."""

    def prepare(self, pixels: Tensor, whole: bool = False) -> Tensor:
        """Stored pixels (C, H, W) of any dtype -> (C, *size), as test images are prepared. What has the size stays.

        `fit = "cover"` cuts what sticks out and "none" all but the center. `whole` keeps what "cover" would cut.
        """
        if whole and self.fit == "cover":
            return resize(pixels, covering(*pixels.shape[-2:], self.size), "stretch")
        return center_crop(resize(pixels, self.size, self.fit), list(self.size))

    def __str__(self) -> str:
        height, width = self.size
        return f"{height} x {width}" + (" (height x width)" if height != width else "")


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

    `watch` is shown each image before.
    """

    def __init__(self, preparation: Preparation | None, restore: bool = False, watch: RangeWatch | None = None):
        self.preparation, self.restore, self.watch = preparation, restore, watch or RangeWatch()
        self.seen = self.changed = 0

    def prepare(self, pixels: Tensor) -> Tensor:
        """Stored pixels (C, H, W) -> those that the model is given. With `restore` nothing is cut off."""
        prepared = pixels if self.preparation is None else self.preparation.prepare(pixels, whole=self.restore)
        self.watch.look(pixels)
        self.seen += 1
        self.changed += prepared.shape != pixels.shape
        return prepared

    def alongside(self, pixels: Tensor) -> Tensor:
        """Bring what belongs to an image pixel by pixel, such as alpha, to the size of the answer."""
        resizer = Resizer(self.preparation, self.restore)
        return resizer.finish(resizer.prepare(pixels), pixels)

    def finish(self, answer: Tensor, pixels: Tensor) -> Tensor:
        """An answer (C', H', W') -> the one to give, with `restore` at the height and width of `pixels`."""
        height, width = pixels.shape[-2:]
        return resize(answer, (height, width), "stretch") if self.restore else answer

    def notes(self, asked: bool) -> list[str]:
        """Give lines on sizes that were changed, unless they were `asked` for, and on values that were clamped."""
        return [*([self.note] if self.note and not asked else []), *self.watch.notes]

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
