"""Loss curves as SVG: a small panel for each loss, a thin line for each seed, linear and logarithmic."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from ..result import Entry, Seed
from . import text

WIDTH, HEIGHT = 320, 190
LEFT, RIGHT, TOP, BOTTOM = 46, 312, 10, 164  # of the plot inside the panel, in the SVG's units
POINTS = 120  # of a line; more rows are averaged in bins, which also calms adversarial losses

Point = tuple[float, float | None]  # step, loss


class Line(NamedTuple):
    entry: int
    linear: str
    log: str
    """SVG paths."""


class Tick(NamedTuple):
    at: float
    label: str


class Panel(NamedTuple):
    title: str
    lines: list[Line]
    linear: list[Tick]
    log: list[Tick]
    """The logarithmic plot; empty when no value is positive."""
    steps: list[Tick]
    summary: str


def panels(entries: Sequence[Entry]) -> list[Panel]:
    """Draw a panel for each loss that any entry logged, in the order in which they appear."""
    seeds = [(number, entry, seed) for number, entry in enumerate(entries) for seed in entry.seeds]
    names = dict.fromkeys(name for _, _, seed in seeds for row in seed.losses for name in row.losses)
    last = max((seed.losses[-1].step for _, _, seed in seeds if seed.losses), default=0)
    lines = {name: [(n, _label(e, s, p), p) for n, e, s in seeds if (p := _points(s, name))] for name in names}
    return [_panel(name, found, last) for name, found in lines.items()]


def _points(seed: Seed, name: str) -> list[Point]:
    """Choose at most `POINTS` of a run's values of a loss; a bin without a finite value is a gap."""
    rows = [(row.step, row.losses[name]) for row in seed.losses if name in row.losses]
    size = math.ceil(len(rows) / POINTS)
    bins = [rows[start : start + size] for start in range(0, len(rows), size)] if size > 1 else [[row] for row in rows]
    points: list[Point] = []
    for found in bins:
        values = [value for _, value in found if value is not None]
        points.append((sum(step for step, _ in found) / len(found), sum(values) / len(values) if values else None))
    return points


def _panel(name: str, found: list[tuple[int, str, list[Point]]], last: int) -> Panel:
    values = [v for _, _, points in found for _, v in points if v is not None]
    positive = [v for v in values if v > 0]
    x = _scale(0, last, LEFT, RIGHT)
    low, high, marks = _nice(min([0.0, *values]), max([0.0, *values]))
    y, up = _scale(low, high, BOTTOM, TOP), _log_scale(positive)
    lines = [Line(number, _path(points, x, y), _path(points, x, up)) for number, _, points in found]
    return Panel(
        name,
        lines,
        [Tick(y(value), text.short(value)) for value in marks],
        [Tick(up(value), text.short(value)) for value in _log_marks(positive)],
        [Tick(x(value), text.short(value)) for value in (_nice(0, last)[2] if last else [0]) if value <= last],
        f"{name} over {last} steps. " + ". ".join(label for _, label, _ in found) + ".",
    )


def _label(entry: Entry, seed: Seed, points: Sequence[Point]) -> str:
    end = next((value for _, value in reversed(points) if value is not None), None)
    return f"{entry.name}, seed {seed.seed}, ends at {'no finite value' if end is None else text.short(end)}"


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    span = high - low or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def _log_scale(positive: Sequence[float]) -> Callable[[float], float | None]:
    """The points on a logarithmic axis, on which zero and less have no place."""
    if not positive:
        return lambda value: None
    low, high = _log_limits(positive)
    place = _scale(math.log10(low), math.log10(high), BOTTOM, TOP)
    return lambda value: place(math.log10(value)) if value > 0 else None


def _log_limits(positive: Sequence[float]) -> tuple[float, float]:
    low, high = min(positive), max(positive)
    return (low, high) if high / low > 1.5 else (low / 1.5, high * 1.5)


def _log_marks(positive: Sequence[float]) -> list[float]:
    """Powers of ten if there are three, else also their halves and fifths; few enough to be read."""
    if not positive:
        return []
    low, high = _log_limits(positive)
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 3), (1, 2, 5), range(1, 10)):
        marks = [factor * 10.0**exponent for exponent in exponents for factor in factors]
        marks = [mark for mark in marks if low <= mark <= high]
        if len(marks) >= 3:
            break
    return marks[:: math.ceil(len(marks) / 6)] if marks else [low, high]


def _nice(low: float, high: float) -> tuple[float, float, list[float]]:
    """Limits that hold low and high, and round marks from one to the other."""
    rough = ((high - low) or 1.0) / 4
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * unit for factor in (1, 2, 2.5, 5, 10) if factor * unit >= rough)
    first = math.floor(low / step)
    last = max(math.ceil(high / step), first + 1)
    return first * step, last * step, [number * step for number in range(first, last + 1)]


def _path(points: Sequence[Point], x: Callable[[float], float], y: Callable[[float], float | None]) -> str:
    """An SVG path, broken where there is no value; a lone point is a dot (of the line's round cap)."""
    places = [(x(step), None if value is None else y(value)) for step, value in points]
    path = []
    for (_, before), (left, top) in pairwise([(0.0, None), *places]):
        if top is not None:
            path.append(f"{'M' if before is None else 'L'}{left:.1f} {top:.1f}" + ("h0" if before is None else ""))
    return "".join(path)
