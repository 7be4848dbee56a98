"""Fréchet distance of features."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ...registry import metrics
from ..base import NotApplicable, Score
from ..direction import Direction
from .features import FeatureMetric


@metrics.register("fid")
class FID(FeatureMetric):
    """Fréchet distance of the features of translations and of real images, each taken as a Gaussian (Heusel et al.
    2017). With Inception's features at 299 pixels: FID; else FD and the name of the network.

    Biased upwards by few images, so that only values of equal counts can be compared; below some thousands, trust KID.
    """

    scores = {"fid": Score("FD", "lower")}
    ceiling = "real"

    @classmethod
    def titles(cls, config: FeatureMetric.Config) -> Mapping[str, Score]:
        standard = config.title == "Inception"
        return {"fid": Score("FID", "lower")} if standard else super().titles(config)

    def __init__(self, config: FeatureMetric.Config, direction: Direction):
        super().__init__(config, direction)
        if min(len(direction.inputs), len(direction.targets)) < 2:
            raise NotApplicable(f"{self.name}: one image has no covariance; at least two are needed")

    def compute(self) -> dict[str, float]:
        return {"fid": frechet_distance(*self.features())}


def frechet_distance(one: Tensor, other: Tensor) -> float:
    """Squared Fréchet distance of the Gaussians fitted (with N - 1) to features (N, D) and (M, D), float64.

    |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)). With S = X'X of centered and scaled features X, the trace of the root
    is the sum of the singular values of X1 X2', which is exact and needs no root of a matrix.
    """
    roots = [(rows - rows.mean(0)) / (len(rows) - 1) ** 0.5 for rows in (one, other)]
    short = [torch.linalg.qr(r, mode="r").R if len(r) > r.shape[1] else r for r in roots]  # R has the same X'X.
    overlap = torch.linalg.svdvals(short[0] @ short[1].T).sum()
    means = (one.mean(0) - other.mean(0)).square().sum()
    return (means + sum(r.square().sum() for r in roots) - 2 * overlap).item()
