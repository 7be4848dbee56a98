"""Agreement of shapes while the style changes."""

from __future__ import annotations

from itertools import combinations
from typing import Annotated

import torch
from pydantic import Field, PositiveInt
from torch import Tensor

from ... import config
from ...config import Share
from ...registry import metrics
from ..base import Metric, Score
from ..direction import Translations, among


@metrics.register("silhouette")
class Silhouette(Metric):
    """F1 and IoU of the silhouettes of one input's translations in different styles; where the truth is known, also of
    the silhouettes of translations and truth.

    A silhouette is all that differs from a plain background by more than `tolerance` in any channel. For things on a
    plain ground only, and a thing of the ground's own color is not seen. Each input takes styles of its own, every
    pair of them counts; means over images. Models without styles have 1, and the truth still tells.
    """

    class Config(config.Config):
        inputs: PositiveInt = 100
        """The most inputs, spread evenly over the test images."""
        styles: Annotated[int, Field(ge=2)] = 4
        """Styles of each input."""
        background: Share = 1.0
        """Value of all channels of the background, 0 (black) to 1 (white)."""
        tolerance: Share = 0.1
        """The distance of a channel from `background` up to which it is background."""

    scores = {
        "shape_f1": Score("F1 of silhouettes, styles", "higher"),
        "shape_iou": Score("IoU of silhouettes, styles", "higher"),
        "true_shape_f1": Score("F1 of silhouettes, truth", "higher"),
        "true_shape_iou": Score("IoU of silhouettes, truth", "higher"),
    }

    def see(self, batch: Translations) -> None:
        positions, places = among(batch.numbers, self.direction.chosen(self.config.inputs))
        if not positions:
            return
        shapes = [self._shape(images) for images in batch.restyled(positions, self.config.styles)]
        self._keep("shape", places, [agreement(one, other) for one, other in combinations(shapes, 2)])
        if self.direction.paired:
            truth = self._shape(batch.truth[positions])
            self._keep("true_shape", places, [agreement(shape, truth) for shape in shapes])

    def compute(self) -> dict[str, float]:
        count = len(self.direction.chosen(self.config.inputs))
        known = [name for name in self.scores if self.direction.paired or not name.startswith("true")]
        return {name: self.mean(name, count) for name in known}

    def _shape(self, images: Tensor) -> Tensor:
        ground = 2 * self.config.background - 1
        return ((images - ground).abs() > 2 * self.config.tolerance).any(1)

    def _keep(self, name: str, places: list[int], measured: list[tuple[Tensor, Tensor]]) -> None:
        for kind, values in zip(("f1", "iou"), zip(*measured, strict=True), strict=True):
            self.keep(f"{name}_{kind}", places, torch.stack(values).mean(0))


def agreement(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """F1 and IoU (N,) of masks (N, H, W); 1 where both are empty."""
    both = (one & other).sum((1, 2)).double()
    sizes = (one.sum((1, 2)) + other.sum((1, 2))).double()
    empty = sizes == 0
    f1, iou = 2 * both / sizes.clamp(min=1), both / (sizes - both).clamp(min=1)
    return f1.masked_fill(empty, 1.0), iou.masked_fill(empty, 1.0)
