"""`i2i translate`"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from ..inference.big.tiling import Tile
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


@Parameter(name="*")
@dataclass(frozen=True)
class Parts:
    """Which images are translated part by part."""

    tile: Annotated[bool | None, Parameter(negative="--no-tile")] = None
    """Translate part by part, at native size unless --size says another: the same answer in less memory; features
    lie in --out meanwhile. Left out: only where the memory would not do; --no-tile: never."""

    sampled: bool = False
    """Tile with the statistics of 16 samples of a picture, for one that would fill the disk: nearly the same answer."""

    @property
    def choice(self) -> Tile:
        """As `inference.translate_folder` takes it; raises `UserError` for a contradiction."""
        if self.sampled and self.tile is False:
            from ..errors import UserError

            raise UserError("--sampled translates part by part and --no-tile does not; leave one of them out")
        return "sampled" if self.sampled else self.tile


@Parameter(name="*")
@dataclass(frozen=True)
class Origin:
    """What weights of other projects do not say."""

    domains: tuple[str, str] | None = None
    """For weights of the official projects: names for A and B, in this order."""


AS_TRAINED, WHERE_NEEDED, OURS = Sizing(), Parts(), Origin()


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
    parts: Parts = WHERE_NEEDED,
    origin: Origin = OURS,
) -> int:
    """Translate image files, or every image below folders: same names, sub-folders and depth.

    Parameters
    ----------
    weights
        A run, checkpoint, .safetensors file, packaged name (`i2i list`), hf://owner/name[@revision][/file], or the
        .onnx that `i2i export` was given.
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
        bf16, which auto takes where the processor has it, halves the time; pixels differ by a level or two of 255.
    """
    from .console import progress_bar, say, say_left_out

    using = _by_graph if weights.suffix == ".onnx" else _by_model
    with progress_bar(f"to {to}") as progress:
        how = asdict(sizing) | {"tile": parts.choice, "seed": seed, "precision": precision, "progress": progress}
        done = using(weights, origin, inputs, out, to, style_id, **how)
    say(done.summary(out))
    say_left_out(done.notes)
    return 1 if done.problems else 0


def _by_model(weights: Path, origin: Origin, *given: Any, **how: Any) -> Translated:
    from ..inference import translate_folder
    from ..speed.choice import retain_freed_memory
    from ..weights.model import load

    retain_freed_memory()
    return translate_folder(load(weights, domains=origin.domains).to(device()), *given, **how)


def _by_graph(weights: Path, origin: Origin, *given: Any, **how: Any) -> Translated:
    """Without torch, which is slow to import and may not be there."""
    from ..errors import UserError
    from ..onnx.run import translate_folder

    if how.pop("precision") != "auto":
        raise UserError("--precision is for models; a graph computes in fp32: leave it out")
    if how.pop("tile"):
        raise UserError(
            "--tile and --sampled are for models; "
            "translate with the weights that the graph was made of, or leave it out"
        )
    return translate_folder(weights, *given, **how)


def device() -> str:
    """The accelerator, if there is one."""
    import torch

    return str(torch.accelerator.current_accelerator()) if torch.accelerator.is_available() else "cpu"
