"""The state of runs, read from their files; no model is loaded."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..training.log import Row, read_rows
from ..weights.model import list_checkpoints
from . import record
from .best import pick
from .lock import is_held


class Facts(NamedTuple):
    """A run at a glance."""

    folder: Path
    recipe: str
    """Name of the recipe, or of the model where there is no record."""
    step: int
    """Step of the newest checkpoint; of the log while the run is running."""
    steps: int | None
    """Steps to the end; None: not known, for a run by epochs that has no record."""
    minutes: float
    """Minutes of training by the log, over all times that the run was resumed."""
    score: str
    """The best: its name and number, as `train.best` chose; else the newest of `i2i evaluate`; else empty."""
    size: int
    """Bytes on disk."""
    state: str
    """running, finished, stopped (go on with `--resume`) or failed."""


def find(folder: Path) -> Iterator[Path]:
    """The runs in `folder` and below, sorted; the folders inside a run are not searched."""
    if (folder / "recipe.json").is_file():
        yield folder
        return
    for path in sorted(folder.iterdir() if folder.is_dir() else ()):
        if path.is_dir() and not path.name.startswith(".") and not path.is_symlink():
            yield from find(path)


def facts(run: Path) -> Facts:
    """Read the facts of a run from its files; what they do not say is left open."""
    recipe, entries, rows = _json(run / "recipe.json"), record.read(run), read_rows(run / "log.jsonl", sys.maxsize)
    train = _table(recipe, "train")
    last = entries[-1] if entries else {}
    saved = [int(folder.name) for folder in list_checkpoints(run)]
    running = is_held(run)
    step = max([*saved, *(row["step"] for row in rows if running), 0])
    steps = last.get("steps") or (None if train.get("epochs") else train.get("steps"))
    return Facts(
        folder=run,
        recipe=last.get("recipe") or _table(recipe, "model").get("name", ""),
        step=step,
        steps=steps,
        minutes=_seconds(rows, train.get("batch", 1)) / 60,
        score=_score(rows) or _evaluated(run, train.get("best", "swd")),
        size=sum(path.lstat().st_size for path in run.rglob("*") if path.is_file() and not path.is_symlink()),
        state="running" if running else _state(last, step, steps),
    )


def _state(last: Mapping[str, Any], step: int, steps: int | None) -> str:
    if last.get("outcome") == "failed":
        return "failed"
    return "finished" if steps and step >= steps else "stopped"


def _seconds(rows: list[Row], batch: int) -> float:
    """The time between the rows that hold losses, each of which has the speed since the one before."""
    timed = [row for row in rows if row.get("images_per_second")]
    before = [0, *(row["step"] for row in timed)]
    return sum(
        (row["step"] - then) * batch / row["images_per_second"] for row, then in zip(timed, before, strict=False)
    )


def _score(rows: list[Row]) -> str:
    best = [row for row in rows if row.get("best") and row.get("value") is not None]
    return f"{best[-1]['score']} {best[-1]['value']:.4g}" if best else ""


def _evaluated(run: Path, score: str) -> str:
    reports = sorted((run / "evaluation").glob("*.json"))
    for values in _table(_json(reports[-1]), "values").values() if reports else ():
        value = pick(values, score) if isinstance(values, dict) else None
        return f"{score} {value:.4g}" if value is not None else ""
    return ""


def _json(path: Path) -> dict[str, Any]:
    try:
        tables = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return tables if isinstance(tables, dict) else {}


def _table(tables: Mapping[str, Any], key: str) -> dict[str, Any]:
    return table if isinstance(table := tables.get(key), dict) else {}
