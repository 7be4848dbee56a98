"""`i2i translate`"""

from __future__ import annotations

from pathlib import Path


def translate(weights: Path, inputs: tuple[Path, ...], /, *, to: str, out: Path) -> int:
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
    """
    from rich.progress import track

    from ..inference import plan, translate_files
    from ..training.weights import load
    from .console import complain, console, say

    model = load(weights)
    model.source(to)  # an unknown domain is reported before any work
    files = plan(inputs, out)
    model.to(_device())
    failed = 0
    steps = translate_files(model, files, to)
    for _, problem in track(steps, total=len(files), description=f"to {to}", console=console):
        if problem:
            complain(problem)
            failed += 1
    say(f"{len(files) - failed} images written to {out}" + (f", {failed} skipped" if failed else ""))
    return 1 if failed else 0


def _device() -> str:
    import torch

    return str(torch.accelerator.current_accelerator()) if torch.accelerator.is_available() else "cpu"
