"""The monitor of steps that nobody learnt from."""

from __future__ import annotations

from collections.abc import Sequence

from ...models.base import Losses
from ..log import Writer
from ..trainer import Trainer


class Finite:
    """An observer of every step that names the losses or gradients for which the trainer skipped a turn.

    It warns once, and again only after `steps` steps without.
    """

    def __init__(self, steps: int, writers: Sequence[Writer]):
        self.steps, self.writers = steps, writers
        self._last: float = float("-inf")

    def __call__(self, trainer: Trainer, losses: Losses) -> None:
        if not trainer.skipped.names:
            return
        if trainer.step - self._last > self.steps:
            advice = (
                f"NaN or infinite, so the turn was skipped; after {trainer.config.nonfinite} steps in a row the "
                "training gives up: then begin anew with a smaller train.optimizer.lr or with train.clip=1.0"
            )
            row = {"step": trainer.step, "warning": "non-finite loss", "loss": ", ".join(trainer.skipped.names)}
            for write in self.writers:
                write(row | {"value": trainer.step, "advice": advice})
        self._last = trainer.step
