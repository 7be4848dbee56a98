"""Pictures as a caller has them, read into one form: paths, bytes, open files, PIL images, arrays and tensors."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..data.images.files import from_pil, read
from ..data.images.pixels import check_values, fit, fits
from ..errors import FileError, UserError

Picture: TypeAlias = str | Path | bytes | BinaryIO | Image.Image | np.ndarray | Tensor


def to_pixels(picture: Picture, channels: int, bounded: bool = True) -> Tensor:
    """Stored pixels (channels, H, W) of a picture.

    An array is (H, W) or (H, W, C), a tensor (C, H, W); both hold a type that files have. `bounded` refuses values
    without a meaning, such as floats beyond [0, 1]. Between grey and RGB all kinds are converted. Raises `FileError`
    for a file that cannot be read, else `UserError`.
    """
    if isinstance(picture, Image.Image):
        pixels = from_pil(picture, channels)
        if bounded:
            check_values(pixels, "image")
        return pixels
    if isinstance(picture, np.ndarray):
        return from_array(picture, channels, bounded)
    if isinstance(picture, Tensor):
        return from_tensor(picture, channels, bounded)
    if isinstance(picture, str | Path):
        return _from_file(Path(picture).expanduser(), channels, bounded)
    if isinstance(picture, bytes | bytearray | memoryview):
        return _from_bytes(bytes(picture), channels, bounded)
    if hasattr(picture, "read"):
        return _from_bytes(_contents(picture), channels, bounded)
    kinds = "a path, bytes, an open file, a PIL image, an array (H, W, C) or a tensor (C, H, W)"
    raise UserError(f"image: {kinds} is expected, got {type(picture).__name__}")


def from_array(array: np.ndarray, channels: int, bounded: bool = True) -> Tensor:
    """An array (H, W) or (H, W, C) -> stored pixels (channels, H, W); `bounded` is that of `to_pixels`."""
    array = array[..., None] if array.ndim == 2 else array
    if array.ndim != 3 or not array.size or not fits(array.shape[-1], False, channels):
        raise UserError(f"image: an array of shape (H, W, {channels}) is expected, got {array.shape}")
    if array.dtype.kind == "f":
        array = array.astype(np.float32)
        if not np.isfinite(array).all() or (bounded and not (array.min() >= 0 and array.max() <= 1)):
            limits = "in [0, 1]; scale them, or give batches in [-1, 1] to model.translate" if bounded else "finite"
            raise UserError(f"image: floats must be {limits}")
    elif array.dtype not in (np.uint8, np.uint16, *(() if bounded else (np.int16, np.int32))):  # may be 0 to 255
        kinds = "uint8, uint16 or floats" if bounded else "uint8, uint16, int16, int32 or floats"
        raise UserError(f"image: {kinds} are expected, got {array.dtype}")
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(fit(array, False, channels), -1, 0)))


def from_tensor(tensor: Tensor, channels: int, bounded: bool = True) -> Tensor:
    """A tensor (C, H, W) on any device -> stored pixels (channels, H, W); `bounded` is that of `to_pixels`."""
    if tensor.ndim != 3:
        hint = "; give a batch as list(images)" if tensor.ndim == 4 else ""
        raise UserError(f"image: a tensor of shape (C, H, W) is expected, got {tuple(tensor.shape)}{hint}")
    tensor = tensor.detach().cpu()
    tensor = tensor.float() if tensor.is_floating_point() else tensor
    return from_array(tensor.movedim(0, -1).numpy(), channels, bounded)


def _from_file(path: Path, channels: int, bounded: bool) -> Tensor:
    try:
        return read(path, channels, bounded)
    except UserError as error:
        raise FileError(str(error)) from error


def _contents(file: BinaryIO) -> bytes:
    content = file.read()
    if not isinstance(content, bytes):
        raise UserError("image: the file is open as text; open it as bytes, with open(path, 'rb')")
    return content


def _from_bytes(content: bytes, channels: int, bounded: bool) -> Tensor:
    """Read the content of an image file by way of a file, so that there is one decoder with one set of limits."""
    ending = ".npy" if content.startswith(b"\x93NUMPY") else ""
    with tempfile.NamedTemporaryFile(suffix=ending) as file:
        file.write(content)
        file.flush()
        try:
            return read(Path(file.name), channels, bounded)
        except UserError as error:
            raise FileError(str(error).replace(file.name, "image: what was given")) from error
