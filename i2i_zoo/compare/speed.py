"""Training steps that this machine takes in a given time."""

from __future__ import annotations

import time

from ..distributed import make_accelerator
from ..recipe.recipe import Recipe
from ..speed.choice import return_memory

WARM_UP, TIMED = 3, 10  # steps: the first ones allocate memory and choose algorithms


def steps_in(recipe: Recipe, seconds: float) -> int:
    """The steps of a recipe that take about `seconds`, at least one: a few are timed, as `i2i train` would take them.

    The model is thrown away, and the memory that was kept for it is returned.
    """
    try:
        return max(1, round(seconds * TIMED / _time(recipe)))
    finally:
        return_memory()


def _time(recipe: Recipe) -> float:
    """The seconds of `TIMED` steps."""
    data, _ = recipe.build_data()
    trainer = recipe.build_trainer(recipe.build_model(), data, make_accelerator())
    trainer.steps, started = WARM_UP + TIMED, 0.0
    for batch in trainer.batches(data.stream, recipe.data.workers):
        losses = trainer.advance(trainer.split(batch))
        sum(loss.item() for loss in losses.values())  # Reading a loss waits for the device.
        if trainer.step == WARM_UP:
            started = time.perf_counter()
    return time.perf_counter() - started
