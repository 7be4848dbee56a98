"""Knobs of a recipe that another knob leaves without effect: each is reported, none is ignored in silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..config import Config
from ..errors import printable

if TYPE_CHECKING:
    from ..training.config import TrainConfig
    from .recipe import Recipe

# These tables have two ways to say one thing: how long, which test images.
_INSTEAD = {"train": {"steps": "epochs", "epochs": "steps"}, "data": {"test": "test_folders", "test_folders": "test"}}


def displaced(below: Mapping[str, Any], place: str, key: str, value: Any) -> str:
    """Return a line if `key`, set over the table `below` at `place`, takes the place of another knob, else ""."""
    other = _INSTEAD.get(place, {}).get(key)
    in_force = key != "epochs" or below.get("epochs") is None  # Epochs count wherever they are set.
    if other is None or not below.get(other) or not in_force:
        return ""
    return f"{place}.{key}={printable(value)} takes the place of {other} = {printable(below[other])}"


def without_displaced(below: Mapping[str, Any], place: str, key: str) -> dict[str, Any]:
    """Return the table without the knob that `key` takes the place of."""
    return {name: value for name, value in below.items() if name != _INSTEAD.get(place, {}).get(key)}


def idle(recipe: Recipe) -> Iterator[str]:
    """Yield a line for each knob that is not at its default and that another knob leaves without effect."""
    data, train, scored = recipe.data, recipe.train, recipe.evaluate
    if _set(train, "best") and not train.evaluate_every:
        yield f"train.best = {train.best!r} has no effect without train.evaluate_every"
    for name in scored.knobs.keys() - set(scored.metrics):
        yield f"evaluate.knobs.{name} has no effect: evaluate.metrics does not name it"
    if data.fit == "none" and data.resize:
        yield "data.resize has no effect with data.fit = 'none', which keeps the native size"
    if data.cache == "none" and _set(data, "cache_gb"):
        yield "data.cache_gb has no effect with data.cache = 'none'"
    if set(data.domains) <= data.augment_for.keys() and _set(data, "augment"):
        yield "data.augment has no effect: data.augment_for has a table for each domain"
    if set(recipe.model.owner.players) <= train.optimizer_for.keys() and _unused(train):
        yield "train.optimizer has no effect: train.optimizer_for has a table for each player"
    if recipe.test and _set(data, "test_folders"):
        yield "data.test_folders has no effect: [test] names the test images"
    if recipe.test and getattr(data, "test", 0):
        yield "data.test sets images aside that nothing uses: [test] names the test images; leave out data.test"
    if recipe.test and getattr(recipe.test, "layout", "") == "side-by-side" and _set(recipe.test, "folders"):
        yield "test.folders has no effect with test.layout = 'side-by-side'"


def _unused(train: TrainConfig) -> bool:
    """Tell whether no player has what `train.optimizer` sets; a table of its own is filled up with it."""
    changed = [knob for knob in type(train.optimizer).model_fields if _set(train.optimizer, knob)]
    tables = train.optimizer_for.values()
    return bool(changed) and not any(
        getattr(table, knob) == getattr(train.optimizer, knob) for knob in changed for table in tables
    )


def _set(config: Config, knob: str) -> bool:
    """Return True if the config has the knob, not at its default; a run keeps all of them, set or not."""
    field = type(config).model_fields.get(knob)
    return field is not None and getattr(config, knob) != field.default
