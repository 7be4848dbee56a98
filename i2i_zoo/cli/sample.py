"""`i2i sample`"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import Parameter

from .translate import AS_TRAINED, OURS, Origin, Precision, Sizing

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

    from ..models import Translator

ROWS = 24  # of the grid, at most


@Parameter(name="*")
@dataclass(frozen=True)
class StyleChoice:
    """The styles to translate in."""

    styles: int | None = None
    """The number of random styles; left out: 8, if no other style is asked for."""
    seed: int = 0
    """The seed of the random styles."""
    like: tuple[Path, ...] = ()
    """An image of the domain to translate to, for its style; repeat it to mix several."""
    mix: tuple[float, ...] = ()
    """The weight of each --like in the mixture; left out: all alike."""
    style_id: tuple[str, ...] = ()
    """The name of a style, as printed before; repeat it for several."""
    walk: int | None = None
    """Steps on a walk from the first style to the last. Several --like without --mix are stations on the way; a random
    style is the end of a way from one."""

    def codes(self, model: Translator, to: str, sizing: Sizing) -> Tensor:
        """The styles (S, style_dim); examples are prepared as images are."""
        from ..data.preparation import choose_preparation
        from ..inference.sampling import choose_styles, mix_examples

        prepared = choose_preparation(model.preparation, sizing.size)
        examples = mix_examples(model, self.like, to, self.mix, bool(self.walk), prepared)
        return choose_styles(model, self.style_id, examples, self.styles, self.seed, self.walk)


def sample(
    weights: Path,
    inputs: tuple[Path, ...],
    /,
    *,
    to: str,
    out: Path,
    choice: StyleChoice = StyleChoice(),
    files: bool = False,
    precision: Precision = "auto",
    sizing: Sizing = AS_TRAINED,
    origin: Origin = OURS,
) -> int:
    """Translate images in several styles: one picture with inputs down and styles across.

    The name of each style stands above its column; --style-id makes the same again.

    Parameters
    ----------
    weights
        A run, checkpoint, .safetensors file, packaged name (`i2i list`), or hf://owner/name[@revision][/file].
    inputs
        Image files and folders.
    to
        The domain to translate to.
    out
        Folder that grid.png is written to, and walk.gif with --walk.
    files
        Write each translation as a file too, below OUT in a folder for each style.
    precision
        As `i2i translate` has it.
    """
    from ..inference.styles import to_id

    model = _load(weights, origin)
    source = model.source(to)  # An unknown domain is reported before any work.
    model.require_styles()
    pairs, notes = _plan(inputs, out, files, (model.range_of(to).dtype_for(None), model.channels[to]))
    codes = choice.codes(model, to, sizing)
    names = [to_id(code) for code in codes]
    rows, failed = _translate(model, pairs, to, codes, [out / name for name in names if files], precision, sizing)
    _save([source, *names], rows, len(pairs), notes, out, moving=bool(choice.walk))
    return 1 if failed else 0


def _load(weights: Path, origin: Origin) -> Translator:
    from ..errors import UserError
    from ..weights.model import load
    from .translate import device

    if weights.suffix == ".onnx":
        raise UserError(f"{weights}: a graph has one style at a time; use i2i translate, with --seed or --style-id")
    return load(weights, domains=origin.domains).to(device())


def _plan(
    inputs: tuple[Path, ...], out: Path, files: bool, kind: tuple[str | None, int]
) -> tuple[list[tuple[Path, Path]], list[str]]:
    """(input, output) paths, outputs relative to a style's folder, and lines on what is left out. Raises `UserError`.

    `kind` is the dtype, where it is known, and the channels of the translations.
    """
    from ..data.images.finding import search
    from ..errors import UserError
    from ..inference.outputs import relative_outputs

    if out.exists() and not out.is_dir():
        raise UserError(f"{out}: is a file; --out names a folder")
    found = search(inputs)
    notes = [line for one in found for line in one.look().notes]
    if files:
        return relative_outputs(found, out, *kind), notes
    return [(file, Path(file.name)) for one in found for file in one.paths], notes


def _translate(
    model: Translator,
    pairs: list[tuple[Path, Path]],
    to: str,
    codes: Tensor,
    folders: list[Path],
    precision: Precision,
    sizing: Sizing,
) -> tuple[list[list[Image]], int]:
    """The rows of the grid, and how many inputs failed. With a folder for each style, all inputs are translated."""
    from rich.progress import track

    from ..data.evenly import evenly
    from ..errors import UserError
    from ..inference.sampling import in_styles
    from ..inference.translate import resizer_for
    from ..speed.choice import choose_to_translate
    from .console import complain, console, say_left_out

    shown, rows, failed = [pairs[number] for number in evenly(len(pairs), ROWS)], [], 0
    speed = choose_to_translate(model.device, precision, len(pairs) * len(codes))
    resizer = resizer_for(model, to, sizing.size, sizing.restore)
    for pair in track(pairs if folders else shown, description=f"to {to}", console=console):
        file, target = pair
        targets = [folder / target for folder in folders]
        try:
            row = in_styles(model, file, to, codes, targets, speed, resizer)
        except UserError as error:
            complain(str(error))
            failed += 1
        else:
            rows += [row] if pair in shown else []
    say_left_out(resizer.notes(asked=sizing.size is not None))
    return rows, failed


def _save(labels: list[str], rows: list[list[Image]], inputs: int, notes: list[str], out: Path, moving: bool) -> None:
    """Write the grid, and the walk if it is `moving`; without rows there is none."""
    from ..errors import counted
    from ..inference.grid import draw_grid, save_picture, save_walk
    from .console import say, say_left_out

    say_left_out(notes)
    if not rows:
        return
    columns = list(zip(labels, zip(*rows, strict=True), strict=True))
    save_picture(draw_grid(columns), out / "grid.png")
    if moving:
        save_walk(columns[1:], out / "walk.gif")
    say(f"{out / 'grid.png'}: {len(rows)} of {counted(inputs, 'image')} in the styles {' '.join(labels[1:])}")
