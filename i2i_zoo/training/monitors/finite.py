"""Is every loss a number?"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...models.base import Losses
from ..observers import Writer
from ..trainer import Trainer


class Finite:
    """Observer of every step: says which losses were NaN or infinite first, and in which step.

    Steps are only noted, on the device; after each `steps` of them, when the log waits for the device as well, it is
    asked. There is no threshold: one such number in a turn reaches every weight of its players. In other processes than
    this one it is seen a step later, when their gradients have been averaged.
    """

    def __init__(self, steps: int, writers: Sequence[Writer]):
        self.steps, self.writers = steps, writers
        self._first: dict[tuple[str, ...], Tensor] = {}  # losses of a step -> when each was not finite first; 0: never
        self._said = False

    def __call__(self, trainer: Trainer, losses: Losses) -> None:
        names, broken = tuple(losses), ~torch.stack(list(losses.values())).isfinite()
        first = self._first.setdefault(names, torch.zeros_like(broken, dtype=torch.long))
        first.masked_fill_(broken & (first == 0), trainer.step)
        if trainer.step % self.steps == 0 or trainer.step == trainer.steps:
            self._look(trainer.step)

    def _look(self, now: int) -> None:
        known = [pair for names, first in self._first.items() for pair in zip(names, first.tolist(), strict=True)]
        found = {name: step for name, step in known if step}
        if found and not self._said:
            begin = min(found.values())
            advice = (
                f"not a number, or infinite, since step {begin}; if it stays so, the weights are lost: start again "
                "with a smaller train.optimizer.lr or with train.clip=1.0"
            )
            names = ", ".join(name for name, step in found.items() if step == begin)
            for write in self.writers:
                write({"step": now, "warning": "non-finite loss", "loss": names, "value": begin, "advice": advice})
        self._said = bool(found)
        self._first.clear()
