"""Observers of a training: callables `(trainer, losses)`, called after each step or `every(n, ...)`."""

from __future__ import annotations

from ..models.base import Losses
from .trainer import Observer, Trainer


def every(steps: int, observer: Observer, last: bool = False) -> Observer:
    """Call `observer` after each `steps` steps, and after the `last` one of the run if asked to."""

    def observe(trainer: Trainer, losses: Losses) -> None:
        if trainer.step % steps == 0 or (last and trainer.step == trainer.steps):
            observer(trainer, losses)

    return observe
