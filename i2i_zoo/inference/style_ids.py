"""Style codes as arrays, written down in a few letters: what `styles` does with tensors, without torch."""

from __future__ import annotations

import base64
import binascii

import numpy as np

from ..errors import UserError

STEP = 32  # bytes per unit of asinh: steps of 0.03 around 0 and of 3 % further out, up to 26.5


def to_id(style: np.ndarray) -> str:
    """A name in small letters and digits for a style (style_dim,): one byte a number, 13 letters for 8 numbers."""
    return base64.b32encode((_bytes(style) + 128).astype(np.uint8).tobytes()).decode().rstrip("=").lower()


def from_id(name: str, style_dim: int) -> np.ndarray:
    """The style (style_dim,) that a name of `to_id` stands for; raises `UserError`."""
    try:
        code = base64.b32decode(name.upper() + "=" * (-len(name) % 8))
    except (binascii.Error, ValueError):
        code = b""
    style = _from_bytes(np.frombuffer(code, np.uint8).astype(np.float64) - 128)
    if len(code) != style_dim or to_id(style) != name:  # the last letter has bits to spare
        letters = -(-style_dim * 8 // 5)
        raise UserError(f"{name!r} is not the name of a style of this model: {letters} letters and digits are expected")
    return style


def rounded(style: np.ndarray) -> np.ndarray:
    """The nearest styles that have names: what `from_id(to_id(style))` gives, for styles of any shape."""
    return _from_bytes(_bytes(style))


def _bytes(style: np.ndarray) -> np.ndarray:
    return (np.arcsinh(style.astype(np.float64)) * STEP).round().clip(-128, 127)


def _from_bytes(code: np.ndarray) -> np.ndarray:
    return np.sinh(code / STEP).astype(np.float32)
