"""`i2i compare`"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from posixpath import commonpath, dirname
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..compare import Plan
    from ..compare.result import Comparison, Entry
    from .sheet import Sheet

COST = (("steps/s", "steps_per_second", 2), ("peak memory, MiB", "peak_memory_mb", 0))


def compare(*sources: str, out: Path, seeds: int = 1, steps: int | None = None, seconds: float | None = None) -> int:
    """Train recipes on the same data for as long, score them alike, and write a report.

    What is finished is kept: the same command goes on where it was interrupted.

    Parameters
    ----------
    sources
        Recipes (files, packaged names, or patterns of names such as 'ablations/*'), trained models (runs,
        .safetensors files, hf://owner/name[@revision][/file]), and key=value
        changes to all recipes.
    out
        Folder of the runs, of compare.json and report.html.
    seeds
        How often each recipe is trained, with seeds 0, 1, ...
    steps
        Training steps of each run; left out: the recipes' own.
    seconds
        Or the training time of each, from which the steps are counted on this machine.
    """
    from rich.markup import escape

    from ..compare import Stopped, plan
    from ..compare import compare as run
    from .console import complain, console, say, say_left_out

    names = [word for word in sources if "=" not in word]
    planned = plan(names, out, [word for word in sources if "=" in word], seeds, steps, seconds)
    if line := unequal(planned):
        say(escape(line))
    try:
        comparison = run(planned, say)
    except Stopped as stopped:
        complain("stopped; the same command goes on")
        return stopped.code
    for shown in tables(comparison):
        console.print(shown)
    for sentence in dict.fromkeys(comparison.missing.values()):
        complain(sentence)
    say_left_out(comparison.data.get("notes", []))
    say(f"the report, with pictures: {out / 'report.html'}")
    return 0 if all(part.finished for part in planned.parts) else 1


def unequal(plan: Plan) -> str:
    """A line on finished runs that were not trained for as long as each other; empty where all were."""
    steps = {part.folder.name if part.existing else part.name: part.steps for part in plan.parts}
    told = ", ".join(f"{name} {count}" for name, count in steps.items())
    return f"runs of unequal length, in steps: {told}" if len(set(steps.values())) > 1 and not plan.seconds else ""


def tables(comparison: Comparison) -> Iterator[Sheet]:
    """Means ± standard deviations over seeds beside floor and ceiling, one table for each direction, and costs.

    Entries go across, or down where there are many and few scores.
    """
    directions = list(dict.fromkeys(metric.direction for metric in comparison.metrics))
    groups = {d: [m for m in comparison.metrics if m.direction == d] for d in directions}
    names = without_common_folder([entry.name for entry in comparison.entries])
    for direction, metrics in groups.items():
        titles = [f"{m.title}, {m.unit}" if m.unit else m.title for m in metrics]
        rows = [[_cell(e.mean.get(m.key), e.spread.get(m.key), m.digits) for e in comparison.entries] for m in metrics]
        references = [[_cell(value, None, m.digits) for value in (m.floor, m.ceiling)] for m in metrics]
        told = any(value != "–" for values in references for value in values)
        rows = [row + values for row, values in zip(rows, references, strict=True)] if told else rows
        columns = names + (["copied", "real"] if told else [])
        better = [f" {m.better}" if m.better else "" for m in metrics]
        yield _table(direction, [t + b for t, b in zip(titles, better, strict=True)], columns, rows)
    rows = [[_cell(_mean(e, field), None, n) for e in comparison.entries] for _, field, n in COST]
    yield _table("cost", [title for title, *_ in COST], names, rows)


def without_common_folder(names: list[str]) -> list[str]:
    """`ablations/maps/gan` beside `ablations/maps/full` is `gan`."""
    folder = commonpath([dirname(name) for name in names])
    return [name.removeprefix(f"{folder}/") for name in names]


def _table(title: str, rows: list[str], columns: list[str], cells: list[list[str]]) -> Sheet:
    from .sheet import Sheet

    if len(columns) > 3 and len(columns) >= len(rows):
        rows, columns, cells = columns, rows, [list(row) for row in zip(*cells, strict=True)]
    sheet = Sheet(title, ["", *(f">{column}" for column in columns)])
    for name, row in zip(rows, cells, strict=True):
        sheet.add(name, *row)
    return sheet


def _mean(entry: Entry, field: str) -> float | None:
    known = [value for seed in entry.seeds if (value := getattr(seed.cost, field)) is not None]
    return sum(known) / len(known) if known else None


def _cell(mean: float | None, spread: float | None, digits: int) -> str:
    if mean is None:
        return "–"
    return f"{mean:.{digits}f}" + (f" ± {spread:.{digits}f}" if spread is not None else "")
