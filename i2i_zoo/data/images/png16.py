"""16-bit PNG with several channels, of which Pillow keeps 8 bits and torchvision crashes when the file is damaged."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import ImageFile
from PIL.PngImagePlugin import PngInfo

_COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # channels -> the number in the header (PNG specification, table 11.1)


def is_color(path: Path) -> bool:
    """Tell whether a PNG has 16 bits and more than one channel."""
    with path.open("rb") as file:
        header = file.read(26)
    return header[24] == 16 and header[25] != 0


def meaning(image: ImageFile.ImageFile) -> tuple[int, bool, np.dtype]:
    """Channels with alpha, whether there is alpha, dtype."""
    channels = {"LA;16B": 2, "RGB;16B": 3, "RGBA;16B": 4}[_raw_mode(image)]
    return channels, channels != 3, np.dtype(np.uint16)


def decode(image: ImageFile.ImageFile) -> np.ndarray:
    """(H, W, C) uint16 of a PNG that is open in Pillow and not yet loaded.

    Pillow takes the first byte of each sample. Told that the other order was in the file, it takes the second. Grey
    with alpha has the four bytes of an 8-bit RGBA pixel.
    """
    raw = _raw_mode(image)
    if raw == "LA;16B":
        high_low = _decode_as(image, "RGBA").astype(np.uint16)
        return high_low[..., 0::2] << 8 | high_low[..., 1::2]
    tiles = list(image.tile)
    high = _decode_as(image, raw).astype(np.uint16)
    with type(image)(image.filename) as again:
        again.tile = tiles
        return high << 8 | _decode_as(again, raw.replace("16B", "16L"))


def encode(
    pixels: np.ndarray,
    icc_profile: bytes = b"",
    dpi: tuple[float, float] | None = None,
    exif: bytes = b"",
    pnginfo: PngInfo | None = None,
) -> bytes:
    """A PNG file of (H, W, C) uint16, C from 1 to 4, with the options that Pillow has under these names."""
    height, width, channels = pixels.shape
    rows = pixels.astype(">u2").view(np.uint8).reshape(height, -1)
    rows = np.diff(rows, axis=0, prepend=np.zeros_like(rows[:1]))  # This is filter 2, "up": the difference modulo 256.
    rows = np.insert(rows, 0, 2, axis=1)
    header = struct.pack(">IIBBBBB", width, height, 16, _COLOR_TYPES[channels], 0, 0, 0)
    chunks = [(b"IHDR", header)]
    if icc_profile:
        chunks.append((b"iCCP", b"ICC Profile\0\0" + zlib.compress(icc_profile)))
    if dpi:
        chunks.append((b"pHYs", struct.pack(">IIB", *(round(dots / 0.0254) for dots in dpi), 1)))
    if exif:
        chunks.append((b"eXIf", exif.removeprefix(b"Exif\0\0")))
    chunks += (entry[:2] for entry in (pnginfo.chunks if pnginfo else ()))
    chunks += (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _raw_mode(image: ImageFile.ImageFile) -> str:
    return image.tile[0][3]


def _decode_as(image: ImageFile.ImageFile, raw_mode: str) -> np.ndarray:
    image.tile = [tile._replace(args=raw_mode) for tile in image.tile]
    return np.array(image)
