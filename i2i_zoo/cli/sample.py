"""`i2i sample`"""

from __future__ import annotations

from pathlib import Path

ROWS = 24  # of the grid, at most


def sample(
    weights: Path,
    inputs: tuple[Path, ...],
    /,
    *,
    to: str,
    out: Path,
    styles: int | None = None,
    seed: int = 0,
    like: tuple[Path, ...] = (),
    mix: tuple[float, ...] = (),
    style_id: tuple[str, ...] = (),
    walk: int | None = None,
    files: bool = False,
) -> int:
    """Translate images in several styles: one picture with inputs down and styles across.

    The name of each style stands above its column; --style-id makes the same again.

    Parameters
    ----------
    weights
        A run, a checkpoint, or an exported .safetensors file of a model that has styles.
    inputs
        Image files and folders.
    to
        The domain to translate to.
    out
        Folder that grid.png is written to, and walk.gif with --walk.
    styles
        How many random styles; left out: 8, if no other style is asked for.
    seed
        Of the random styles.
    like
        An image of the domain to translate to, for its style; repeat it to mix several.
    mix
        The weight of each --like in the mixture; left out: all alike.
    style_id
        The name of a style, as printed before; repeat it for several.
    walk
        So many steps from the first style to the last. Several --like without --mix are stations on the way.
    files
        Write each translation in full size too, below OUT in a folder for each style.
    """
    from rich.progress import track

    from ..errors import UserError
    from ..inference import plan
    from ..sampling import choose, in_styles, mix_examples, spread
    from ..styles import to_id
    from ..training.grid import draw_grid, save_picture, save_walk
    from ..training.weights import load
    from .console import complain, console, say
    from .translate import device

    model = load(weights).to(device())
    source = model.source(to)  # an unknown domain is reported before any work
    model.require_styles()
    pairs = plan(inputs, out)
    examples = mix_examples(model, like, to, mix, apart=bool(walk))
    codes = choose(model, style_id, examples, styles, seed, walk)
    names, shown, rows, failed = [to_id(code) for code in codes], spread(pairs, ROWS), [], 0
    for file, target in track(pairs if files else shown, description=f"to {to}", console=console):
        targets = [out / name / target.relative_to(out) for name in names] if files else []
        try:
            row = in_styles(model, file, to, codes, targets)
        except UserError as error:
            complain(str(error))
            failed += 1
        else:
            rows += [row] if (file, target) in shown else []
    if rows:
        columns = list(zip([source, *names], zip(*rows, strict=True), strict=True))
        save_picture(draw_grid(columns), out / "grid.png")
        if walk:
            save_walk(columns[1:], out / "walk.gif")
        say(f"{out / 'grid.png'}: {len(rows)} of {len(pairs)} images in the styles {' '.join(names)}")
    return 1 if failed else 0
