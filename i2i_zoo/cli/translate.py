"""`i2i translate`"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Literal

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


@Parameter(name="*")
@dataclass(frozen=True)
class Origin:
    """What weights of other projects do not say."""

    domains: tuple[str, str] | None = None
    """For weights of the official projects: names for A and B, in this order."""


AS_TRAINED, OURS = Sizing(), Origin()


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
    origin: Origin = OURS,
) -> int:
    """Translate image files, or every image below folders: same names, sub-folders and depth.

    Parameters
    ----------
    weights
        A run, checkpoint, .safetensors file, packaged name (`i2i list`), or hf://owner/name[@revision][/file].
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
        bf16 takes half the time where the processor multiplies it (there, auto is bf16), and changes pixels by a level
        or two of 255. Deeper images are always computed in fp32.
    """
    from ..inference import translate_folder
    from ..speed.choice import retain_freed_memory
    from ..weights.model import load
    from .console import progress_bar, say, say_left_out

    retain_freed_memory()
    model = load(weights, domains=origin.domains).to(device())
    with progress_bar(f"to {to}") as progress:
        done = translate_folder(model, inputs, out, to, style_id, seed, *astuple(sizing), precision, progress)
    say(done.summary(out))
    say_left_out(done.notes)
    return 1 if done.problems else 0


def device() -> str:
    """The accelerator, if there is one."""
    import torch

    return str(torch.accelerator.current_accelerator()) if torch.accelerator.is_available() else "cpu"
