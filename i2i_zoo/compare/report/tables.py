"""The tables of the report: scores with their marks, and where the recipes differ."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from ...errors import counted
from ..result import Comparison, Cost, Entry, Metric, Seed, summarize
from . import text


class Cell(NamedTuple):
    """A cell of a table: a value, or the reason why there is none."""

    value: str = ""
    spread: str = ""
    mark: str = ""
    """`best`, `close` (its distance to the best is within their two spreads), or nothing."""
    seeds: str = ""
    """`1 of 3 seeds`, where not all have the value."""
    reason: str = ""


class Row(NamedTuple):
    title: str
    unit: str
    better: str | None
    source: str
    cells: list[Cell]
    floor: str = ""
    """The value for the inputs, copied."""
    ceiling: str = ""
    """The value for real images."""


class Group(NamedTuple):
    title: str
    rows: list[Row]


class Measure(NamedTuple):
    """A row before it is written: how to read a value from a seed, and how to show it."""

    metric: Metric
    read: Callable[[Seed], float | None]
    show: Callable[[float], str]


COST = (
    (Metric(key="steps_per_second", title="Speed", unit="steps/s", better="higher"), None),
    (Metric(key="peak_memory_mb", title="Peak memory", unit="MB", better="lower", digits=0), None),
    (Metric(key="parameters", title="Parameters", unit="millions", digits=2), lambda v: text.number(v / 1e6, 2)),
    (Metric(key="seconds", title="Training time"), text.duration),
)


def scores(comparison: Comparison) -> list[Group]:
    """Quality by direction, then cost: a row for each measure, a cell for each entry. Empty cost rows are left out."""
    groups = [
        Group(text.words(title), [_row(comparison, m) for m in measures])
        for title, measures in _by_direction(comparison)
    ]
    cost = [_row(comparison, measure) for measure in _costs()]
    cost = [row for row in cost if any(cell.value for cell in row.cells)]
    missing = [_missing_row(comparison, key) for key in comparison.missing if not _listed(comparison, key)]
    groups += [Group("Not measured", missing)] if missing else []
    return groups + ([Group("Cost", cost)] if cost else [])


def seed_scores(comparison: Comparison) -> list[Group]:
    """Make `scores` of single runs: a cell for each seed of each entry."""
    groups = [*_by_direction(comparison), ("Cost", _costs())]
    return [Group(text.words(title), [_seed_row(comparison, m) for m in measures]) for title, measures in groups]


def _by_direction(comparison: Comparison) -> list[tuple[str, list[Measure]]]:
    ordered = sorted(comparison.metrics, key=lambda m: [x.direction for x in comparison.metrics].index(m.direction))
    return [
        (title or "Quality", [Measure(m, _metric_of(m.key), _decimals(m.digits)) for m in metrics])
        for title, metrics in groupby(ordered, key=lambda m: m.direction)
    ]


def _costs() -> list[Measure]:
    return [Measure(metric, _cost_of(metric.key), show or _decimals(metric.digits)) for metric, show in COST]


def _metric_of(key: str) -> Callable[[Seed], float | None]:
    return lambda seed: seed.metrics.get(key)


def _cost_of(name: str) -> Callable[[Seed], float | None]:
    assert name in Cost.model_fields
    return lambda seed: getattr(seed.cost, name)


def _decimals(digits: int) -> Callable[[float], str]:
    return lambda value: text.number(value, digits)


def _row(comparison: Comparison, measure: Measure) -> Row:
    metric, entries = measure.metric, comparison.entries
    found = [_summary(entry, measure) for entry in entries]
    marks = mark([m for m, _ in found], [s for _, s in found], metric.better)
    cells = []
    for entry, (mean, spread), how in zip(entries, found, marks, strict=True):
        if mean is None:
            cells.append(Cell(reason=_reason(comparison, entry, metric)))
            continue
        have = sum(measure.read(seed) is not None for seed in entry.seeds)
        few = f"{have} of {counted(len(entry.seeds), 'seed')}" if have < len(entry.seeds) else ""
        shown = "" if spread is None or metric.key == "parameters" else measure.show(spread)
        cells.append(Cell(measure.show(mean), shown, how, few))
    floor, ceiling = ("" if value is None else measure.show(value) for value in (metric.floor, metric.ceiling))
    return Row(metric.title, metric.unit, metric.better, metric.source, cells, floor, ceiling)


def _summary(entry: Entry, measure: Measure) -> tuple[float | None, float | None]:
    key = measure.metric.key
    if key in entry.mean:
        return entry.mean[key], entry.spread.get(key)
    mean, spread = summarize({key: measure.read(seed)} for seed in entry.seeds)
    return mean[key], spread[key]


def mark(means: Sequence[float | None], spreads: Sequence[float | None], better: str | None) -> list[str]:
    """`best`, `close` or nothing for each entry; nothing for all when there is nothing to choose from."""
    known = [mean for mean in means if mean is not None]
    if better is None or len(set(known)) < 2:
        return [""] * len(means)
    best = min(known) if better == "lower" else max(known)
    slack = max((s for m, s in zip(means, spreads, strict=True) if m == best and s is not None), default=0.0)

    def one(mean: float | None, spread: float | None) -> str:
        if mean is None:
            return ""
        return "best" if mean == best else "close" if spread and abs(mean - best) <= spread + slack else ""

    return [one(mean, spread) for mean, spread in zip(means, spreads, strict=True)]


def _seed_row(comparison: Comparison, measure: Measure) -> Row:
    def cell(entry: Entry, seed: Seed) -> Cell:
        value = measure.read(seed)
        return Cell(reason=_reason(comparison, entry, measure.metric)) if value is None else Cell(measure.show(value))

    metric = measure.metric
    cells = [cell(entry, seed) for entry in comparison.entries for seed in entry.seeds]
    return Row(metric.title, metric.unit, metric.better, metric.source, cells)


def _missing_row(comparison: Comparison, key: str) -> Row:
    return Row(key, "", None, "", [Cell(reason=comparison.missing[key])] * len(comparison.entries))


def _listed(comparison: Comparison, key: str) -> bool:
    return any(key in (metric.key, metric.family) for metric in comparison.metrics)


def _reason(comparison: Comparison, entry: Entry, metric: Metric) -> str:
    for reasons in (entry.missing, comparison.missing):
        for key in (metric.key, metric.family):
            if key in reasons:
                return reasons[key]
    return "Not measured for this entry."


class Difference(NamedTuple):
    path: str
    values: list[str | None]
    """The value as JSON, for each entry; None where the recipe has no such key."""


def differences(entries: Sequence[Entry]) -> list[tuple[str, list[Difference]]]:
    """The keys whose values are not the same in all recipes, by their first table; dotted paths, lists whole."""
    recipes = [flat(entry.recipe) for entry in entries]
    paths = dict.fromkeys(path for recipe in recipes for path in recipe)
    rows = [Difference(path, [recipe.get(path) for recipe in recipes]) for path in paths]
    rows = sorted((row for row in rows if len(set(row.values)) > 1), key=lambda row: row.path.split(".")[:-1])
    return [(table, list(group)) for table, group in groupby(rows, key=lambda row: row.path.split(".")[0])]


def flat(data: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Dotted paths -> values as JSON."""
    found: dict[str, str] = {}
    for key, value in data.items():
        if isinstance(value, Mapping) and value:
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = json.dumps(value, ensure_ascii=False)
    return found
