"""Weights that come with i2i_zoo, by name (`shoes/munit`). Finding them imports no torch."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path

from ..errors import FileError

HERE = Path(__file__).parent


def packaged() -> dict[str, Path]:
    """The exported files that come with i2i_zoo, by name. Each name is that of the recipe it was trained with."""
    files = sorted(HERE.rglob("*.safetensors"))
    return {file.relative_to(HERE).with_suffix("").as_posix(): file for file in files}


def locate(path: str | Path) -> Path:
    """The file of packaged weights for their name, and any other path as it is. A path that exists wins over a name.

    Raises `UserError` for a path that does not exist and is almost a name.
    """
    path, known = Path(path), packaged()
    name = path.as_posix()
    if os.path.lexists(path):  # `os.path` returns False for a name that is too long; pathlib raises.
        return path
    if name not in known and (close := get_close_matches(name[:100], known, n=1)):
        raise FileError(f"{path}: no such file or folder, and no packaged weights; did you mean {close[0]!r}?")
    return known.get(name, path)


def sheet_file(weights: Path) -> Path:
    """The path of the sample sheet of a weights file."""
    return weights.with_suffix(".samples.jpg")
