"""Scores of trained weights on the test images of their recipe: what `i2i evaluate` does, as a function."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from accelerate import Accelerator

from ..distributed import make_accelerator
from ..errors import UserError
from ..evaluation import Evaluation, evaluate
from ..evaluation.evaluate import Progress
from ..files import draft_file
from ..models import Translator
from ..recipe import recipe as recipes
from ..recipe.recipe import Recipe
from ..weights.locate import full_name, is_foreign, locate, plain_name
from ..weights.model import description, find_checkpoint, load

Weights = Literal["average", "last", "both"]
FORMAT = 1


def score(
    path: Path,
    overrides: Sequence[str] = (),
    recipe: Recipe | str | Path | None = None,
    weights: Weights = "average",
    accelerator: Accelerator | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """The report of the weights at `path`, one that `load` takes, JSON-able: `values` by weights and score.

    The test images and `[evaluate]` are those of its own recipe, or of another `recipe`, with `overrides`. "average"
    takes averaged weights (EMA) where there are any, "both" also the last ones. Every process of `accelerator` takes
    part. Raises `UserError`.
    """
    accelerator, named, path = accelerator or make_accelerator(), path, locate(path)
    known = recipe_of(path, overrides, recipe)
    domains = known.data.domains if is_foreign(path) else None
    facts = description(path) if domains is None else _facts_of(load(path, domains=domains))
    train, data = known.build_data(run_of(path))
    report = {
        "format": FORMAT,
        "weights": full_name(named),
        "model": facts["model"]["name"],
        "domains": facts["domains"],
    }
    report |= {"step": facts["provenance"].get("step"), "values": {}, "seconds": {}}
    for kind in kinds(path, weights):
        started = time.perf_counter()
        model = load(path, kind != "last", domains).to(accelerator.device)
        found = evaluate(model, data, known.evaluate, accelerator, progress, train)
        report["values"][kind] = found.values
        report["seconds"][kind] = round(time.perf_counter() - started, 2)
    return report | _facts(found, accelerator) | {"notes": list(dict.fromkeys([*data.notes(), *train.notes()]))}


def write(report: dict[str, Any], path: Path) -> None:
    """Write a report as JSON, whole or not at all."""
    with draft_file(path) as draft:
        draft.write_text(json.dumps(report, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def report_file(path: Path) -> Path:
    """The file for the report of `path`: `evaluation/<step>.json` in a run, else beside the weights.

    That of packaged weights, and of those on the Hub, goes into the current folder.
    """
    if locate(path) != path:
        return Path(f"{plain_name(path)}.evaluation.json")
    if path.is_file() or is_foreign(path):
        return path.with_suffix(".evaluation.json")
    checkpoint = find_checkpoint(path)
    run = checkpoint.parents[1]
    inside = (run / "recipe.json").is_file()
    return run / "evaluation" / f"{checkpoint.name}.json" if inside else checkpoint.with_suffix(".evaluation.json")


def kinds(path: Path, weights: Weights) -> list[str]:
    """List the weights of `path` to score: some of "average" and "last", or "exported"."""
    path = locate(path)
    if path.is_file() or is_foreign(path):
        return ["exported"]
    averaged = any(find_checkpoint(path).glob("*.average.safetensors"))
    if not averaged:
        return ["last"]
    return ["average", "last"] if weights == "both" else [weights]


def recipe_of(path: Path, overrides: Sequence[str] = (), recipe: Recipe | str | Path | None = None) -> Recipe:
    """The recipe that names the test images: the one given, else the run's, else the one that the weights keep."""
    if isinstance(recipe, Recipe):
        return recipe
    if recipe:
        return recipes.load(recipe, overrides)
    path = locate(path)
    if (run := run_of(path)) and (run / "recipe.json").is_file():
        return recipes.load(run, overrides)
    tables = None if is_foreign(path) else description(path)["provenance"].get("recipe")
    if not tables:
        raise UserError(f"{path}: holds no recipe that names test images; give one with --recipe")
    return recipes.resolve(tables, overrides)


def run_of(path: Path) -> Path | None:
    """The folder of the run that the weights at `path` belong to; None for a file and for another project's weights."""
    return None if path.is_file() or is_foreign(path) else find_checkpoint(path).parents[1]


def _facts_of(model: Translator) -> dict[str, Any]:
    """The part of a description that is needed, for another project's weights, which have none."""
    return {"model": {"name": model.name}, "domains": list(model.domains), "provenance": {}}


def _facts(found: Evaluation, accelerator: Accelerator) -> dict[str, Any]:
    facts = asdict(found)
    del facts["values"]
    facts["scores"] = {name: score._asdict() for name, score in found.scores.items()}
    facts["protocol"] = {"device": accelerator.device.type, **found.protocol}
    return facts
