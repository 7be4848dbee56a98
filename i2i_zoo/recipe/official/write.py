"""Official options, from a file or a command line, to the text of a recipe."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ...config import toml
from ...errors import UserError, printable
from ...interop import settings
from ..recipe import resolve
from . import junyanz, nvlabs

INLINE = 2  # levels of tables that have a heading of their own; deeper ones stand in a line


class Written(NamedTuple):
    """A recipe as text, and a line for each option that has no counterpart in it."""

    text: str
    notes: list[str]


def from_official(source: str) -> Written:
    """The recipe of official options.

    `source` is a `train_opt.txt` of CycleGAN or CUT, a YAML config of MUNIT or UNIT, or a command line of CycleGAN,
    `python train.py --dataroot ...`. Values that the options leave out are the official defaults. Raises `UserError`
    for anything else, and for options that no recipe can have.
    """
    tables, notes = _tables(source)
    resolve(tables, kept=False)
    name = printable(Path(source).name if _is_file(source) else source, 100)
    lines = [f"# The official options of {name}, as a recipe.", "#", "#   i2i train THIS_FILE"]
    lines += ["#", *(f"# without a counterpart: {note}" for note in notes)] if notes else []
    return Written("\n".join([*lines, *_toml(tables)]) + "\n", notes)


def _tables(source: str) -> tuple[dict[str, Any], list[str]]:
    if not _is_file(source):
        if "--" not in source:
            raise UserError(f"{printable(source)}: no such file; give a train_opt.txt, a config.yaml or a command line")
        return junyanz.tables(junyanz.read_command(source))
    path = Path(source).expanduser()
    if path.suffix in (".yaml", ".yml"):
        return nvlabs.tables(settings.read(path), path)
    return junyanz.tables(junyanz.read_file(path))


def _is_file(source: str) -> bool:
    return os.path.isfile(os.path.expanduser(source))


def _toml(tables: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[str]:
    """The lines of tables without None: `INLINE` levels with headings, what is deeper in a line."""
    inner = {k: v for k, v in tables.items() if isinstance(v, Mapping) and len(path) < INLINE}
    if path and len(inner) < len(tables):
        yield f"\n[{'.'.join(path)}]"
    yield from (f"{key} = {toml(value)}" for key, value in tables.items() if key not in inner)
    for key, value in inner.items():
        yield from _toml(value, (*path, key))
