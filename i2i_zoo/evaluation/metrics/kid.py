"""Kernel distance of features."""

from __future__ import annotations

from torch import Tensor

from ...registry import metrics
from ..base import NotApplicable, Score
from ..direction import Direction
from .features import FeatureMetric


@metrics.register("kid")
class KID(FeatureMetric):
    """Squared maximum mean discrepancy x 1000 of the features of translations and of real images, with the kernel
    (x.y / D + 1)^3, unbiased (Bińkowski et al. 2018). Named after the network that the features are of.

    Over all images at once, where others average random subsets: nothing is drawn. May be below 0 where sets are alike.
    """

    scores = {"kid": Score("KID", "lower", "x 1000")}
    ceiling = "real"

    def __init__(self, config: FeatureMetric.Config, direction: Direction):
        super().__init__(config, direction)
        if min(len(direction.inputs), len(direction.targets)) < 2:
            raise NotApplicable(f"{self.name}: one image has no pairs; at least two are needed")

    def compute(self) -> dict[str, float]:
        return {"kid": 1000 * kernel_distance(*self.features())}


def kernel_distance(one: Tensor, other: Tensor) -> float:
    """Unbiased squared MMD (section 2 of the paper) of features (N, D) and (M, D), float64."""
    unlike = [_kernel(rows, rows).sum() - ((rows.square().mean(1) + 1) ** 3).sum() for rows in (one, other)]
    within = sum(total / (len(rows) * (len(rows) - 1)) for total, rows in zip(unlike, (one, other), strict=True))
    return (within - 2 * _kernel(one, other).mean()).item()


def _kernel(one: Tensor, other: Tensor) -> Tensor:
    return (one @ other.T / one.shape[1] + 1) ** 3
