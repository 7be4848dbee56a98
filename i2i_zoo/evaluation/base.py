"""The interface of a metric: it sees the images of one direction of translation, in batches, and computes scores."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from torch import Tensor

from .. import config
from ..errors import UserError
from ..registry import Configurable
from .direction import Direction, Targets, Translations


class Score(NamedTuple):
    """The title of a number, its unit, and which way is better."""

    title: str
    better: Literal["lower", "higher", ""]  # "": neither; the number is there for comparison.
    unit: str = ""


class NotApplicable(UserError):
    """A reason why a metric says nothing about these images; it is left out, as nothing is missing."""


class Metric(Configurable, ABC):
    """One family of scores of the translations in one direction.

    `see_target` gets every batch of real images of the domain that is translated to, then `prepare` is called, `see`
    gets every batch of translations, and `compute` says the scores. Each process sees a share of the batches; what a
    metric keeps of an image goes through `keep` and `table`, so that `compute` has everything in every process, and
    neither the size of batches nor the number of processes changes a score.
    """

    class Config(config.Config):
        pass

    scores: Mapping[str, Score]  # what `compute` returns; where it depends on the images, an instance has its own
    ceiling: Literal["real", "truth", ""] = ""  # of which images the best score is told; "": of none

    def __init_subclass__(cls) -> None:
        """Give each class a config of its own, as a registry notes the owner in it."""
        super().__init_subclass__()
        if "Config" not in cls.__dict__:
            cls.Config = type("Config", (cls.Config,), {"__module__": cls.__module__})

    @classmethod
    def titles(cls, config: Config) -> Mapping[str, Score]:
        """`scores` with titles that say what matters of the config."""
        return cls.scores

    def __init__(self, config: Config, direction: Direction):
        """Raises `NotApplicable`, or `UserError` when something needed is not there (weights)."""
        self.config, self.direction = config, direction
        self.scores = self.titles(config)
        self._rows: dict[str, dict[int, Tensor]] = {}

    def see_target(self, batch: Targets) -> None:
        """Look at real images of the domain that is translated to."""

    def prepare(self) -> None:
        """Finish with the real images; all have been seen."""

    def see(self, batch: Translations) -> None:
        """Look at translations."""

    @abstractmethod
    def compute(self) -> dict[str, float]:
        """The scores, by the names in `scores`."""

    def details(self) -> dict[str, Any]:
        """Facts beside the config that are needed to get the same numbers again: JSON-able."""
        return {}

    def keep(self, name: str, numbers: range | list[int], rows: Tensor) -> None:
        """Keep a row (...) of `rows` (N, ...) for each image number."""
        kept = self._rows.setdefault(name, {})
        for number, row in zip(numbers, rows.detach().cpu(), strict=True):
            kept[number] = row.clone()  # A view would keep the whole batch in memory.

    def table(self, name: str, length: int) -> Tensor:
        """Take what all processes kept under `name`, (length, ...), in the order of the images, and forget it."""
        return self.direction.processes.table(self._rows.pop(name, {}), length)

    def mean(self, name: str, length: int) -> float:
        """The mean over images of a number kept for each."""
        return self.table(name, length).double().mean().item()

    def needs_truth(self) -> None:
        """Raise `NotApplicable` where the true translations are not known."""
        if not self.direction.paired:
            raise NotApplicable(
                f"{self.name}: the true translations of the test images are not known; name paired ones in [test]"
            )


def run(
    chosen: Sequence[Metric], direction: Direction, batch: int, tick: Callable[[int], None] = lambda images: None
) -> list[dict[str, float | None]]:
    """Compute each metric over `direction`, `batch` images at a time; a score is None where it is not finite.

    `tick` is told the number of images after each batch.
    """
    for numbers in direction.processes.batches(len(direction.targets), batch):
        reals = Targets(direction, numbers)
        for metric in chosen:
            metric.see_target(reals)
        tick(len(numbers))
    for metric in chosen:
        metric.prepare()
    for numbers in direction.processes.batches(len(direction.inputs), batch):
        fakes = Translations(direction, numbers)
        for metric in chosen:
            metric.see(fakes)
        tick(len(numbers))
    found = [metric.compute() for metric in chosen]
    return [{name: value if math.isfinite(value) else None for name, value in values.items()} for values in found]
