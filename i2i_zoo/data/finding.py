"""Images below a folder, and what is passed over there."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

READABLE = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".ppm", ".pgm", ".npy")
THUMBNAILS = ("@eaDir", "__MACOSX")  # of network drives, and of archives made on a Mac


def walk(folder: Path) -> tuple[list[Path], Counter[str]]:
    """Image files below `folder`, sorted, and how many files and folders were passed over, by reason.

    Links are followed, except a link to a folder that it lies in. What is hidden (`.name`) is skipped uncounted.
    """
    passed: Counter[str] = Counter()
    return sorted(_images(folder, (os.path.realpath(folder),), passed)), passed


def _images(folder: Path, above: tuple[str, ...], passed: Counter[str]) -> Iterator[Path]:
    try:
        entries = list(os.scandir(folder))
    except PermissionError:
        passed["folder without permission"] += 1
        return
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith("."):
            continue
        if not entry.is_dir():
            if path.suffix.lower() in READABLE:
                yield path
            else:
                passed[f"ending {path.suffix.lower()}" if path.suffix else "no ending"] += 1
        elif entry.name in THUMBNAILS:
            passed[f"folder {entry.name}"] += 1
        elif (real := os.path.realpath(path)) in above:
            passed["link in a circle"] += 1
        else:
            yield from _images(path, (*above, real), passed)


def passed_over(folder: Path) -> str:
    """One line that counts what `walk` passed over; empty if nothing was."""
    passed = walk(folder)[1]
    counts = ", ".join(f"{count} ({reason})" for reason, count in sorted(passed.items()))
    return f"{folder}: passed over {counts}" if counts else ""
