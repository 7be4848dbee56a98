"""Pillow's modes <-> ours, and files through Pillow without its silent reduction of 16-bit color to 8 bits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageFile, ImageOps
from torch import Tensor

from ..errors import UserError
from . import png16
from .pixels import SIDEWAYS, Stored, as_stored, fit, fits, upright

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF", "PPM")  # no EPS: it would start Ghostscript
_LARGE = 2**26  # pixels; below Pillow's own limit
_LOCK = threading.Lock()


def to_pil(image: Tensor) -> Image.Image:
    """(C, H, W) -> Pillow: uint8 with 1 to 4 channels, or one channel of uint16 or float32; else `ValueError`."""
    pixels = image.detach().cpu().numpy()
    if (pixels.dtype != np.uint8 and len(pixels) != 1) or not 1 <= len(pixels) <= 4:
        raise ValueError(f"Pillow has no mode for {len(pixels)} channels of {pixels.dtype}")
    return Image.fromarray(np.ascontiguousarray(pixels[0] if len(pixels) == 1 else np.moveaxis(pixels, 0, -1)))


def from_pil(image: Image.Image, channels: int) -> Tensor:
    """Pillow image of any mode -> (channels, H, W), uint8, uint16 or float32, upright; `UserError` if it cannot be."""
    image = ImageOps.exif_transpose(image)
    have, alpha, _ = _meaning(image)
    if not fits(have, alpha, channels):
        raise UserError(f"the image has {have} channels where {channels} are wanted; convert it")
    try:
        pixels = fit(_pixels(image), alpha, channels)
    except ValueError as error:
        raise UserError(f"the image cannot be used: {error}") from error
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(pixels, -1, 0)))


@contextmanager
def opened(path: Path) -> Iterator[Stored]:
    """Open a file by its content, not its name. Of an animation only the first frame counts."""
    with open_header(path) as image:
        turn = 1 if image.format == "TIFF" else Image.Image.getexif(image).get(0x0112, 1)  # Pillow turns TIFFs itself
        width, height = image.size[::-1] if turn in SIDEWAYS else image.size
        deep = image.format == "PNG" and png16.is_color(path)
        channels, alpha, dtype = png16.meaning(image) if deep else _meaning(image)

        def pixels() -> np.ndarray:
            with _unlimited() if width * height > _LARGE else nullcontext():
                return upright(png16.decode(image) if deep else _pixels(image), turn)

        yield Stored(channels, height, width, dtype, alpha, pixels)


def open_header(path: Path) -> ImageFile.ImageFile:
    """Read the header only, of an image of any size: the caller limits it."""
    with _unlimited():
        return Image.open(path, formats=FORMATS)


@contextmanager
def _unlimited() -> Iterator[None]:
    """Without Pillow's limit of pixels, which warns or refuses below ours. It is a global, hence the lock."""
    with _LOCK:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _meaning(image: Image.Image) -> tuple[int, bool, torch.dtype]:
    """Channels with alpha, whether there is alpha, dtype."""
    if image.mode == "F" or image.mode.startswith("I"):
        return 1, False, torch.float32 if image.mode == "F" else torch.uint16
    colors, alpha = 1 if image.mode in ("1", "L", "LA", "La") else 3, image.has_transparency_data
    return colors + alpha, alpha, torch.uint8


def _pixels(image: Image.Image) -> np.ndarray:
    """(H, W, C) as `_meaning` says."""
    channels, _, dtype = _meaning(image)
    if dtype == torch.uint8:
        return np.array(image.convert(("L", "LA", "RGB", "RGBA")[channels - 1])).reshape(*image.size[::-1], channels)
    pixels = np.array(image)[..., None]
    if dtype == torch.float32:
        return as_stored(pixels)
    if image.mode == "I" and not (pixels.min() >= 0 and pixels.max() <= 65535):
        raise ValueError("its numbers exceed 16 bits")
    return pixels.astype(np.uint16)
