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
from ..config import Config, ConfigError
from ..data import ImageData
from ..data.base import trained_on
from ..distributed import Processes
from ..errors import UserError, counted
from ..models.base import Translator
from ..registry import did_you_mean, metrics
from ..score_key import ScoreKey
from .base import Metric, NotApplicable, Score, run
from .config import EvaluateConfig
from .direction import Direction, Networks
from .references import floor_and_ceiling

Progress = Callable[[int, int], None]  # images done, images in all


@dataclass
class Evaluation:
    """The outcome of `evaluate`."""

    values: dict[str, float | None] = field(default_factory=dict)
    """Text of a `ScoreKey` -> number; None: could not be computed, see `missing`."""
    floor: dict[str, float | None] = field(default_factory=dict)
    """The same of the inputs, copied; only where channels allow that, and it tells something."""
    ceiling: dict[str, float | None] = field(default_factory=dict)
    """The same of real images in the place of translations: the true ones, or others; the protocol says which."""
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
    train: ImageData | None = None,
) -> Evaluation:
    """Score `model`, as it is, on the test images of `data`, in each of its directions, fp32.

    The training images of `train`, or else of `data`, give a ceiling: scores of other real images of the same number.

    Every process of `accelerator` takes part and gets the same result. Draws nothing from torch's global RNG and
    leaves the model's mode as it was. Raises `UserError` for an image that cannot be read, domains that are not the
    model's, and translations that are not finite numbers.
    """
    config = config or EvaluateConfig()
    processes = Processes(accelerator)
    result = Evaluation(protocol=_protocol(data, config, processes))
    with _eval_mode(model):
        directions = _directions(model, data, config, processes)
        counts = {d.source: len(d.inputs) for d in directions} | {d.to: len(d.targets) for d in directions}
        result.protocol["images"] = {domain: counts[domain] for domain in model.domains}
        result.protocol["trained_on"] = [d for d in model.domains if trained_on(train or data, data, d)]
        tick = _counter(progress, sum(len(d.inputs) + len(d.targets) for d in directions))
        for direction in directions:
            _score(direction, config, result, tick)
            _refer(direction, data, train or data, config, result)
    return result


def higher_is_better(name: str, model: Translator, data: ImageData, config: EvaluateConfig) -> bool:
    """Tell whether the score `name` (`swd`, or `to_shoes.swd` for one direction) is better when high; computes nothing.

    Raises `ConfigError` for a score that `evaluate` would not find, or that is neither better when low nor when high.
    """
    known = {key: (metric, score) for metric in config.metrics for key, score in metrics[metric].scores.items()}
    to, key = ScoreKey.parse(name)
    if key not in known or to not in ("", *model.targets):
        hint = did_you_mean(key, known)
        raise ConfigError(f"recipe.train.best: {name!r} is no score of evaluate.metrics; {hint}")
    metric, score = known[key]
    if not score.better:
        raise ConfigError(f"recipe.train.best: {name!r} is neither better when low nor when high")
    result, directions = Evaluation(protocol={"knobs": {}}), _directions(model, data, config, Processes())
    wanted = [d for d in directions if to in ("", d.to)]
    only = config.model_copy(update={"metrics": (metric,)})
    if all(isinstance(found, Absent) for d in wanted for found in _metrics(d, only, result)):
        reason = next(iter((result.missing | result.skipped).values()))
        raise ConfigError(f"recipe.train.best: {name!r} cannot be computed; {reason}")
    return score.better == "higher"


def _directions(model: Translator, data: ImageData, config: EvaluateConfig, processes: Processes) -> list[Direction]:
    """The directions that `model` translates, over up to `config.images` test images of each domain."""
    wanted, given = model.channels, dict(zip(data.config.domains, data.config.channels, strict=True))
    if list(wanted.items()) != list(given.items()):
        raise UserError(
            f"the model translates {_names(wanted)}, the test images are {_names(given)}; "
            "give the recipe that it was trained with, or one of such images"
        )
    tests = {domain: data.held_out(domain, config.images, ranges=model.ranges) for domain in model.domains}
    paired = data.paired and len({len(images) for images in tests.values()}) == 1
    by_example = config.styles == "examples"
    options = {"seed": config.seed, "by_example": by_example, "processes": processes, "networks": Networks()}
    return [
        Direction(model, to, tests[model.source(to)], tests[to], paired, **options) for to in reversed(model.targets)
    ]


def _score(direction: Direction, config: EvaluateConfig, result: Evaluation, tick: Callable[[int], None]) -> None:
    """Run the metrics over one direction and add what they find to `result`."""
    chosen = list(_metrics(direction, config, result))
    for metric, found in zip(chosen, run(chosen, direction, config.batch, tick), strict=True):
        result.scores |= {name: metric.scores[name] for name in found}
        result.values |= direction.keyed(found)
        if details := metric.details():
            result.protocol["details"].setdefault(f"to_{direction.to}", {})[metric.name] = details


def _refer(direction: Direction, data: ImageData, train: ImageData, config: EvaluateConfig, result: Evaluation) -> None:
    """Add floor and ceiling of the scores that `result` has to it."""
    names = [name for name in dict.fromkeys(config.metrics) if name not in result.missing]
    for kind, what, values in floor_and_ceiling(direction, data, train, config, names):
        known = {key: value for key, value in direction.keyed(values).items() if key in result.values}
        getattr(result, kind).update(known)
        result.protocol["references"].setdefault(f"to_{direction.to}", {})[what] = kind


class Absent(Metric):
    """A metric that cannot be computed: its scores are not numbers."""

    scores = {}

    def __init__(self, config: Config, direction: Direction):
        super().__init__(config, direction)
        self.scores = metrics[config.name].titles(config)

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
        "references": {},
        "processes": processes.count,
        "tf32": torch.backends.cudnn.allow_tf32 if torch.cuda.is_available() else False,
        "versions": versions | {package: version(package) for package in packages},
    }


def _names(channels: Mapping[str, int]) -> str:
    return " and ".join(f"{name!r} ({counted(count, 'channel')})" for name, count in channels.items())


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
