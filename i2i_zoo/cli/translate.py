"""`i2i translate`"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

Precision = Literal["auto", "fp32", "bf16"]


@Parameter(name="*")
@dataclass(frozen=True)
class Sizing:
    """The size at which images are translated."""

    size: str | None = None
    """Size that images are scaled to first: pixels (512), height,width (384,512), or native: as they are; left out:
    that of the model's training."""
    restore: bool = False
    """Scale each answer back to the size of its image."""

    tile: Annotated[bool | None, Parameter(negative="--no-tile")] = None
    """Translate part by part, at native size unless --size says another: pictures of any size in about 1.5 GB, with the
    same answer; features lie in --out meanwhile. Left out: only where the memory would not do; --no-tile: never."""


AS_TRAINED = Sizing()


def translate(
    weights: Path,
    inputs: tuple[Path, ...],
    /,
    *,
    to: str,
    out: Path,
    style_id: str | None = None,
    seed: int = 0,
    precision: Precision = "auto",
    sizing: Sizing = AS_TRAINED,
) -> int:
    """Translate image files, or every image below folders: same names, sub-folders and depth.

    Parameters
    ----------
    weights
        A run, a checkpoint, an exported .safetensors file, or the name of packaged weights (`i2i list`).
    inputs
        Image files and folders.
    to
        The domain to translate to.
    out
        Folder that the translations are written to.
    style_id
        For a model that has styles: the name of one, as `i2i sample` prints it.
    seed
        Of the random style, the same for all images, that is taken otherwise.
    precision
        bf16 takes half the time where the processor multiplies it, where auto takes it, and changes pixels by a level
        or two of 255; fp32 does not. Deeper images are computed in fp32 whatever is said here.
    """
    from ..inference import translate_folder
    from ..speed.choice import retain_freed_memory
    from ..weights.model import load
    from .console import progress_bar, say, say_left_out

    retain_freed_memory()
    model = load(weights).to(device())
    with progress_bar(f"to {to}") as progress:
        options = sizing.size, sizing.restore, precision, sizing.tile, progress
        done = translate_folder(model, inputs, out, to, style_id, seed, *options)
    say(f"{len(done.written)} images written to {out}" + (f", {len(done.problems)} skipped" if done.problems else ""))
    say_left_out(done.notes)
    return 1 if done.problems else 0


def device() -> str:
    """The accelerator, if there is one."""
    import torch

    return str(torch.accelerator.current_accelerator()) if torch.accelerator.is_available() else "cpu"
