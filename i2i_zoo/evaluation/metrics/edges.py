"""Lines of drawings, found or not."""

from __future__ import annotations

from pydantic import NonNegativeInt
from torch import Tensor
from torch.nn.functional import max_pool2d

from ... import config
from ...registry import metrics
from ..base import Metric, Score
from ..direction import Direction, Translations
from .pixels import luminance


@metrics.register("edges")
class Edges(Metric):
    """F1 of dark pixels (luminance below 1/2) against the truth, each found when one lies near it: mean over images.

    Precision and recall with a tolerance, as boundaries are scored (Martin et al. 2004), without their one-to-one
    matching. For drawings; of photographs on white it says whether dark things are where they should be.
    """

    class Config(config.Config):
        tolerance: NonNegativeInt = 1
        """Pixels, in any direction, within which a dark pixel counts as found."""

    ceiling = "truth"
    scores = {"edge_f1": Score("F1 of dark pixels", "higher")}

    def __init__(self, config: Config, direction: Direction):
        super().__init__(config, direction)
        self.needs_truth()

    def see(self, batch: Translations) -> None:
        self.keep("edge_f1", batch.numbers, edge_f1(batch.fake, batch.truth, self.config.tolerance))

    def compute(self) -> dict[str, float]:
        return {"edge_f1": self.mean("edge_f1", len(self.direction.inputs))}


def edge_f1(fake: Tensor, truth: Tensor, tolerance: int = 1) -> Tensor:
    """F1 (N,) of the dark pixels of images (N, C, H, W) in [-1, 1]; 0 where either has none."""
    lines = [(luminance(images) < 0.5).float() for images in (fake, truth)]
    width = 2 * tolerance + 1
    precision, recall = (
        (one * max_pool2d(other, width, 1, tolerance)).sum((1, 2, 3)) / one.sum((1, 2, 3)).clamp(min=1)
        for one, other in (lines, reversed(lines))
    )
    return 2 * precision * recall / (precision + recall).clamp(min=1e-8)
