"""`i2i translate`"""

from __future__ import annotations

from pathlib import Path


def translate(
    weights: Path, inputs: tuple[Path, ...], /, *, to: str, out: Path, style_id: str | None = None, seed: int = 0
) -> int:
    """Translate image files, or every image below folders: same names, same sub-folders, same size and depth.

    Parameters
    ----------
    weights
        A run, a checkpoint, or an exported .safetensors file.
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
    """
    from rich.progress import track

    from ..inference import plan, translate_files
    from ..sampling import choose
    from ..training.weights import load
    from .console import complain, console, say

    model = load(weights)
    model.source(to)  # an unknown domain is reported before any work
    style = None
    if model.style_dim or style_id is not None:
        model.require_styles()
        [style] = choose(model, [], [], 1, seed) if style_id is None else choose(model, [style_id], [], 0, seed)
    files = plan(inputs, out)
    model.to(device())
    failed = 0
    steps = translate_files(model, files, to, style)
    for _, problem in track(steps, total=len(files), description=f"to {to}", console=console):
        if problem:
            complain(problem)
            failed += 1
    say(f"{len(files) - failed} images written to {out}" + (f", {failed} skipped" if failed else ""))
    return 1 if failed else 0


def device() -> str:
    """The accelerator, if there is one."""
    import torch

    return str(torch.accelerator.current_accelerator()) if torch.accelerator.is_available() else "cpu"
