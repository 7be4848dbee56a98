"""Pictures as part of a page."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor

from ...data.images.files import from_unit, read, to_pil, to_unit
from ...errors import UserError

LONGEST = 512  # pixels; a larger picture is shown smaller
JPEG = {"quality": 92, "subsampling": 0, "optimize": True, "progressive": True}  # full color resolution
LOSSLESS_UP_TO = 1.5  # times the size of the JPEG: drawings and label maps stay exact, photographs do not fill the page


class Picture(NamedTuple):
    uri: str
    width: int
    height: int


def embed(folder: Path, name: str) -> Picture:
    """The picture `folder/name` as a data URI of PNG or, where that would be much larger, of JPEG.

    Raises `UserError` if it cannot be read, or is not inside `folder`.
    """
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise UserError(f"{folder}: the picture {name!r} is outside of this folder; run `i2i compare` again")
    image = _pil(read(path, 3))
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    exact, small = _encoded(image, "PNG", optimize=True), _encoded(image, "JPEG", **JPEG)
    kind, chosen = ("png", exact) if len(exact) <= LOSSLESS_UP_TO * len(small) else ("jpeg", small)
    return Picture(f"data:image/{kind};base64,{base64.b64encode(chosen).decode()}", image.width, image.height)


def _pil(pixels: Tensor) -> Image.Image:
    """(3, H, W) of any depth as 8 bits, in one channel if all are the same."""
    grey = bool((pixels == pixels[:1]).all())
    return to_pil(from_unit(to_unit(pixels[:1] if grey else pixels), torch.uint8))


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()
