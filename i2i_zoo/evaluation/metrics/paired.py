"""Distance of translations from the truth, pixel by pixel."""

from __future__ import annotations

from ...registry import metrics
from ..base import Metric, NotApplicable, Score
from ..direction import Direction, Translations
from .pixels import WINDOW, l1, psnr, ssim


@metrics.register("paired")
class Paired(Metric):
    """L1, PSNR and SSIM (Wang et al. 2004) to the true translations, where those are known: means over images.

    Where many translations are right, such as the color of a shoe of which only the edges are seen, these reward
    caution: lower L1 is safer there, not better.
    """

    ceiling = "truth"
    scores = {
        "l1": Score("L1 to the truth", "lower", "of 1"),
        "psnr": Score("PSNR to the truth", "higher", "dB"),
        "ssim": Score("SSIM to the truth", "higher"),
    }

    def __init__(self, config: Metric.Config, direction: Direction):
        super().__init__(config, direction)
        self.needs_truth()
        if min(direction.size) < WINDOW:
            raise NotApplicable(f"{self.name}: images of {direction.size} pixels are too small for SSIM")

    def see(self, batch: Translations) -> None:
        for name, measure in (("l1", l1), ("psnr", psnr), ("ssim", ssim)):
            self.keep(name, batch.numbers, measure(batch.fake, batch.truth))

    def compute(self) -> dict[str, float]:
        return {name: self.mean(name, len(self.direction.inputs)) for name in self.scores}
