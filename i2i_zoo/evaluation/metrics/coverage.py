"""Fidelity and variety of translations, apart."""

from __future__ import annotations

import torch
from pydantic import PositiveInt
from torch import Tensor

from ...registry import metrics
from ..base import NotApplicable, Score
from ..direction import Direction
from .features import FeatureMetric


@metrics.register("coverage")
class Coverage(FeatureMetric):
    """Density and coverage (Naeem et al. 2020): how densely translations lie within the neighborhoods of
    real images, about 1 where sets are alike and perhaps above, and the share of real images that have a translation
    in theirs. A neighborhood reaches to the k-th nearest other real image."""

    class Config(FeatureMetric.Config):
        neighbors: PositiveInt = 5
        """k, the real neighbor that a neighborhood reaches to."""

    scores = {"density": Score("density", "higher"), "coverage": Score("coverage", "higher")}
    ceiling = "real"

    def __init__(self, config: Config, direction: Direction):
        super().__init__(config, direction)
        if len(direction.targets) <= config.neighbors:
            raise NotApplicable(
                f"{self.name}: {len(direction.targets)} real images are too few for neighborhoods of {config.neighbors}"
            )

    def compute(self) -> dict[str, float]:
        density, coverage = density_and_coverage(*self.features(), self.config.neighbors)
        return {"density": density, "coverage": coverage}


def density_and_coverage(real: Tensor, fake: Tensor, neighbors: int) -> tuple[float, float]:
    """Compute both from features (N, D) of real images and (M, D) of fakes, N > `neighbors`."""
    exact = {"compute_mode": "donot_use_mm_for_euclid_dist"}
    radii = torch.cdist(real, real, **exact).kthvalue(neighbors + 1, dim=1).values  # The nearest is the image itself.
    near = torch.cdist(real, fake, **exact) < radii[:, None]
    return (near.double().sum(0).mean() / neighbors).item(), near.any(1).double().mean().item()
