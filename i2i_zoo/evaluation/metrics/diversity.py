"""Diversity of the translations of different images."""

from __future__ import annotations

from typing import Annotated, Any

import torch
from pydantic import Field, PositiveInt
from torch import Tensor

from ... import config
from ...data.stream import seed_of
from ...registry import metrics
from ..base import Metric, NotApplicable, Score
from ..direction import Direction, Targets, Translations, among, places
from .pixels import ms_ssim, scales


@metrics.register("diversity")
class Diversity(Metric):
    """1 - MS-SSIM of random pairs of translations of different inputs (Odena et al. 2017), and of as many
    pairs of real images: far fewer than those, the model makes one picture of everything."""

    class Config(config.Config):
        inputs: Annotated[int, Field(ge=2)] = 200
        """The most images of each kind, spread evenly, of which pairs are made."""
        pairs: PositiveInt = 500
        """The most pairs; fewer where there are not so many."""

    scores = {
        "diversity": Score("diversity of translations", "higher", "1 - MS-SSIM"),
        "real_diversity": Score("diversity of real images", "", "1 - MS-SSIM"),
    }

    def __init__(self, config: Config, direction: Direction):
        super().__init__(config, direction)
        self._chosen = {
            "fake": places(len(direction.inputs), config.inputs),
            "real": places(len(direction.targets), config.inputs),
        }
        if not scales(direction.size):
            raise NotApplicable(f"{self.name}: images of {direction.size} pixels are too small for MS-SSIM")
        if min(map(len, self._chosen.values())) < 2:
            raise NotApplicable(f"{self.name}: of one test image there are no pairs")

    def see_target(self, batch: Targets) -> None:
        self._keep("real", batch.numbers, batch.images)

    def see(self, batch: Translations) -> None:
        self._keep("fake", batch.numbers, batch.fake)

    def compute(self) -> dict[str, float]:
        return {"diversity": self._mean("fake"), "real_diversity": self._mean("real")}

    def details(self) -> dict[str, Any]:
        return {"scales": scales(self.direction.size)}

    def _keep(self, kind: str, numbers: range, images: Tensor) -> None:
        positions, places = among(numbers, self._chosen[kind])
        self.keep(kind, places, images[positions])

    def _mean(self, kind: str) -> float:
        direction, images = self.direction, self.table(kind, len(self._chosen[kind]))
        pairs = random_pairs(len(images), self.config.pairs, direction.seed)
        rows = {}
        for numbers in direction.processes.batches(len(pairs), 16):
            one, other = (images[pairs[numbers.start : numbers.stop, side]].to(direction.device) for side in (0, 1))
            rows |= dict(zip(numbers, 1 - ms_ssim(one, other).cpu(), strict=True))
        return direction.processes.table(rows, len(pairs)).double().mean().item()


def random_pairs(count: int, most: int, seed: int) -> Tensor:
    """Draw up to `most` pairs (P, 2) of different numbers below `count`, no pair twice."""
    pairs = torch.combinations(torch.arange(count))
    order = torch.randperm(len(pairs), generator=torch.Generator().manual_seed(seed_of(seed, "pairs")))
    return pairs[order[:most]]
