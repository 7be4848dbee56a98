"""The plan of a comparison: recipes and trained models, their folders and steps; refused unless it is fair."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from .. import recipe as recipes
from ..config import Config
from ..data import ImageData
from ..data.damage import refuse_damaged
from ..data.record import Record, read_record
from ..errors import UserError, pasted
from ..hub.address import is_address
from ..recipe.files import trainable
from ..recipe.recipe import Recipe
from ..runs.score import recipe_of, run_of
from ..weights.locate import OURS, full_name, locate
from ..weights.model import description
from .speed import steps_in

AFTERWARDS = ("test.", "evaluate.")  # tables that may change after training
_ONCE = "a comparison takes each seed once, so leave one of them out"
FREE = {"workers", "cache", "cache_gb"}  # knobs of the data that change no image


@dataclass(frozen=True)
class Part:
    """A recipe with one seed, and the folder of its run; or a trained model, by any name that `load` takes."""

    name: str
    seed: int
    recipe: Recipe
    folder: Path
    steps: int
    existing: bool = False  # a model that was there before the comparison, never trained on

    __hash__ = object.__hash__

    @property
    def step(self) -> int:
        """The step of its newest weights; 0: there are none."""
        try:
            return description(self.folder)["provenance"]["step"]
        except (UserError, OSError, ValueError, KeyError):
            return 0

    @property
    def finished(self) -> bool:
        return self.step >= self.steps

    @property
    def run(self) -> Path | None:
        """The folder of its run; None for exported weights, which have left theirs."""
        return run_of(locate(self.folder)) if self.existing else self.folder

    @property
    def record(self) -> Record | None:
        """What its run has noted of the images, if it has."""
        return read_record(self.run) if self.run else None


@dataclass(frozen=True)
class Plan:
    """Parts, entry by entry, that learn from the same images for as long."""

    out: Path
    parts: tuple[Part, ...]
    seconds: float | None

    @property
    def names(self) -> list[str]:
        """The entries."""
        return list(dict.fromkeys(part.name for part in self.parts))

    @property
    def recipe(self) -> Recipe:
        """The recipe of the first part: all have its data, and are scored on its test images with its metrics."""
        return self.parts[0].recipe

    @cached_property
    def tests(self) -> ImageData:
        """The test images: those that the first run has set aside, if it has."""
        return self.recipe.build_data(self.parts[0].run)[1]

    def check_tests(self) -> None:
        """Raise `UserError` if a test image is damaged; those of a recipe that is still to be trained are all read."""
        if all(part.finished for part in self.parts):
            return
        self.tests.ranges = self.recipe.build_data()[0].ranges
        for domain in self.recipe.data.domains:
            images = self.tests.held_out(domain, self.recipe.evaluate.images)
            refuse_damaged(images, f"test images of {domain}")


def plan(
    sources: Sequence[str],
    out: Path,
    overrides: Sequence[str] = (),
    seeds: int = 1,
    steps: int | None = None,
    seconds: float | None = None,
) -> Plan:
    """The plan for recipes (files, packaged names, patterns of names such as `ablations/*`) and trained models: runs,
    exported files of ours, addresses on the Hub.

    Each recipe is trained `seeds` times, for `steps`, or for as many as it takes in about `seconds` here, or for its
    own number, which must then be that of all; trained models may be of unequal length. Raises `UserError` for what
    would not be a fair comparison.
    """
    if seeds < 1 or (steps is not None and steps < 1) or (seconds is not None and seconds <= 0):
        raise UserError("seeds, steps and seconds must be positive; use 1 or more")
    if steps and seconds:
        raise UserError("--steps and --seconds are two budgets; give one")
    parts: list[Part] = []
    for source in _expand(sources):
        parts += (
            [_existing(Path(source), overrides)]
            if _is_trained(source)
            else _planned(source, out, overrides, seeds, steps, seconds)
        )
    _check(parts, seconds)
    _check_tests(parts)
    return Plan(out, tuple(parts), seconds)


def _is_trained(source: str) -> bool:
    return is_address(source) or source.endswith(OURS) or _is_run(Path(source))


def _is_run(path: Path) -> bool:
    return (path / "recipe.json").is_file()


def _expand(sources: Sequence[str]) -> list[str]:
    """Patterns as the packaged recipes they match."""
    known = trainable()
    found: list[str] = []
    for source in sources:
        matching = [name for name in known if PurePosixPath(name).match(source)] if "*" in source else [source]
        if not matching:
            raise UserError(f"no packaged recipe matches {source!r}; `i2i list` shows them all")
        found += matching
    if len(set(found)) < len(found):
        twice = next(name for n, name in enumerate(found) if name in found[:n])
        raise UserError(f"{twice}: is named twice; name it once, and train it more often with --seeds")
    if not found:
        raise UserError("what is to be compared? for example: i2i compare shoes/cyclegan shoes/unit shoes/munit")
    return found


def _existing(run: Path, overrides: Sequence[str]) -> Part:
    """A trained model; of the overrides only those of `test` and `evaluate` can still be followed."""
    possible, is_run = [override for override in overrides if override.startswith(AFTERWARDS)], _is_run(run)
    recipe = recipes.load(run, possible) if is_run else recipe_of(run, possible)
    part = Part(run.name, recipe.train.seed, recipe, run, 0, existing=True)
    if is_run and not part.step:
        words = shlex.join([str(run / "recipe.json"), "--out", str(run), "--resume-or-start"])
        raise UserError(f"{run}: has no checkpoint yet, so there is nothing to compare; train it: i2i train {words}")
    name = full_name(run).removeprefix("hf://") if is_address(run) else run.name.removesuffix(OURS)
    name = name.removesuffix(f"-{recipe.train.seed}")  # The runs munit-0 and munit-1 are two seeds of one entry.
    return Part(name, recipe.train.seed, recipe, run, part.step, existing=True)


def _planned(
    source: str, out: Path, overrides: Sequence[str], seeds: int, steps: int | None, seconds: float | None
) -> list[Part]:
    name = source if source in recipes.packaged() else Path(source).stem
    parts = []
    for seed in range(seeds):
        recipe = recipes.load(source, [*overrides, f"train.seed={seed}"])
        if not seed:
            recipe.build_model()  # What cannot be built is said before anything is trained.
        folder = out / "runs" / f"{name.replace('/', '-')}-{seed}"
        if (folder / "recipe.json").is_file() and seconds:
            steps = recipes.load(folder).train.steps  # They were counted when it was begun.
        elif seconds:
            steps = steps or steps_in(recipe, seconds)
        if steps:
            train = recipe.train.model_copy(update={"steps": steps, "epochs": None})
            recipe = recipe.model_copy(update={"train": train})
        total = recipe.train.steps
        if recipe.train.epochs:
            total = recipe.train.total_steps(recipe.build_data()[0].stream.epoch_length)
        parts.append(Part(name, seed, recipe, folder, total))
        _check_folder(parts[-1])
    return parts


def _check_folder(part: Part) -> None:
    """Refuse to go on with a run of another recipe; how it is scored may have changed."""
    if not (part.folder / "recipe.json").is_file():
        return
    then, now = recipes.load(part.folder).dump(), part.recipe.dump()
    if any(then[table] != now[table] for table in now.keys() - {"test", "evaluate"}):
        raise UserError(f"{part.folder}: was begun with other settings; choose another --out, or remove it")


def _check(parts: Sequence[Part], seconds: float | None) -> None:
    """Raise `UserError` unless all parts learn from the same images, and those that are trained for as long."""
    seen: set[tuple[str, int]] = set()
    for part in parts:
        if (part.name, part.seed) in seen:
            raise UserError(f"{part.name}: two runs with seed {part.seed}; {_ONCE}")
        seen.add((part.name, part.seed))
    first, *others = parts
    for part in others:
        if key := _difference(first.recipe.data, part.recipe.data):
            raise UserError(
                f"{first.name} and {part.name} cannot be compared: their data{key} differ; {_alike(first, part, key)}"
            )
        if part.steps != first.steps and not seconds and not (first.existing and part.existing):
            raise UserError(
                f"{first.name} takes {first.steps} steps and {part.name} {part.steps}; "
                f"give a common budget, such as --steps {_budget(first, part)}, or --seconds"
            )


def _check_tests(parts: Sequence[Part]) -> None:
    """Raise `UserError` for runs that have set other test images aside: those of one, another has learned from."""
    if parts[0].recipe.test:
        return
    known = [(part, record.test) for part in parts if (record := part.record)]
    for part, tests in known:
        if tests != known[0][1]:
            raise UserError(
                f"{known[0][0].folder} and {part.folder} have set other test images aside, as images were added or "
                "removed between them; compare them on test images that neither was trained on: "
                "test.name=unpaired test.root=FOLDER"
            )


def _alike(one: Part, other: Part, key: str) -> str:
    """Advise on a knob of the data in which two parts differ; runs that are finished keep theirs."""
    kept, changed = (one, other) if one.existing or not other.existing else (other, one)
    value = kept.recipe.data.dump().get(key.removeprefix("."))
    same = pasted(f"data{key}", json.dumps(value)) if isinstance(value, str | int | float | list) else f"data{key}"
    if changed.existing:
        return f"compare runs of the same images, such as a new one of {changed.name} with {same}"
    return f"give both the same, for example {same}"


def _budget(one: Part, other: Part) -> int:
    """The steps that both can take; runs that are finished have theirs."""
    return next((part.steps for part in (one, other) if part.existing), min(one.steps, other.steps))


def _difference(one: Config, other: Config) -> str | None:
    """The first knob in which two tables differ, with a dot; None: in none that matters."""
    tables = one.dump(), other.dump()
    for key in tables[0].keys() | tables[1].keys():
        if key not in FREE and tables[0].get(key) != tables[1].get(key):
            return f".{key}"
    return None
