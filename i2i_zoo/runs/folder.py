"""The folder of a run: a new one, or that of a run to go on with."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ..errors import UserError
from ..weights.model import find_checkpoint, list_checkpoints
from .lock import HOLDER, hold


@contextmanager
def hold_new(recipe: str, first: bool = True) -> Iterator[Path]:
    """A new folder `runs/<recipe>-<time>`, kept from other trainings by the `first` process."""
    new = _new(recipe)
    for folder in (new, *(new.with_name(f"{new.name}-{number}") for number in range(2, 100))):
        with ExitStack() as stack:
            try:
                if first:
                    check_new(folder)
                    stack.enter_context(hold(folder))
            except UserError:  # another training was begun in the same second
                continue
            yield folder
            return


def check_new(folder: Path) -> None:
    """Raise `UserError` unless `folder` is free for a new run."""
    if folder.exists() and (not folder.is_dir() or any(f.name != HOLDER for f in folder.iterdir())):
        command = f", or continue it with: i2i train --resume {shlex.quote(str(folder))}"
        raise UserError(f"{folder}: exists already; choose another --out{command if list_checkpoints(folder) else ''}")


def resumed_or_new(folder: Path) -> Path | None:
    """The checkpoint of the run in `folder` to go on from; None: it begins. Raises `UserError` for anything else there.

    A run that ended before its first checkpoint begins again: nothing is lost.
    """
    if not (folder / "recipe.json").is_file():
        check_new(folder)
        return None
    return find_checkpoint(folder, everything=True) if list_checkpoints(folder) else None


def _new(recipe: str) -> Path:
    path = Path(recipe)
    packaged = "-".join(path.parts) if not path.exists() else ""
    name = packaged or (path.stem if path.suffix in (".toml", ".json") else path.resolve().name)
    return Path("runs") / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
