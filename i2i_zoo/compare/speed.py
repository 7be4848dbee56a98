"""How many training steps this machine takes in a given time."""

from __future__ import annotations

import time

from ..data.stream import Numbers, loader
from ..recipe import Recipe
from ..training import Trainer

WARM_UP, TIMED = 3, 10  # steps: the first ones allocate memory and choose algorithms


def steps_in(recipe: Recipe, seconds: float) -> int:
    """The steps of a recipe that take about `seconds`, at least one, by timing a few on a model that is thrown away."""
    stream, trainer = recipe.build_data()[0].stream, Trainer(recipe.build_model(), recipe.train)
    trainer.speed = recipe.train.choose_speed(trainer.accelerator.device)
    started = time.perf_counter()
    for batch in loader(stream, Numbers(recipe.train.batch, 0, WARM_UP + TIMED), 0, pin_memory=False):
        losses = trainer.advance([{domain: images.to(trainer.accelerator.device) for domain, images in batch.items()}])
        sum(loss.item() for loss in losses.values())  # waits for the device
        if trainer.step == WARM_UP:
            started = time.perf_counter()
    return max(1, round(seconds * TIMED / (time.perf_counter() - started)))
