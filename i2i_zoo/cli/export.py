"""`i2i export`"""

from __future__ import annotations

from pathlib import Path


def export(weights: Path, /, *, out: Path) -> None:
    """Write a trained model into one safetensors file, its config in the header.

    Averaged weights (EMA) are taken where there are any. Every command that takes weights takes the file.

    Parameters
    ----------
    weights
        A run or a checkpoint.
    out
        The file, ending in .safetensors.
    """
    import json

    from ..errors import UserError
    from ..training.weights import export as write
    from ..training.weights import find_checkpoint, load
    from .console import say

    if out.suffix != ".safetensors":
        raise UserError(f"{out}: the name must end in .safetensors")
    folder = find_checkpoint(weights)
    write(load(folder), out, json.loads((folder / "model.json").read_text())["provenance"])
    say(f"{out}: {out.stat().st_size / 2**20:.1f} MiB")
