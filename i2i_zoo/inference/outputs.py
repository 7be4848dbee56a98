"""The outcome of translating files and folders, whatever translates them, and which file becomes which."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from ..data.images.finding import Found, search
from ..data.images.formats import WRITABLE, holds
from ..errors import UserError, counted

Progress = Callable[[int, int, str], None]  # images done, images in all, what went wrong with the last one or ""


class Translated(NamedTuple):
    """The outcome of `translate_folder`."""

    written: list[Path]
    """The translations."""
    problems: dict[Path, str]
    """Input -> a sentence on why it has no translation."""
    notes: list[str]
    """Lines on sizes that were changed unasked, values that were clamped, and files and pages that were left out."""

    def summary(self, out: str | Path) -> str:
        """Count what was written to `out`, and what was not."""
        skipped = f", {len(self.problems)} skipped" if self.problems else ""
        return f"{counted(len(self.written), 'image')} written to {out}{skipped}"


def outcome(
    steps: Iterable[tuple[Path, str]], files: Sequence[tuple[Path, Path]], progress: Progress | None
) -> tuple[list[Path], dict[Path, str]]:
    """The files that are written and the inputs that are not, as `steps` goes through `files`; `progress` is told."""
    written, problems = [], {}
    for done, (file, problem) in enumerate(steps, 1):
        if problem:
            problems[file] = problem
        else:
            written.append(files[done - 1][1])
        if progress:
            progress(done, len(files), problem)
    return written, problems


def plan_outputs(
    inputs: Sequence[Path | Found], out: Path, dtype: object | None = None, channels: int | None = None
) -> list[tuple[Path, Path]]:
    """(input, output) paths for files and folders: those of `relative_outputs` below `out`.

    Raises `UserError` when an input would be written over itself, too.
    """
    pairs = [(source, out / name) for source, name in relative_outputs(inputs, out, dtype, channels)]
    for source, target in pairs:
        if target.resolve() == source.resolve():
            raise UserError(f"{source}: would be overwritten by its own translation; choose another --out")
    return pairs


def relative_outputs(
    inputs: Sequence[Path | Found], out: Path, dtype: object | None = None, channels: int | None = None
) -> list[tuple[Path, Path]]:
    """Input paths of files and folders with those of their outputs, relative to `out`: same names and sub-folders.

    What lies below `out` itself, in a folder below its input, is a translation made before, and left out. Formats that
    are not written, such as GIF, become PNG; those that cannot hold the `dtype` or the number of `channels` of all
    translations become PNG or TIFF. Raises `UserError` when two inputs would be written to the same file.
    """
    files: dict[Path, Path] = {}
    for found in search(inputs):
        folder = found.folder
        for source in found.paths:
            if folder and out.resolve() in source.resolve().parents and out.resolve() != folder.resolve():
                continue
            name = _writable(source.relative_to(folder) if folder else Path(source.name), dtype, channels)
            if files.setdefault(name, source) != source:
                raise UserError(
                    f"{source} and {files[name]} would both be written to {out / name}; "
                    "translate one at a time, each to an --out of its own"
                )
    return [(source, name) for name, source in files.items()]


def _writable(path: Path, dtype: object | None, channels: int | None) -> Path:
    """The path, with another ending where files with its own are not written, or hold no such images."""
    ending = path.suffix.lower()
    if ending in WRITABLE and holds(ending, dtype, channels):
        return path
    return path.with_suffix(".png" if holds(".png", dtype, channels) else ".tif")
