"""Image files in and out as tensors: `arrays` with torch's numbers. The one place where images become tensors."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor

from . import arrays, pillow
from .finding import find
from .formats import holds
from .metadata import NOTHING, Metadata
from .pixels import name_of
from .tensors import from_unit, to_unit

__all__ = [
    "ImageInfo",
    "find_images",
    "from_pil",
    "from_unit",
    "holds",
    "probe",
    "read",
    "read_with_metadata",
    "to_pil",
    "to_unit",
    "write",
]


class ImageInfo(NamedTuple):
    """An image as `read` returns it."""

    channels: int
    height: int
    width: int
    dtype: torch.dtype


def find_images(folder: Path) -> list[Path]:
    """List all images of a folder and its sub-folders, as `finding.find` does; raises `UserError` for none."""
    return find(folder).paths


def probe(path: Path, channels: int) -> ImageInfo:
    """Tell what `read` would return, from the header alone; raises `UserError` for what is wrong in it."""
    stored = arrays.probe(path, channels)
    return ImageInfo(channels, stored.height, stored.width, getattr(torch, name_of(stored.dtype)))


def read(path: Path, channels: int, bounded: bool = True) -> Tensor:
    """(channels, H, W), contiguous: uint8, uint16, int16 or int32 as in the file, floats as float32.

    What is read how, and what is refused, is that of `arrays.read_with_metadata`.
    """
    return read_with_metadata(path, channels, bounded)[0]


def read_with_metadata(path: Path, channels: int, bounded: bool = True) -> tuple[Tensor, Metadata]:
    """Read an image as `read` does, and what else the file says, which `write` takes."""
    pixels, metadata = arrays.read_with_metadata(path, channels, bounded)
    return torch.from_numpy(pixels), metadata


def write(image: Tensor, path: Path, metadata: Metadata = NOTHING) -> None:
    """(C, H, W) of a dtype that `read` gives -> a file of the kind that its ending says, as `arrays.write` does it."""
    arrays.write(image.detach().cpu().numpy(), path, metadata)


def to_pil(image: Tensor) -> Image.Image:
    """(C, H, W) -> Pillow: uint8 with 1 to 4 channels, or one channel of any stored dtype; else `ValueError`."""
    return pillow.to_pil(image.detach().cpu().numpy())


def from_pil(image: Image.Image, channels: int) -> Tensor:
    """Pillow image of any mode -> (channels, H, W), upright, with numbers as `read` has them; or `UserError`."""
    return torch.from_numpy(pillow.from_pil(image, channels))
