"""`i2i translate`"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from ..inference.outputs import Translated

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
        A run, a checkpoint, an exported .safetensors file, the name of packaged weights (`i2i list`), or the .onnx that
        `i2i export` was given, or one of its files.
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
    from .console import progress_bar, say, say_left_out

    folder = _by_graph if weights.suffix == ".onnx" else _by_model
    with progress_bar(f"to {to}") as progress:
        done = folder(weights, inputs, out, to, style_id, seed, sizing.size, sizing.restore, precision, progress)
    say(f"{len(done.written)} images written to {out}" + (f", {len(done.problems)} skipped" if done.problems else ""))
    say_left_out(done.notes)
    return 1 if done.problems else 0


def _by_model(weights: Path, *options: Any) -> Translated:
    from ..inference import translate_folder
    from ..speed.choice import retain_freed_memory
    from ..weights.model import load

    retain_freed_memory()
    return translate_folder(load(weights).to(device()), *options)


def _by_graph(weights: Path, *options: Any) -> Translated:
    """Without torch, which is slow to import and may not be there."""
    from ..errors import UserError
    from ..onnx.run import translate_folder

    *others, precision, progress = options
    if precision != "auto":
        raise UserError("--precision is for models; a graph computes in fp32: leave it out")
    return translate_folder(weights, *others, progress)


def device() -> str:
    """The accelerator, if there is one."""
    import torch

    return str(torch.accelerator.current_accelerator()) if torch.accelerator.is_available() else "cpu"
