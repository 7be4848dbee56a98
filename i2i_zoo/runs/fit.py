"""A recipe trained from Python."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from rich.console import Console

from ..errors import UserError
from ..models import Translator
from ..recipe import merge, read, resolve
from ..recipe.files import find
from ..weights.model import load
from .folder import check_new, hold_new, resumed_or_new
from .lock import hold
from .record import recorded
from .run import Run


def fit(
    recipe: str | Path, *, out: str | Path | None = None, resume: bool = False, quiet: bool = False, **overrides: Any
) -> Translator:
    """Train a recipe to its end, as `i2i train` does, and return the model as `load` gives it.

    `recipe` is a file or the name of a packaged one. `overrides` are tables of the recipe with what changes in them, or
    single knobs with the path of their key: `fit("shoes/quickstart", train={"steps": 500}, **{"data.size": 32})`.
    The run is kept in `out`, left out: `runs/<recipe>-<time>`. `resume` goes on with the run in `out` if there is one.
    `quiet` shows no progress. Ctrl-C (in a notebook, the stop button) ends the training with a checkpoint; the
    model is then that of its last step. Raises `UserError` for what the recipe gets wrong, before anything is written.
    """
    if resume and out is None:
        raise UserError("resume goes on with the run in `out`; name its folder")
    file, console = find(recipe), Console(quiet=quiet)
    settled = resolve(merge(read(file), _tables(overrides)), kept=file.suffix == ".json")
    with _held(out, str(recipe)) as folder:
        if not resume:
            check_new(folder)
        run = Run(settled, folder, console, resumed_or_new(folder) if resume else None)
        for line in (f"run {folder}", *run.notes):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        with recorded(run, str(recipe), file, f"i2i_zoo.fit({str(recipe)!r}, ...)"):
            run.train()
    return load(folder)


def _held(out: str | Path | None, recipe: str) -> AbstractContextManager[Path]:
    """The folder of the run, kept from other trainings."""
    return hold_new(recipe) if out is None else hold(Path(out).expanduser())


def _tables(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of keyword arguments, in whose keys a dot leads into a table."""
    tables: dict[str, Any] = {}
    for key, value in overrides.items():
        for part in reversed(key.split(".")):
            value = {part: value}
        tables = merge(tables, value)
    return tables
