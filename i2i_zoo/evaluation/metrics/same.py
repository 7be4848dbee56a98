"""Likeness of an answer and its truth to a network that knows things."""

from __future__ import annotations

import torch
from pydantic import PositiveInt
from torch import Tensor

from ...registry import metrics
from ..base import NotApplicable, Score
from ..direction import Direction
from .features import FeatureMetric


@metrics.register("same")
class Same(FeatureMetric):
    """Share of translations whose true partner is among the five real images with the nearest features: the content,
    seen by meaning and not by pixels. Chance is 5 of the number of test images, so only equal numbers compare."""

    class Config(FeatureMetric.Config):
        neighbors: PositiveInt = 5
        """Nearest real images, one of which has to be the true one."""

    scores = {"same": Score("same", "higher")}
    ceiling = "truth"

    def __init__(self, config: Config, direction: Direction):
        super().__init__(config, direction)
        self.needs_truth()
        if len(direction.targets) <= config.neighbors:
            raise NotApplicable(f"{self.name}: any of {len(direction.targets)} images is among {config.neighbors}")

    def compute(self) -> dict[str, float]:
        real, fake = self.features()
        return {"same": partner_share(real, fake, self.config.neighbors)}


def partner_share(real: Tensor, fake: Tensor, neighbors: int) -> float:
    """Share of the features (N x k, D) of fakes, k in a row for each real one, whose own row of (N, D) is near."""
    distances = torch.cdist(fake, real, compute_mode="donot_use_mm_for_euclid_dist")
    partners = torch.arange(len(real)).repeat_interleave(len(fake) // len(real))
    own = distances.gather(1, partners[:, None])
    return ((distances < own).sum(1) < neighbors).double().mean().item()
