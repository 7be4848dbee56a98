"""Checks that a checkpoint is as it was written, by its last file, `checksums.json`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

SUMS = "checksums.json"
ONLY_TO_RESUME = (".optimizer.safetensors", "memory.safetensors", "state.json")


def seal(folder: Path) -> None:
    """Write the SHA-256 of every file of `folder` into it."""
    sums = {file.name: _digest(file) for file in sorted(folder.iterdir())}
    (folder / SUMS).write_text(json.dumps(sums, indent=2))


def damage(folder: Path, everything: bool) -> str:
    """Find what is wrong with a checkpoint, with any of its files or with those that inference reads; '' if nothing is.

    A checkpoint of an i2i_zoo that wrote no checksums is taken as it is, if it has a `model.json`.
    """
    try:
        sums = json.loads((folder / SUMS).read_text())
        names = [name for name in sums if everything or not name.endswith(ONLY_TO_RESUME)]
        return next(_faults(folder, {name: sums[name] for name in names}), "")
    except FileNotFoundError:
        return "" if (folder / "model.json").is_file() else "model.json is missing"
    except (OSError, ValueError, TypeError, AttributeError) as error:
        return f"{SUMS} cannot be read ({error})"


def _faults(folder: Path, sums: dict[str, str]) -> Iterator[str]:
    for name, expected in sums.items():
        file = folder / name
        try:
            facts = file.stat()
            if _known_digest(file, facts.st_size, facts.st_mtime_ns) != expected:
                yield f"{name} is damaged, it is not what its checksum says"
        except OSError as error:
            yield f"{name} is missing" if isinstance(error, FileNotFoundError) else f"{name} cannot be read ({error})"


@lru_cache(maxsize=1024)
def _known_digest(file: Path, size: int, changed: int) -> str:
    """Return the digest, which is computed once as long as size and time stay the same."""
    return _digest(file)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
