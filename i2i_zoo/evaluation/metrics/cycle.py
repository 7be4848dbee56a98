"""Error of the cycle: an image translated and back."""

from __future__ import annotations

from ...registry import metrics
from ..base import Metric, NotApplicable, Score
from ..direction import Direction, Translations
from .pixels import l1, psnr


@metrics.register("cycle")
class Cycle(Metric):
    """L1 and PSNR of test images translated and back (Zhu et al. 2017, section 3.2): means over images.

    Models with styles translate with a random style, and back with the input's own (Huang et al. 2018, section 5.1).
    Low values can be had by hiding the input in the translation (Chu et al. 2017), so they prove nothing alone.
    """

    scores = {
        "cycle_l1": Score("L1 of the cycle", "lower", "of 1"),
        "cycle_psnr": Score("PSNR of the cycle", "higher", "dB"),
    }

    def __init__(self, config: Cycle.Config, direction: Direction):
        super().__init__(config, direction)
        if (direction.to, direction.source) not in direction.model.directions:
            raise NotApplicable(f"{self.name}: the model translates to {direction.to!r} only")

    def see(self, batch: Translations) -> None:
        for name, measure in (("cycle_l1", l1), ("cycle_psnr", psnr)):
            self.keep(name, batch.numbers, measure(batch.back, batch.real))

    def compute(self) -> dict[str, float]:
        return {name: self.mean(name, len(self.direction.inputs)) for name in self.scores}
