"""Pillow's modes <-> ours, and files through Pillow without its silent reduction of 16-bit color to 8 bits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile, ImageOps, PngImagePlugin

from ...errors import UserError
from . import png16
from .formats import PILLOW
from .pixels import SIDEWAYS, Stored, as_stored, channels_first, fit, fits, upright

TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # how such files begin; the last two: BigTIFF
_LARGE = 2**26  # pixels; below Pillow's own limit
_MOST_TEXT = 2**26  # bytes of a text or profile, unpacked
SAMPLE_FORMAT, SIGNED = 339, 2  # a TIFF tag, and its value for integers with a sign
_BITS, _PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0  # two more, and a value of the last
_LOCK = threading.Lock()


def to_pil(pixels: np.ndarray) -> Image.Image:
    """(C, H, W) -> Pillow: uint8 with 1 to 4 channels, or one channel of any stored dtype; else `ValueError`."""
    pixels = pixels.astype(np.int32) if pixels.dtype == np.int16 else pixels
    if (pixels.dtype != np.uint8 and len(pixels) != 1) or not 1 <= len(pixels) <= 4:
        raise ValueError(f"Pillow has no mode for {len(pixels)} channels of {pixels.dtype}")
    return Image.fromarray(np.ascontiguousarray(pixels[0] if len(pixels) == 1 else np.moveaxis(pixels, 0, -1)))


def from_pil(image: Image.Image, channels: int) -> np.ndarray:
    """Pillow image of any mode -> (channels, H, W), upright, with numbers as `read` has them; or `UserError`."""
    image = ImageOps.exif_transpose(image)
    have, alpha, _ = _meaning(image)
    if not fits(have, alpha, channels):
        raise UserError(f"the image has {have} channels where {channels} are wanted; convert it")
    try:
        pixels = fit(_pixels(image), alpha, channels)
    except ValueError as error:
        raise UserError(f"the image cannot be used: {error}") from error
    return channels_first(pixels)


@contextmanager
def opened(path: Path) -> Iterator[Stored]:
    """Open a file by its content, not its name. Of an animation only the first frame counts."""
    with open_header(path) as image:
        turn = 1 if image.format == "TIFF" else _turn(image)  # Pillow turns TIFFs itself.
        width, height = image.size[::-1] if turn in SIDEWAYS else image.size
        deep = image.format == "PNG" and png16.is_color(path)
        channels, alpha, dtype = png16.meaning(image) if deep else _meaning(image)
        decode = png16.decode if deep else _pixels

        def pixels() -> np.ndarray:
            try:
                with _unlimited() if width * height > _LARGE else nullcontext():
                    return upright(decode(image), turn)
            except ValueError:
                if image.format != "PNG":
                    raise
            with _unlimited(), Image.open(path, formats=PILLOW) as again:  # The limit on texts may have stopped it.
                return upright(decode(again), turn)

        yield Stored(channels, height, width, dtype, alpha, pixels)


def open_header(path: Path) -> ImageFile.ImageFile:
    """Read the header only, of an image of any size: the caller limits it."""
    with _unlimited():
        return Image.open(path, formats=PILLOW)


@contextmanager
def _unlimited() -> Iterator[None]:
    """Lift Pillow's limits, which warn or refuse below ours: of pixels, and of text and profiles in a PNG.

    They are globals, hence the lock.
    """
    ours = ((Image, "MAX_IMAGE_PIXELS", None), (PngImagePlugin, "MAX_TEXT_CHUNK", _MOST_TEXT))
    with _LOCK:
        before = [getattr(module, name) for module, name, _ in ours]
        try:
            for module, name, limit in ours:
                setattr(module, name, limit)
            yield
        finally:
            for (module, name, _), limit in zip(ours, before, strict=True):
                setattr(module, name, limit)


def _turn(image: Image.Image) -> int:
    """The EXIF orientation; 1, upright, where there is none that can be read."""
    try:
        return Image.Image.getexif(image).get(0x0112, 1)
    except Exception:  # Broken EXIF data raises nearly anything, and says nothing about the pixels.
        return 1


def _meaning(image: Image.Image) -> tuple[int, bool, np.dtype]:
    """Channels with alpha, whether there is alpha, dtype."""
    if image.mode == "F" or image.mode.startswith("I"):
        return 1, False, np.dtype(np.float32) if image.mode == "F" else _integers(image)
    colors, alpha = 1 if image.mode in ("1", "L", "LA", "La") else 3, image.has_transparency_data
    return colors + alpha, alpha, np.dtype(np.uint8)


def _pixels(image: Image.Image) -> np.ndarray:
    """(H, W, C) as `_meaning` says."""
    channels, _, dtype = _meaning(image)
    if dtype == np.uint8:
        return np.array(image.convert(("L", "LA", "RGB", "RGBA")[channels - 1])).reshape(*image.size[::-1], channels)
    tags = getattr(image, "tag_v2", {})
    pixels = as_stored(np.array(image)[..., None])
    if dtype == np.float32:
        return pixels
    if dtype == np.int32 and _first(tags.get(SAMPLE_FORMAT, SIGNED)) != SIGNED and pixels.min() < 0:
        raise ValueError("its numbers exceed 31 bits")
    pixels = pixels.astype(dtype)
    return 65535 - pixels if dtype == np.uint16 and tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO else pixels


def _integers(image: Image.Image) -> np.dtype:
    """The type of numbers in a mode that begins with I: Pillow has one of 32 bits for several kinds of files."""
    if image.mode != "I" or image.format in ("PNG", "PPM"):
        return np.dtype(np.uint16)
    tags = getattr(image, "tag_v2", {})
    signed = _first(tags.get(SAMPLE_FORMAT, SIGNED)) == SIGNED
    return np.dtype(np.int16 if signed and _first(tags.get(_BITS, 32)) == 16 else np.int32)


def _first(value: int | tuple[int, ...]) -> int:
    return value[0] if isinstance(value, tuple) else value
