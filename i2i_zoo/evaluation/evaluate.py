"""A model's scores on test images, and all that has to be known to get them again."""

from __future__ import annotations

import math
import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import torch
from accelerate import Accelerator

from .. import __version__
from ..config import Config
from ..data import ImageData
from ..errors import UserError
from ..models.base import Translator
from ..registry import metrics
from .base import Metric, NotApplicable, Score
from .config import EvaluateConfig
from .direction import Direction, Networks, Targets, Translations
from .processes import Processes

Progress = Callable[[int, int], None]  # images done, images in all


@dataclass
class Evaluation:
    """What `evaluate` found."""

    values: dict[str, float | None] = field(default_factory=dict)
    """`to_<domain>.<score>` -> number; None: could not be computed, see `missing`."""
    scores: dict[str, Score] = field(default_factory=dict)
    """Score -> its title, unit and which way is better, in the order of the recipe's metrics."""
    missing: dict[str, str] = field(default_factory=dict)
    """Metric -> why it could not be computed (weights that are not there), one sentence."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Metric -> why it says nothing about these images."""
    protocol: dict[str, Any] = field(default_factory=dict)
    """JSON-able: data, counts, sizes, knobs, seeds and versions."""


def evaluate(
    model: Translator,
    data: ImageData,
    config: EvaluateConfig | None = None,
    accelerator: Accelerator | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Score `model`, as it is, on the test images of `data`, in both directions, fp32.

    Every process of `accelerator` takes part and gets the same result. Draws nothing from torch's global RNG and
    leaves the model's mode as it was. Raises `UserError` for an image that cannot be read, domains that are not the
    model's, and translations that are not finite numbers.
    """
    config = config or EvaluateConfig()
    wanted, given = model.channels, dict(zip(data.config.domains, data.config.channels, strict=True))
    if list(wanted.items()) != list(given.items()):
        raise UserError(
            f"the model translates {_names(wanted)}, the test images are {_names(given)}; give its own recipe"
        )
    processes, networks = Processes(accelerator), Networks()
    result = Evaluation(protocol=_protocol(data, config, processes))
    tests = {domain: data.test_set(domain, config.images) for domain in model.domains}
    result.protocol["images"] = {domain: len(images) for domain, images in tests.items()}
    tick = _counter(progress, 2 * sum(map(len, tests.values())))
    with _eval_mode(model):
        for to in reversed(model.targets):
            inputs, targets = tests[model.source(to)], tests[to]
            paired = data.paired and len(inputs) == len(targets)
            options = {"seed": config.seed, "processes": processes, "networks": networks}
            _score(Direction(model, to, inputs, targets, paired, **options), config, result, tick)
    return result


def _score(direction: Direction, config: EvaluateConfig, result: Evaluation, tick: Callable[[int], None]) -> None:
    """Run the metrics over one direction and add what they find to `result`."""
    chosen = list(_metrics(direction, config, result))
    for numbers in direction.processes.batches(len(direction.targets), config.batch):
        batch = Targets(direction, numbers)
        for metric in chosen:
            metric.see_target(batch)
        tick(len(numbers))
    for metric in chosen:
        metric.prepare()
    for numbers in direction.processes.batches(len(direction.inputs), config.batch):
        batch = Translations(direction, numbers)
        for metric in chosen:
            metric.see(batch)
        tick(len(numbers))
    for metric in chosen:
        for name, value in metric.compute().items():
            result.scores[name] = metric.scores[name]
            result.values[f"to_{direction.to}.{name}"] = value if math.isfinite(value) else None
        if details := metric.details():
            result.protocol["details"].setdefault(f"to_{direction.to}", {})[metric.name] = details


class Absent(Metric):
    """In the place of a metric that cannot be computed: its scores are not numbers."""

    def __init__(self, config: Config, direction: Direction):
        super().__init__(config, direction)
        self.scores = metrics[config.name].scores

    def compute(self) -> dict[str, float]:
        return dict.fromkeys(self.scores, math.nan)


def _metrics(direction: Direction, config: EvaluateConfig, result: Evaluation) -> Iterator[Metric]:
    """The metrics that can be computed; what becomes of the others is noted."""
    for name in dict.fromkeys(config.metrics):
        knobs = config.of(name)
        result.protocol["knobs"][name] = knobs.dump()
        try:
            yield knobs.build(direction)
        except NotApplicable as reason:
            result.skipped.setdefault(name, str(reason))
        except UserError as reason:
            result.missing.setdefault(name, str(reason))
            yield Absent(knobs, direction)


def _protocol(data: ImageData, config: EvaluateConfig, processes: Processes) -> dict[str, Any]:
    packages = ("torchvision", "torchmetrics", "timm", "numpy", "pillow")
    versions = {"i2i_zoo": __version__, "python": platform.python_version(), "torch": torch.__version__}
    return {
        "data": data.config.dump(),
        "paired": data.paired,
        "evaluate": config.dump(),
        "knobs": {},
        "details": {},
        "processes": processes.count,
        "tf32": torch.backends.cudnn.allow_tf32 if torch.cuda.is_available() else False,
        "versions": versions | {package: version(package) for package in packages},
    }


def _names(channels: Mapping[str, int]) -> str:
    return " and ".join(f"{name!r} ({count} channels)" for name, count in channels.items())


def _counter(progress: Progress | None, total: int) -> Callable[[int], None]:
    done = 0

    def tick(images: int) -> None:
        nonlocal done
        done += images
        if progress:
            progress(done, total)

    return tick


@contextmanager
def _eval_mode(model: Translator) -> Iterator[None]:
    was = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(was)
