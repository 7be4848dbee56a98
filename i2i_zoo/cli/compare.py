"""`i2i compare`"""

from __future__ import annotations

from pathlib import Path
from typing import Any


def compare(*sources: str, out: Path, seeds: int = 1, steps: int | None = None, seconds: float | None = None) -> int:
    """Train recipes on the same data for as long, score them alike, and write a report.

    What is finished is kept: the same command goes on where it was interrupted.

    Parameters
    ----------
    sources
        Recipes (files, packaged names, or patterns of names such as 'ablations/*'), finished runs, and key=value
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
    from ..compare import Stopped, plan
    from ..compare import compare as run
    from .console import complain, console, say

    names = [word for word in sources if "=" not in word]
    planned = plan(names, out, [word for word in sources if "=" in word], seeds, steps, seconds)
    try:
        comparison = run(planned, say)
    except Stopped as stopped:
        complain("stopped; the same command goes on")
        return stopped.code
    console.print(table(comparison))
    for sentence in dict.fromkeys(comparison.missing.values()):
        complain(sentence)
    say(f"the report, with pictures: {out / 'report.html'}")
    return 0 if all(part.finished for part in planned.parts) else 1


def table(comparison: Any) -> Any:
    """Scores and costs in rows, entries in columns: means, and the spread over seeds."""
    from rich.markup import escape
    from rich.table import Table

    shown = Table(title="mean ± standard deviation over seeds", title_justify="left", row_styles=["", "dim"])
    for column in ("direction", "score", "better"):
        shown.add_column(column)
    for entry in comparison.entries:
        shown.add_column(escape(entry.name), justify="right")
    for metric in comparison.metrics:
        title = f"{metric.title}, {metric.unit}" if metric.unit else metric.title
        cells = [_cell(e.mean.get(metric.key), e.spread.get(metric.key), metric.digits) for e in comparison.entries]
        shown.add_row(escape(metric.direction), title, metric.better or "", *cells)
    for title, field, digits in (("steps/s", "steps_per_second", 2), ("peak memory, MiB", "peak_memory_mb", 0)):
        values = [[getattr(seed.cost, field) for seed in entry.seeds] for entry in comparison.entries]
        shown.add_row("cost", title, "", *(_cell(_mean(found), None, digits) for found in values))
    return shown


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _cell(mean: float | None, spread: float | None, digits: int) -> str:
    if mean is None:
        return "–"
    return f"{mean:.{digits}f}" + (f" ± {spread:.{digits}f}" if spread is not None else "")
