"""Agreement in color of a translation and the example whose style it has."""

from __future__ import annotations

import torch
from torch import Tensor

from ...registry import metrics
from ..base import Metric, NotApplicable, Score
from ..direction import Direction, Translations
from .colors import Colors, colorless, mean_colors


@metrics.register("like")
class Like(Metric):
    """Correlation, over the inputs, of the mean color of a thing with that of its example: 1 follows it, 0 does not.

    The example is the next real test image of the target domain, so never the truth of a pair; its encoded style is
    taken, as `i2i translate --like` does. A thing is told from its background as by `colors`. The score is that of the
    channel that follows least.
    """

    class Config(Colors.Config):
        pass

    scores = {"like": Score("follows the example's color", "higher", "correlation")}

    def __init__(self, config: Config, direction: Direction):
        super().__init__(config, direction)
        if not direction.has_styles:
            raise NotApplicable(f"{self.name}: the model has no styles")
        if direction.channels < 3:
            raise NotApplicable(f"{self.name}: {direction.to!r} is grey")

    def see(self, batch: Translations) -> None:
        examples = self.direction.examples(batch.numbers)
        style = self.direction.model.encode_style(examples, self.direction.to)
        pair = [self._colors(examples), self._colors(self.direction.translate(batch.real, style))]
        self.keep("colors", batch.numbers, torch.stack(pair, dim=1))

    def compute(self) -> dict[str, float]:
        pairs = self.table("colors", len(self.direction.inputs)).double()  # (N, 2, C)
        if colorless(pairs[:, 0]):
            return {}
        known = pairs[pairs.isfinite().all((1, 2))]
        return {"like": min(torch.corrcoef(known[:, :, c].T)[0, 1].item() for c in range(pairs.shape[2]))}

    def _colors(self, images: Tensor) -> Tensor:
        return mean_colors(images, self.config.background, self.config.tolerance)
