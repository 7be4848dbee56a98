"""`i2i export`"""

from __future__ import annotations

from pathlib import Path


def export(weights: Path, /, *, out: Path, half: bool = False, inference: bool = False) -> None:
    """Write a trained model into one safetensors file, its config in the header.

    Averaged weights (EMA) are taken where there are any. Every command that takes weights takes the file.

    Parameters
    ----------
    weights
        A run, checkpoint, .safetensors file, packaged name (`i2i list`), or hf://owner/name[@revision][/file].
    out
        The file, ending in .safetensors.
    half
        Store the weights in 16 bits (float16), in half the space, rounded to 11 binary digits. They are read as 32 bits
        again.
    inference
        Leave out the networks that training alone needs: the discriminators. A training that begins with the file
        begins with new ones.
    """
    from ..errors import UserError
    from ..weights.model import description, load
    from ..weights.model import export as write
    from .console import say

    if out.suffix != ".safetensors":
        raise UserError(f"{out}: the name must end in .safetensors")
    write(load(weights), out, description(weights)["provenance"], half, inference)
    say(f"{out}: {out.stat().st_size / 2**20:.1f} MiB")
