"""References for scores: the input copied (floor), and real images in the place of translations (ceiling)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import ClassVar, Literal, NamedTuple
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from ..data import ImageData
from ..errors import UserError
from ..registry import metrics
from .base import run
from .config import EvaluateConfig
from .direction import Direction, Translations


class Found(NamedTuple):
    """The scores of one reference."""

    kind: Literal["floor", "ceiling"]
    what: str
    values: dict[str, float | None]


class Reference(Direction):
    """Base of directions whose answers no model gives: `direction` with other `inputs`, and without styles."""

    kind: ClassVar[Literal["floor", "ceiling"]]
    what: str
    tells: ClassVar[tuple[str, ...]]
    """Kinds of metrics, by their `ceiling`, that it means something to."""
    critics: set[str] = set()
    has_styles = False

    def __init__(self, direction: Direction, inputs: Sequence[Tensor], targets: Sequence[Tensor], paired: bool):
        options = {"seed": direction.seed, "processes": direction.processes, "networks": direction.networks}
        super().__init__(direction.model, direction.to, inputs, targets, paired, **options)


class Copied(Reference):
    """The floor: each input is its own answer. Grey becomes RGB; RGB becomes grey, the mean of its channels."""

    kind, what, tells = "floor", "the inputs, copied", ("real", "truth")
    real_answers = property(lambda self: self.inputs)

    def __init__(self, direction: Direction):
        super().__init__(direction, direction.inputs, direction.targets, direction.paired)

    @staticmethod
    def possible(direction: Direction) -> bool:
        channels = direction.model.channels
        one, other = channels[direction.source], channels[direction.to]
        return one == other or 1 in (one, other)

    def translate(self, images: Tensor, styles: Tensor | None) -> Tensor:
        if self.channels == 1:
            return images.mean(1, keepdim=True)
        return images.expand(-1, self.channels, -1, -1)


class Truth(Reference):
    """The ceiling of scores that look at pairs: each true translation is the answer."""

    kind, what, tells = "ceiling", "the true translations", ("truth",)
    real_answers = property(lambda self: self.targets)

    def __init__(self, direction: Direction):
        super().__init__(direction, direction.inputs, direction.targets, True)

    def answers(self, batch: Translations) -> Tensor:
        return batch.truth


class Real(Reference):
    """The ceiling of scores that look at sets: other real images of the same domain are the answers."""

    kind, tells = "ceiling", ("real",)
    real_answers = property(lambda self: self.inputs)

    def translate(self, images: Tensor, styles: Tensor | None) -> Tensor:
        return images

    @classmethod
    def of(cls, direction: Direction, train: ImageData) -> Real:
        """Take as many training images as there are test images; where there are not, halves of the test images."""
        others, targets, what = _others(direction, train), direction.targets, "other real images"
        if others is None:
            others, targets = ([targets[n] for n in range(start, len(targets), 2)] for start in (1, 0))
            what = "one half of the real images against the other"
        real = cls(direction, others, targets, False)
        real.what = what
        return real


def _others(direction: Direction, train: ImageData) -> Sequence[Tensor] | None:
    """Take as many training images of the domain as it has test images, and like them; None where there are not."""
    targets = direction.targets
    try:
        others = train.held_out(direction.to, len(targets), split="train", ranges=direction.model.ranges)
        first = others[0]
    except UserError:  # Test data may come without training images.
        return None
    same = first.shape == targets[0].shape and not torch.equal(
        first, targets[0]
    )  # A recipe may test what it trains on.
    return others if same and len(others) == len(targets) else None


_kept: WeakKeyDictionary[ImageData, WeakKeyDictionary[ImageData, dict[tuple, list[Found]]]] = WeakKeyDictionary()


def floor_and_ceiling(
    direction: Direction, data: ImageData, train: ImageData, config: EvaluateConfig, names: Sequence[str]
) -> list[Found]:
    """The scores of the metrics `names` for each reference that the direction has, which is one over test images of
    `data`; computed once for the same `data` and `train`."""
    names = tuple(name for name in names if metrics[name].ceiling)
    key = (direction.to, names, json.dumps(config.dump()))
    known = _kept.setdefault(data, WeakKeyDictionary()).setdefault(train, {})
    if key not in known:
        found = [_found(reference, config, names) for reference in _references(direction, train)]
        known[key] = [one for one in found if one.values]
    return known[key]


def _references(direction: Direction, train: ImageData) -> Iterator[Reference]:
    if Copied.possible(direction):
        yield Copied(direction)
    if direction.paired:
        yield Truth(direction)
    yield Real.of(direction, train)


def _found(reference: Reference, config: EvaluateConfig, names: Sequence[str]) -> Found:
    chosen = []
    for name in names:
        if metrics[name].ceiling in reference.tells:
            with suppress(UserError):  # as a metric may need more images than halves have
                chosen.append(config.of(name).build(reference))
    results = run(chosen, reference, config.batch) if chosen else []
    values = {name: value for found in results for name, value in found.items()}
    return Found(reference.kind, reference.what, values)
