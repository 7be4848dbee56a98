"""`i2i export`"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cyclopts import Parameter


@Parameter(name="*")
@dataclass(frozen=True)
class Storing:
    """What is stored of the weights, and how."""

    half: bool = False
    """Store the weights in 16 bits (float16), in half the space, rounded to 11 binary digits. They are read as 32 bits
    again."""
    int8: bool = False
    """Of ONNX graphs, store the weights of layers in 8 bits, in a quarter of the space; answers change by some levels
    of 255. They are read as 32 bits again."""
    inference: bool = False
    """Leave out the networks that training alone needs: the discriminators. A training that begins with the file
    begins with new ones. ONNX graphs never have them."""


def export(
    weights: Path,
    /,
    *,
    out: Path,
    to: Literal["safetensors", "onnx"] = "safetensors",
    storing: Storing = Storing(),
) -> None:
    """Write a trained model into one safetensors file, its config in the header, or as ONNX graphs.

    Averaged weights (EMA) are taken where there are any. Every command that takes weights takes the file; `i2i
    translate` takes graphs, too, and needs no torch for them.

    Parameters
    ----------
    weights
        A run, checkpoint, .safetensors file, packaged name (`i2i list`), or hf://owner/name[@revision][/file].
    out
        The file, ending in .safetensors, or in .onnx: for shoes.onnx each direction has a file of its own beside it
        (shoes.edges2shoes.onnx), and so has each style encoder (shoes.style_shoes.onnx).
    to
        onnx: graphs for onnxruntime and its like, of images of any size; they need `pip install 'i2i_zoo[onnx]'`.
    """
    from ..errors import UserError
    from .console import say

    if out.suffix != f".{to}":
        raise UserError(f"{out}: the name must end in .{to}" + (", or add --to onnx" if out.suffix == ".onnx" else ""))
    if storing.int8 and (storing.half or to != "onnx"):
        raise UserError("--int8 is for --to onnx, without --half; leave one of them out")
    for file in (_graphs if to == "onnx" else _weights)(weights, out, storing):
        say(f"{file}: {file.stat().st_size / 2**20:.1f} MiB")


def _weights(weights: Path, out: Path, storing: Storing) -> list[Path]:
    from ..weights.model import description, export, load

    export(load(weights), out, description(weights)["provenance"], storing.half, storing.inference)
    return [out]


def _graphs(weights: Path, out: Path, storing: Storing) -> list[Path]:
    from ..onnx.export import export
    from ..weights.model import load

    return export(load(weights), out, "int8" if storing.int8 else "float16" if storing.half else "float32")
