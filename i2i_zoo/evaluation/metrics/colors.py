"""Variety of color in translations, against that of real images."""

from __future__ import annotations

from torch import Tensor

from ... import config
from ...config import Share
from ...registry import metrics
from ..base import Metric, NotApplicable, Score
from ..direction import Direction, Targets, Translations


@metrics.register("colors")
class Colors(Metric):
    """Spread of the mean colors of things in translations, as a part of that in real images: 1 is as varied, 0 is one
    color for all, and above 1 is motley.

    A thing is all that differs from a plain background by more than `tolerance` in any channel. The spread is the root
    of the summed variances of the channels over the images. Of grey domains nothing is said.
    """

    class Config(config.Config):
        background: Share = 1.0
        """Value of all channels of the background, 0 (black) to 1 (white)."""
        tolerance: Share = 0.1
        """The distance of a channel from `background` up to which it is background."""

    scores = {"colors": Score("spread of colors", "", "of real")}
    ceiling = "real"

    def __init__(self, config: Config, direction: Direction):
        super().__init__(config, direction)
        if direction.channels < 3:
            raise NotApplicable(f"{self.name}: {direction.to!r} is grey")

    def see_target(self, batch: Targets) -> None:
        self.keep("real", batch.numbers, self._colors(batch.images))

    def see(self, batch: Translations) -> None:
        self.keep("fake", batch.numbers, self._colors(batch.fake))

    def compute(self) -> dict[str, float]:
        real, fake = (
            self.table(kind, len(images)).double()
            for kind, images in (("real", self.direction.targets), ("fake", self.direction.inputs))
        )
        if colorless(real):
            return {}
        return {"colors": (spread(fake) / spread(real)).item()}

    def _colors(self, images: Tensor) -> Tensor:
        return mean_colors(images, self.config.background, self.config.tolerance)


def mean_colors(images: Tensor, background: float, tolerance: float) -> Tensor:
    """The mean color (N, C) in [0, 1] of what is not background in images (N, C, H, W) in [-1, 1]; NaN: nothing is."""
    values = (images + 1) / 2
    thing = ((values - background).abs() > tolerance).any(1, keepdim=True)
    return (values * thing).sum((2, 3)) / thing.sum((2, 3))


def spread(colors: Tensor) -> Tensor:
    """Root of the summed variances of the channels of colors (N, C), without rows of NaN."""
    return colors[colors.isfinite().all(1)].var(0, correction=0).sum().sqrt()


def colorless(colors: Tensor) -> bool:
    """Tell whether all channels are the same in all colors (N, C), to a level of 8 bits."""
    known = colors[colors.isfinite().all(1)]
    return bool((known.amax(1) - known.amin(1) < 1 / 255).all())
