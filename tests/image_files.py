"""Pictures, the bytes of files, and what reading one must give."""

import io
import struct
import zlib

import numpy as np
import torch
from PIL import Image

from i2i_zoo.data.images.files import ImageInfo, probe, read

LEVELS = {torch.uint8: 256, torch.uint16: 65536}


def noise(channels, dtype, height=5, width=7):
    generator = torch.Generator().manual_seed(channels)
    if dtype == torch.float32:
        return torch.rand(channels, height, width, generator=generator)
    return torch.randint(LEVELS[dtype], (channels, height, width), generator=generator, dtype=torch.int32).to(dtype)


def smooth(mode="RGB", size=(24, 16)):
    across, down = np.meshgrid(np.linspace(0, 255, size[0]), np.linspace(0, 255, size[1]))
    return Image.fromarray(np.stack([across, down, 255 - across], -1).astype(np.uint8)).convert(mode)


def assert_read(path, expected, channels=None):
    """`read` gives `expected` (C, H, W), and `probe` has told so."""
    channels = channels or len(expected)
    image = read(path, channels)
    assert image.is_contiguous()
    assert probe(path, channels) == ImageInfo(*image.shape, image.dtype)
    torch.testing.assert_close(image, torch.as_tensor(np.ascontiguousarray(expected)), rtol=0, atol=0)


def planes(image):
    """Pillow's 8-bit pixels as (C, H, W)."""
    pixels = np.array(image)
    return pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, -1, 0)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def encoded(kind, mode="RGB", **options):
    smooth(mode).save(file := io.BytesIO(), kind, **options)
    return file.getvalue()


def with_turn(image, turn):
    image.getexif()[0x0112] = turn
    return image
