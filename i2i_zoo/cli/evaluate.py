"""`i2i evaluate`"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal


def evaluate(
    run: Path,
    /,
    *overrides: str,
    recipe: str | None = None,
    weights: Literal["average", "last", "both"] = "average",
    out: Path | None = None,
) -> int:
    """Score a trained model on the test images of its recipe, with the metrics of its [evaluate] table.

    Prints a table, and keeps every number with the protocol as RUN/evaluation/<step>.json.

    Parameters
    ----------
    run
        A run, a checkpoint, an exported .safetensors file, or the name of packaged weights (`i2i list`).
    overrides
        Changes to the recipe, key=value: evaluate.images=200 'evaluate.metrics=["fid", "kid"]'
    recipe
        Another recipe, whose test images and metrics are taken in place of the run's own.
    weights
        The averaged weights (EMA) where there are any, the last ones, or both.
    out
        The JSON file; left out: in the run, beside an exported file, or here for packaged weights.
    """
    import torch
    from accelerate import Accelerator
    from rich.progress import Progress

    from .. import scores
    from .console import complain, console, say

    accelerator = Accelerator(mixed_precision="no", cpu=not torch.accelerator.is_available())
    with Progress(console=console, transient=True, disable=not accelerator.is_main_process) as bar:
        task = bar.add_task("test images", total=None)
        tick = lambda done, total: bar.update(task, completed=done, total=total)  # noqa: E731
        report = scores.score(run, overrides, recipe, weights, accelerator, tick)
    accelerator.end_training()  # a process that leaves with the group's threads alive may be aborted by them
    if accelerator.is_main_process:
        scores.write(report, path := out or scores.report_file(run))
        console.print(table(report))
        for sentence in dict.fromkeys(report["missing"].values()):  # two metrics may want the same file
            complain(sentence)
        say(f"every number, and how it was got: {path}")
    return 1 if report["missing"] else 0


def table(report: dict[str, Any]) -> Any:
    """A rich table of a report: scores in rows; a column for each direction and kind of weights."""
    from rich.table import Table

    kinds = list(report["values"])
    columns = [(to, kind) for to in reversed(report["domains"]) for kind in kinds]
    step = f" at step {report['step']}" if report["step"] is not None else ""
    images = " and ".join(f"{count} {domain}" for domain, count in report["protocol"]["images"].items())
    title = f"{report['model']}{step}, {images}"
    shown = Table("score", "", "better", title=title, title_justify="left", row_styles=["", "dim"])
    for to, kind in columns:
        shown.add_column(f"to {to}" + (f"\n{kind}" if len(kinds) > 1 else ""), justify="right")
    for name, meaning in report["scores"].items():
        values = [report["values"][kind].get(f"to_{to}.{name}", "") for to, kind in columns]
        shown.add_row(meaning["title"], meaning["unit"], meaning["better"], *map(_text, values))
    return shown


def _text(value: float | str | None) -> str:
    """Four digits; a dash for what could not be computed, nothing for what does not apply."""
    if value is None:
        return "–"
    return value if isinstance(value, str) else f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
