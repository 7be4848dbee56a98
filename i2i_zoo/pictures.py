"""Pictures as a caller has them, read into one form: paths, bytes, open files, PIL images, arrays and tensors."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .data.images import from_pil, read
from .data.pixels import fit, fits
from .errors import FileError, UserError

Picture: TypeAlias = str | Path | bytes | BinaryIO | Image.Image | np.ndarray | Tensor


def to_pixels(picture: Picture, channels: int) -> Tensor:
    """Stored pixels (channels, H, W) of a picture, uint8, uint16 or float32 in [0, 1].

    An array is (H, W) or (H, W, C), a tensor (C, H, W); both hold uint8, uint16 or floats in [0, 1]. Between grey and
    RGB all kinds are converted. Raises `FileError` for a file that cannot be read, else `UserError`.
    """
    if isinstance(picture, Image.Image):
        return from_pil(picture, channels)
    if isinstance(picture, np.ndarray):
        return from_array(picture, channels)
    if isinstance(picture, Tensor):
        return from_tensor(picture, channels)
    if isinstance(picture, str | Path):
        return _from_file(Path(picture).expanduser(), channels)
    if isinstance(picture, bytes | bytearray | memoryview):
        return _from_bytes(bytes(picture), channels)
    if hasattr(picture, "read"):
        return _from_bytes(_contents(picture), channels)
    kinds = "a path, bytes, an open file, a PIL image, an array (H, W, C) or a tensor (C, H, W)"
    raise UserError(f"image: {kinds} is expected, got {type(picture).__name__}")


def from_array(array: np.ndarray, channels: int) -> Tensor:
    """An array (H, W) or (H, W, C), uint8, uint16 or float in [0, 1] -> stored pixels (channels, H, W)."""
    array = array[..., None] if array.ndim == 2 else array
    if array.ndim != 3 or not array.size or not fits(array.shape[-1], False, channels):
        raise UserError(f"image: an array of shape (H, W, {channels}) is expected, got {array.shape}")
    if array.dtype.kind == "f":
        if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
            raise UserError("image: floats must be in [0, 1]; model.translate takes batches in [-1, 1]")
        array = array.astype(np.float32)
    elif array.dtype not in (np.uint8, np.uint16):
        raise UserError(f"image: uint8, uint16 or floats are expected, got {array.dtype}")
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(fit(array, False, channels), -1, 0)))


def from_tensor(tensor: Tensor, channels: int) -> Tensor:
    """A tensor (C, H, W) on any device, uint8, uint16 or float in [0, 1] -> stored pixels (channels, H, W)."""
    if tensor.ndim != 3:
        hint = "; give a batch as list(images)" if tensor.ndim == 4 else ""
        raise UserError(f"image: a tensor of shape (C, H, W) is expected, got {tuple(tensor.shape)}{hint}")
    tensor = tensor.detach().cpu()
    tensor = tensor.float() if tensor.is_floating_point() else tensor
    return from_array(tensor.movedim(0, -1).numpy(), channels)


def _from_file(path: Path, channels: int) -> Tensor:
    try:
        return read(path, channels)
    except UserError as error:
        raise FileError(str(error)) from error


def _contents(file: BinaryIO) -> bytes:
    content = file.read()
    if not isinstance(content, bytes):
        raise UserError("image: the file is open as text; open it as bytes, with open(path, 'rb')")
    return content


def _from_bytes(content: bytes, channels: int) -> Tensor:
    """Read the content of an image file by way of a file, so that there is one decoder with one set of limits."""
    ending = ".npy" if content.startswith(b"\x93NUMPY") else ""
    with tempfile.NamedTemporaryFile(suffix=ending) as file:
        file.write(content)
        file.flush()
        try:
            return read(Path(file.name), channels)
        except UserError as error:
            raise FileError(str(error).replace(file.name, "image: what was given")) from error
