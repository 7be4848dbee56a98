"""Lines of an input that are still there in its translation."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field, NonNegativeInt
from torch import Tensor
from torch.nn.functional import max_pool2d, pad

from ... import config
from ...registry import metrics
from ..base import Metric, Score
from ..direction import Direction, Translations
from .pixels import luminance

INSIDE = 0.1  # the most that dark pixels may lie within dark areas and still be lines


@metrics.register("keep")
class Keep(Metric):
    """Share of the input's lines within a pixel of which the translation has a strong gradient: mean over images. It
    asks no truth, and says whether it is still this thing. Noise keeps all lines: read it beside scores of quality.

    Lines of a drawing are its dark pixels, luminance below 1/2; lines of a photograph are its own strong gradients.
    Gradients are central differences of the luminance in [0, 1].
    """

    class Config(config.Config):
        lines: Literal["auto", "dark", "gradients"] = "auto"
        """The kind of lines of an input; `auto`: dark pixels, if in the test images nine in ten of them touch a
        lighter pixel, as those of drawn lines do, else gradients."""
        gradient: Annotated[float, Field(gt=0, lt=1)] = 0.05
        """The least gradient that is strong, in luminance for each pixel."""
        tolerance: NonNegativeInt = 1
        """Pixels, in any direction, within which a line counts as kept."""

    scores = {"keep": Score("lines kept", "higher")}
    ceiling = "truth"

    def __init__(self, config: Config, direction: Direction):
        super().__init__(config, direction)
        self._chosen = ""

    def see(self, batch: Translations) -> None:
        strong = gradient(batch.fake) > self.config.gradient
        dark = luminance(batch.real) < 0.5
        inside = -max_pool2d(-dark.float(), 3, 1, 1)
        self.keep("inside", batch.numbers, torch.stack([inside.sum((1, 2, 3)), dark.sum((1, 2, 3))], 1))
        for kind, lines in {"dark": dark, "gradients": gradient(batch.real) > self.config.gradient}.items():
            self.keep(kind, batch.numbers, kept_lines(lines, strong, self.config.tolerance))

    def compute(self) -> dict[str, float]:
        count = len(self.direction.inputs)
        inside, dark = self.table("inside", count).double().sum(0).tolist()
        thin = dark > 0 and inside <= INSIDE * dark
        self._chosen = ("dark" if thin else "gradients") if self.config.lines == "auto" else self.config.lines
        shares = self.table(self._chosen, count).double()
        return {"keep": shares[shares.isfinite()].mean().item()}

    def details(self) -> dict[str, str]:
        return {"lines": self._chosen}


def kept_lines(lines: Tensor, strong: Tensor, tolerance: int) -> Tensor:
    """Share (N,) of the pixels of masks `lines` (N, 1, H, W) that lie near one of `strong`; NaN: there are none."""
    near = max_pool2d(strong.float(), 2 * tolerance + 1, 1, tolerance)
    return (lines * near).sum((1, 2, 3)) / lines.sum((1, 2, 3))


def gradient(images: Tensor) -> Tensor:
    """Lengths (N, 1, H, W) of the central differences of the luminance of images (N, C, H, W) in [-1, 1]."""
    padded = pad(luminance(images), (1, 1, 1, 1), "replicate")
    across = (padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]) / 2
    down = (padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]) / 2
    return torch.hypot(across, down)
