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
    *more: Path,
    out: Path,
    to: Literal["safetensors", "onnx", "web"] = "safetensors",
    storing: Storing = Storing(),
    runtime: Path | None = None,
) -> None:
    """Write a trained model into one safetensors file, its config in the header, as ONNX graphs, or as a web page.

    Averaged weights (EMA) are taken where there are any. Every command that takes weights takes the file; `i2i
    translate` takes graphs, too, and needs no torch for them.

    Parameters
    ----------
    weights
        A run, checkpoint, .safetensors file, packaged name (`i2i list`), or hf://owner/name[@revision][/file].
    more
        Of a web page, further ones, side by side.
    out
        The file, ending in .safetensors, or in .onnx: for shoes.onnx each direction has a file of its own beside it
        (shoes.edges2shoes.onnx), and so has each style encoder (shoes.style_shoes.onnx). Of a web page, a new folder.
    to
        onnx: graphs for onnxruntime and its like, of images of any size; they need `pip install 'i2i_zoo[onnx]'`.
        web: a folder for any static host that draws and translates in the browser, its weights in 16 bits unless
        --int8 is given.
    runtime
        Of a web page: node_modules with the npm package onnxruntime-web, if it is not in this folder.
    """
    from ..errors import UserError
    from .console import say

    if to == "web":
        return _page((weights, *more), out, storing, runtime)
    if more or runtime:
        raise UserError(f"{more[0] if more else '--runtime'}: is for --to web; leave it out, or add --to web")
    if out.suffix != f".{to}":
        raise UserError(f"{out}: the name must end in .{to}" + (", or add --to onnx" if out.suffix == ".onnx" else ""))
    if storing.int8 and (storing.half or to != "onnx"):
        raise UserError("--int8 is for --to onnx and --to web, without --half; leave one of them out")
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


def _page(names: tuple[Path, ...], out: Path, storing: Storing, runtime: Path | None) -> None:
    from shlex import quote

    from rich.progress import track

    from ..errors import UserError
    from ..onnx.web import export
    from ..runs.about import about
    from ..weights.locate import short_names
    from ..weights.model import load
    from .console import console, say

    if storing.int8 and storing.half:
        raise UserError("--int8 and --half exclude each other; leave one of them out")
    named = track([*zip(short_names(names), names, strict=True)], "exporting", console=console)
    models = ((short, model := load(name), about(name, model)) for short, name in named)
    export(models, out, runtime, "int8" if storing.int8 else "float16")
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    say(f"{out}: {size / 2**20:.1f} MiB; see it with `python -m http.server --directory {quote(str(out))}`")
