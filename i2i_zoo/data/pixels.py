"""What numbers in an image mean: the three dtypes, alpha, and the step between grey and color."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

_HIGHEST = {torch.uint8: 255, torch.uint16: 65535, torch.float32: 1}
SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that swap height and width


class Stored(NamedTuple):
    """An image in its file: what the header says, and the way to its pixels."""

    channels: int  # with alpha
    height: int
    width: int
    dtype: torch.dtype
    alpha: bool
    pixels: Callable[[], np.ndarray]  # decodes (H, W, C)


def to_unit(image: Tensor) -> Tensor:
    """Images of any shape, uint8, uint16 or float32 in [0, 1] -> float32 in [-1, 1]."""
    return image.to(torch.float32, copy=True).div_(_HIGHEST[image.dtype] / 2).sub_(1)


def from_unit(image: Tensor, dtype: torch.dtype) -> Tensor:
    """The inverse of `to_unit`: images in [-1, 1] -> `dtype`, clamped, and rounded if it holds integers."""
    highest = _HIGHEST[dtype]
    image = ((image.to(torch.float32) + 1) * (highest / 2)).clamp(0, highest)
    return image if dtype == torch.float32 else image.round().to(dtype)


def stored_dtype(dtype: np.dtype) -> torch.dtype:
    """How numbers of an array file are kept: 8 and 16 bits as they are, floats as float32; else `ValueError`."""
    if dtype.kind == "f":
        return torch.float32
    if dtype.kind == "u" and dtype.itemsize <= 2:
        return torch.uint8 if dtype.itemsize == 1 else torch.uint16
    raise ValueError(f"it holds {dtype} numbers; uint8, uint16 and floats in [0, 1] can be read")


def as_stored(pixels: np.ndarray) -> np.ndarray:
    """An array in the dtype of `stored_dtype` and the machine's byte order; `ValueError` for floats outside [0, 1]."""
    if stored_dtype(pixels.dtype) == torch.float32:
        if not (pixels.min() >= 0 and pixels.max() <= 1):  # NaN fails both
            raise ValueError("its floats must be finite and in [0, 1]; scale them")
        return pixels.astype(np.float32)
    return pixels.astype(pixels.dtype.newbyteorder("="))


def fits(have: int, alpha: bool, want: int) -> bool:
    """Whether `fit` can turn `have` channels, the last of them alpha or not, into `want`."""
    colors = have - alpha
    return have == want or (colors in (1, 3) and want in (1, 3)) or (colors == 1 and alpha and want == 4)


def fit(pixels: np.ndarray, alpha: bool, channels: int) -> np.ndarray:
    """(H, W, C) -> (H, W, channels) at the same depth: alpha over white, grey repeated, color to its luma."""
    if pixels.shape[2] == channels:
        return pixels
    if alpha and channels == 4:
        return pixels[..., [0, 0, 0, 1]]
    if alpha:
        pixels = _over_white(pixels[..., :-1], pixels[..., -1:])
    if pixels.shape[2] == channels:
        return pixels
    return np.repeat(pixels, channels, axis=2) if channels == 3 else _luma(pixels)


def upright(pixels: np.ndarray, turn: int) -> np.ndarray:
    """Undo what the EXIF orientation 1 to 8 says of the camera."""
    if turn in SIDEWAYS:
        pixels = pixels.swapaxes(0, 1)
    if turn in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels[:, ::-1] if turn in (2, 3, 6, 7) else pixels


def _over_white(colors: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    if colors.dtype == np.float32:
        return colors * alpha + (1 - alpha)
    white = np.uint32(np.iinfo(colors.dtype).max)
    blend = colors.astype(np.uint32) * alpha + white * (white - alpha)  # at most 65535^2: no overflow
    return ((blend + white // 2) // white).astype(colors.dtype)


def _luma(colors: np.ndarray) -> np.ndarray:
    """Rec. 601; for integers with Pillow's weights (of 2^16), so that 8-bit images agree with `convert("L")`."""
    if colors.dtype == np.float32:
        return colors @ np.array([[0.299], [0.587], [0.114]], np.float32)
    weighted = colors.astype(np.uint32) @ np.array([[19595], [38470], [7471]], np.uint32)
    return ((weighted + (1 << 15)) >> 16).astype(colors.dtype)
