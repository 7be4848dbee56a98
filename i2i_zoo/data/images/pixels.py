"""The meaning of numbers in an image: dtypes, alpha, and the step between grey and color."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...errors import UserError, pasted

if TYPE_CHECKING:
    from torch import Tensor

Span = tuple[float, float]  # the stored values that -1 and 1 stand for

HIGHEST = {"uint8": 255, "uint16": 65535, "int16": 32767, "int32": 65535, "float32": 1}
_INTEGERS = ("uint8", "uint16", "int16", "int32")
SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that swap height and width


class Stored(NamedTuple):
    """An image in its file: what the header says, and the way to its pixels."""

    channels: int  # with alpha
    height: int
    width: int
    dtype: np.dtype
    alpha: bool
    pixels: Callable[[], np.ndarray]  # decodes (H, W, C)
    axes: str = ""  # those of an array, HW, HWC or CHW
    kind: str = ""  # of an array's numbers, as numpy has it


def name_of(dtype: object) -> str:
    """The name of a dtype of numpy or of torch, and a name itself: uint8."""
    return str(dtype).removeprefix("torch.")


def to_unit(image: np.ndarray, span: Span | None = None) -> np.ndarray:
    """Images of any shape and stored dtype -> float32 in [-1, 1], which is `span`; what lies beyond it is clamped.

    Without a span, -1 is 0 and 1 the highest value of the type: 255 of uint8, 65535 of uint16 and int32, 32767 of
    int16, 1 of float32.
    """
    unit = image.astype(np.float32)
    if span is None:
        return unit / (HIGHEST[name_of(image.dtype)] / 2) - 1
    low, high = span
    return ((unit - low) / ((high - low) / 2) - 1).clip(-1, 1)


def from_unit(image: np.ndarray, dtype: object, span: Span | None = None) -> np.ndarray:
    """The inverse of `to_unit`: images in [-1, 1] -> `dtype`, clamped, and rounded if it holds integers."""
    name = name_of(dtype)
    low, high = span or (0, HIGHEST[name])
    image = ((image.astype(np.float32) + 1) * ((high - low) / 2) + low).clip(low, high)
    return image if name == "float32" else image.round().astype(name)


def check_values(image: np.ndarray | Tensor, name: object) -> None:
    """Raise `UserError` if numbers of a type that has room for any exceed those that have a meaning of themselves."""
    kind = name_of(image.dtype)
    if kind in ("uint8", "uint16") or 0 in image.shape:
        return
    low, high, highest = float(image.min()), float(image.max()), HIGHEST[kind]
    if low < 0 or high > highest:
        bottom = min(low, 0)
        override = pasted("data.range", f"[{bottom:g}, {high if high > bottom else highest:g}]")
        raise UserError(
            f"{name} has values from {low:g} to {high:g}, and {kind} must be in [0, {highest}]; "
            f"scale them, or train with what they mean, such as {override}"
        )


def stored_dtype(dtype: np.dtype) -> np.dtype:
    """Tell how numbers of an array file are kept: floats as float32, the others as they are; else `ValueError`."""
    if dtype.kind == "f":
        return np.dtype(np.float32)
    if dtype.name in _INTEGERS:
        return np.dtype(dtype.name)
    raise ValueError(f"it holds {dtype} numbers; {', '.join(_INTEGERS)} and floats can be read")


def as_stored(pixels: np.ndarray) -> np.ndarray:
    """An array in the dtype of `stored_dtype` and the machine's byte order; `ValueError` for what is not finite."""
    if stored_dtype(pixels.dtype) == np.float32:
        pixels = pixels.astype(np.float32)
        if not np.isfinite(pixels).all():
            raise ValueError("its floats must be finite")
        return pixels
    return pixels.astype(pixels.dtype.newbyteorder("="))


def channels_first(pixels: np.ndarray) -> np.ndarray:
    """(H, W, C) -> (C, H, W), contiguous."""
    return np.ascontiguousarray(np.moveaxis(pixels, -1, 0))


def fits(have: int, alpha: bool, want: int) -> bool:
    """Tell whether `fit` can turn `have` channels, the last of them alpha or not, into `want`."""
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
    wide = _wide(colors.dtype)
    white = wide(np.iinfo(colors.dtype).max)
    blend = colors.astype(wide) * alpha + white * (
        white - alpha
    )  # This is at most 65535^2 or 2^62, so nothing overflows.
    return ((blend + white // 2) // white).astype(colors.dtype)


def _wide(dtype: np.dtype) -> type[np.integer]:
    return np.uint32 if dtype.kind == "u" else np.int64


def _luma(colors: np.ndarray) -> np.ndarray:
    """Rec. 601; for integers with Pillow's weights (of 2^16), so that 8-bit images agree with `convert("L")`."""
    if colors.dtype == np.float32:
        return colors @ np.array([[0.299], [0.587], [0.114]], np.float32)
    weighted = colors.astype(wide := _wide(colors.dtype)) @ np.array([[19595], [38470], [7471]], wide)
    return ((weighted + (1 << 15)) >> 16).astype(colors.dtype)
