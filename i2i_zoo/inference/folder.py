"""Whole folders of images translated by a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from torch import Tensor

from ..data.images.finding import search
from ..data.preparation import SizeChoice
from ..models import Translator
from ..speed.choice import choose_to_translate
from .big.tiling import Tile, Tiling
from .files import translate_files
from .outputs import Progress, Translated, outcome, plan_outputs
from .styles import from_id, rounded
from .translate import resizer_for


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
    tile: Tile = None,
    progress: Progress | None = None,
) -> Translated:
    """Translate image files, and every image below folders, into the folder `out`: same names, sub-folders and depth.

    A model with styles gives all images one: `style`, (style_dim,) or its name, else that of `seed`. `size` and
    `restore` are those of `translate`. `precision` "auto" takes bf16 where the processor multiplies it, which changes
    8-bit pixels by a level or two; deeper images are computed in fp32 in any case. `tile` translates part by part, at
    native size unless there is another, with the same answer in little memory ("sampled": nearly the same, without
    features on the disk); None: only pictures that the memory is too small for, which a `Notice` says. `progress` is
    told of each image.
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
    steps = translate_files(model, files, to, code, speed, resizer, tiling)
    written, problems = outcome(steps, files, progress)
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
