"""`i2i translate`"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from torch import Tensor

    from ..data.preparation import Resizer
    from ..models import Translator
    from ..speed.choice import Speed

Precision = Literal["auto", "fp32", "bf16"]
MANY = 200  # images, for which it pays to compile first


@Parameter(name="*")
@dataclass(frozen=True)
class Sizing:
    """The size at which images are translated."""

    size: str | None = None
    """Size that images are scaled to first: pixels (512), height,width (384,512), or native: as they are; left out:
    that of the model's training."""
    restore: bool = False
    """Scale each answer back to the size of its image."""

    def resizer(self, model: Translator, to: str) -> Resizer:
        """Make that which brings images to the size; raises `UserError` for one that is none."""
        from ..data.preparation import Resizer, choose
        from ..data.range_watch import RangeWatch

        watch = RangeWatch(source := model.source(to), model.range_of(source))
        return Resizer(choose(model.preparation, self.size), self.restore, watch)

    def say(self, resizer: Resizer) -> None:
        """Print a line on images whose size was changed, unless the user asked for a size, and on values clamped."""
        from .console import say_left_out

        say_left_out([*([resizer.note] if self.size is None and resizer.note else []), *resizer.watch.notes])


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
    from ..inference.translate import plan, search
    from ..speed.choice import keep_memory
    from ..weights.model import load
    from .console import say, say_left_out

    keep_memory()
    model = load(weights).to(place := device())
    model.source(to)  # an unknown domain is reported before any work
    files, style = plan(found := search(inputs), out, model.range_of(to).dtype_for(None)), _style(model, style_id, seed)
    failed = _translate(model, files, to, style, choose_speed(precision, place, len(files)), sizing)
    say(f"{len(files) - failed} images written to {out}" + (f", {failed} skipped" if failed else ""))
    say_left_out(line for one in found for line in one.look().notes)
    return 1 if failed else 0


def _style(model: Translator, style_id: str | None, seed: int) -> Tensor | None:
    """The one for all images, if the model has styles; raises `UserError` for a name where it has none."""
    from ..inference.sampling import choose

    if not model.style_dim and style_id is None:
        return None
    model.require_styles()
    [style] = choose(model, [], [], 1, seed) if style_id is None else choose(model, [style_id], [], 0, seed)
    return style


def choose_speed(precision: Precision, place: str, images: int) -> Speed:
    """As fast as it goes in `precision`. Sums are compiled for many images only; that rounds otherwise."""
    import torch

    from ..speed.choice import Speed, best_precision
    from ..speed.compiled import has_compiler

    on_cpu = place == "cpu"
    precision = best_precision(torch.device(place)) if precision == "auto" else precision
    return Speed(precision, channels_last=on_cpu, compiled=on_cpu and images >= MANY and has_compiler())


def _translate(
    model: Translator,
    files: list[tuple[Path, Path]],
    to: str,
    style: Tensor | None,
    speed: Speed,
    sizing: Sizing,
) -> int:
    """Translate with a progress bar; returns how many files failed, each of which is said, as is a change of sizes."""
    from rich.progress import track

    from ..inference.translate import translate_files
    from .console import complain, console

    failed, resizer = 0, sizing.resizer(model, to)
    steps = translate_files(model, files, to, style, speed, resizer)
    for _, problem in track(steps, total=len(files), description=f"to {to}", console=console):
        if problem:
            complain(problem)
            failed += 1
    sizing.say(resizer)
    return failed


def device() -> str:
    """The accelerator, if there is one."""
    import torch

    return str(torch.accelerator.current_accelerator()) if torch.accelerator.is_available() else "cpu"
