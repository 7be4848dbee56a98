"""Images below a folder, and what is left out there."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import UserError, counted, printable
from .formats import READABLE, format_of
from .pages import pages

THUMBNAILS = ("@eaDir", "__MACOSX")  # of network drives, and of archives made on a Mac


@dataclass
class Found:
    """Images of a folder and its sub-folders, sorted, or a single file, and what was left out."""

    folder: Path | None
    """The folder that was searched; None for a file that was named."""
    paths: list[Path]
    passed: Counter[str] = field(default_factory=Counter)
    """Reason -> how many files and folders were passed over for it."""
    stacks: dict[Path, int] = field(default_factory=dict)
    """Images that hold several -> how many, once `look` has looked for them."""

    def look(self) -> Found:
        """Look into the images, by their headers, for those of which only the first page is taken."""
        if not self.stacks:
            counts = ((path, pages(path)) for path in self.paths if (kind := format_of(path)) and kind.several)
            self.stacks = {path: count for path, count in counts if count > 1}
        return self

    @property
    def notes(self) -> list[str]:
        """A line that counts what was passed over and one that counts stacks; neither where there is nothing to say."""
        passed = ", ".join(f"{count} ({reason})" for reason, count in sorted(self.passed.items()))
        lines = [f"{self.folder}: passed over {passed}"] if passed else []
        if self.stacks:
            least, most = min(self.stacks.values()), max(self.stacks.values())
            how_many = f"{least}" if least == most else f"{least} to {most}"
            count = f"{len(self.stacks)} of {counted(len(self.paths), 'image')}: " if self.folder else ""
            lines.append(f"{self.folder or self.paths[0]}: {count}{how_many} pages, the first is taken")
        return lines


def find(folder: Path) -> Found:
    """Find all images of a folder and its sub-folders, as `walk` does; raises `UserError` for none."""
    if not os.path.isdir(folder):  # Path.is_dir raises for a name that is too long; this returns False.
        state = "is not a folder" if os.path.exists(folder) else "does not exist"
        raise UserError(f"{printable(folder, 300)} {state}; name a folder of images")
    found = Found(folder, *walk(folder))
    if not found.paths:
        passed = f" (passed over {found.notes[0].partition(': passed over ')[2]})" if found.passed else ""
        raise UserError(f"{folder} holds no images{passed}; known endings: {' '.join(READABLE)}")
    return found


def spelled(root: Path, name: str) -> Path:
    """The folder `name` below `root`; where there is none, the one spelled like it: `train_A`, `TrainA` for `trainA`.

    Raises `UserError` for several of those. None: `root / name`, which is not there.
    """
    if os.path.isdir(root / name) or not os.path.isdir(root):
        return root / name
    alike = sorted(path for path in root.iterdir() if _letters(path.name) == _letters(name) and path.is_dir())
    if len(alike) > 1:
        raise UserError(f"{root}: {' and '.join(path.name for path in alike)} may both be {name}; rename one of them")
    return alike[0] if alike else root / name


def _letters(name: str) -> str:
    return re.sub(r"[ _.-]", "", name).lower()


def search(inputs: Sequence[Path | Found]) -> list[Found]:
    """Search each folder among `inputs`, unless it was searched before; a file is taken as it is."""
    return [
        given if isinstance(given, Found) else find(given) if given.is_dir() else Found(None, [given])
        for given in inputs
    ]


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
