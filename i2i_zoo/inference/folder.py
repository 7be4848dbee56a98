"""Whole folders of images translated: which file becomes which, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from ..data.images.files import holds
from ..data.images.finding import Found, search
from ..data.images.formats import WRITABLE
from ..data.preparation import SizeChoice
from ..errors import UserError, counted
from ..models import Translator
from ..speed.choice import choose_to_translate
from .big.tiling import Tiling
from .files import translate_files
from .styles import from_id, rounded
from .translate import resizer_for

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


def translate_folder(
    model: Translator,
    inputs: str | Path | Sequence[str | Path],
    out: str | Path,
    to: str,
    style: Tensor | str | None = None,
    seed: int = 0,
    size: SizeChoice = None,
    restore: bool = False,
    precision: Literal["auto", "fp32", "bf16"] = "auto",
    tile: bool | None = None,
    progress: Progress | None = None,
) -> Translated:
    """Translate image files, and every image below folders, into the folder `out`: same names, sub-folders and depth.

    A model with styles gives all images one: `style`, (style_dim,) or its name, else that of `seed`. `size` and
    `restore` are those of `translate`. `precision` "auto" takes bf16 where the processor multiplies it, which changes
    8-bit pixels by a level or two; deeper images are computed in fp32 in any case. `tile` translates part by part, at
    native size unless there is another, with the same answer in little memory; None: only pictures that the memory is
    too small for, which a `Notice` says. `progress` is told of each image.
    An image that cannot be translated costs only itself. Raises `UserError`, before any work, for a domain, style or
    size that does not exist, a folder without images, and translations that would overwrite each other or an input.
    """
    model.source(to)  # An unknown domain is reported first.
    found = search([Path(one) for one in ([inputs] if isinstance(inputs, str | Path) else inputs)])
    files = plan_outputs(found, Path(out), model.range_of(to).dtype_for(None), model.channels[to])
    size = "native" if tile and size is None else size
    code, resizer = _one_style(model, style, seed), resizer_for(model, to, size, restore)
    tiling = Tiling(tile, Path(out))
    speed = choose_to_translate(model.device, precision, len(files))
    written, problems = [], {}
    for done, (file, problem) in enumerate(translate_files(model, files, to, code, speed, resizer, tiling), 1):
        if problem:
            problems[file] = problem
        else:
            written.append(files[done - 1][1])
        if progress:
            progress(done, len(files), problem)
    left_out = [line for one in found for line in one.look().notes]
    return Translated(written, problems, list(dict.fromkeys([*resizer.notes(asked=size is not None), *left_out])))


def _one_style(model: Translator, style: Tensor | str | None, seed: int) -> Tensor | None:
    """The style of all images, in numbers that have a name; None for a model without styles. Raises `UserError`."""
    if style is None:
        return rounded(model.sample_style(1, seed)[0]) if model.style_dim else None
    model.require_styles()
    if isinstance(style, str):
        return from_id(style, model.style_dim)
    return model.style_for_each(style, 1)[0]


def plan_outputs(
    inputs: Sequence[Path | Found], out: Path, dtype: torch.dtype | None = None, channels: int | None = None
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
    inputs: Sequence[Path | Found], out: Path, dtype: torch.dtype | None = None, channels: int | None = None
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


def _writable(path: Path, dtype: torch.dtype | None, channels: int | None) -> Path:
    """The path, with another ending where files with its own are not written, or hold no such images."""
    ending = path.suffix.lower()
    if ending in WRITABLE and holds(ending, dtype, channels):
        return path
    return path.with_suffix(".png" if holds(".png", dtype, channels) else ".tif")
