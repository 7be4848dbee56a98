"""Artwork onto white squares."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image

from ...errors import UserError, one_line
from .packages import INSTALL

SHARPEST = 256  # pixels: the size of the pictures in `3d`


def rasterize(svg: str, size: int) -> Image.Image:
    """An SVG as large as fits, in the middle of `size` x `size` pixels of RGB; raises `ValueError`."""
    from resvg_py import svg_to_bytes

    with Image.open(BytesIO(svg_to_bytes(svg_string=svg, width=size, height=size, skip_system_fonts=True))) as drawn:
        return _on_white(drawn, size)


def shrink(path: Path, size: int) -> Image.Image:
    """The picture in a file as large as fits, in the middle of `size` x `size` pixels of RGB; raises `UserError`."""
    try:
        with Image.open(path) as picture:
            white = _on_white(picture, max(picture.size))
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path} cannot be read as an image ({one_line(error)}); remove its package and run `{INSTALL}`"
        ) from error
    return white.resize((size, size), Image.Resampling.LANCZOS)


def _on_white(picture: Image.Image, size: int) -> Image.Image:
    sheet = Image.new("RGBA", (size, size), "white")
    sheet.alpha_composite(picture.convert("RGBA"), ((size - picture.width) // 2, (size - picture.height) // 2))
    return sheet.convert("RGB")
