"""Difference that another style makes to the translation of the same input."""

from __future__ import annotations

from itertools import combinations
from typing import Annotated, Any

import torch
from pydantic import Field, PositiveInt

from ... import config
from ...registry import metrics
from ..base import Metric, NotApplicable, Score
from ..direction import Direction, Translations, among
from .pixels import l1, ms_ssim, scales


@metrics.register("styles")
class Styles(Metric):
    """Mean distance between translations of one input in different styles of the prior: per pixel, and 1 - MS-SSIM.

    Each input takes styles of its own, every pair of them counts. Models without styles are measured in the same way,
    and have 0. Noise is diverse too: read these beside scores of quality.
    """

    class Config(config.Config):
        inputs: PositiveInt = 100
        """The most inputs, spread evenly over the test images."""
        styles: Annotated[int, Field(ge=2)] = 4
        """Styles of each input."""

    scores = {
        "style_l1": Score("distance of styles", "higher", "of 255"),
        "style_ms_ssim": Score("distance of styles", "higher", "1 - MS-SSIM"),
    }

    def __init__(self, config: Config, direction: Direction):
        super().__init__(config, direction)
        if not scales(direction.size):
            raise NotApplicable(f"{self.name}: images of {direction.size} pixels are too small for MS-SSIM")

    def see(self, batch: Translations) -> None:
        positions, places = among(batch.numbers, self.direction.chosen(self.config.inputs))
        if not positions:
            return
        pairs = list(combinations(batch.restyled(positions, self.config.styles), 2))
        self.keep("style_l1", places, torch.stack([255 * l1(*pair) for pair in pairs]).mean(0))
        self.keep("style_ms_ssim", places, torch.stack([1 - ms_ssim(*pair) for pair in pairs]).mean(0))

    def compute(self) -> dict[str, float]:
        count = len(self.direction.chosen(self.config.inputs))
        return {name: self.mean(name, count) for name in self.scores}

    def details(self) -> dict[str, Any]:
        return {"scales": scales(self.direction.size)}
