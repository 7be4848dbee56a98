"""Learning rates as pure functions of the step: nothing to save, nothing to lose."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import PositiveInt

from .. import config
from ..registry import Configurable, schedules


@schedules.register("linear")
class Linear(Configurable):
    """Constant, then linearly down towards 0, which the step after the last would reach (CycleGAN, section 4)."""

    class Config(config.Config):
        constant: config.Share = 0.5
        """Share of the run before the rate begins to fall; the papers' 100 of 200 epochs are 0.5."""

    def __init__(self, config: Config):
        self.config = config

    def __call__(self, step: int, steps: int) -> float:
        """The factor of the learning rate at `step` (from 0) of `steps`."""
        start = self.config.constant * steps
        return 1.0 if step < start else (steps - step) / max(steps - start, 1)


@schedules.register("step")
class StepDecay(Configurable):
    """Multiplied by `factor` after every `every` steps (UNIT and MUNIT: halved every 100,000)."""

    class Config(config.Config):
        every: PositiveInt = 100_000
        """Steps between two changes."""
        factor: config.Share = 0.5
        """The factor by which the rate is multiplied."""

    def __init__(self, config: Config):
        self.config = config

    def __call__(self, step: int, steps: int) -> float:
        return self.config.factor ** (step // self.config.every)


@schedules.register("constant")
class Constant(Configurable):
    """The same rate to the end."""

    class Config(config.Config):
        pass

    def __init__(self, config: Config):
        pass

    def __call__(self, step: int, steps: int) -> float:
        return 1.0


def begun_anew(schedule: Callable[[int, int], float], begin: tuple[int, float] | None) -> Callable[[int, int], float]:
    """`schedule` with the rest of the run, from step `begin[0]` on, as a run of its own that starts at `begin[1]`.

    The factor at step t >= b of n is share x schedule(t - b, n - b), for `begin = (b, share)`; before b it is share.
    """
    if begin is None:
        return schedule
    start, share = begin
    return lambda step, steps: share * schedule(step - start, steps - start) if step >= start else share
