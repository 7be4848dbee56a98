"""How an image comes to a size, and the way there for arrays, which needs no torch; `transforms` has it for tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import numpy as np
from PIL import Image as Pillow

Fit = Literal["stretch", "cover", "none"]
Image = TypeVar("Image", bound=Any)
Scale = Callable[[Image, tuple[int, int]], Image]


def covering(height: int, width: int, size: tuple[int, int]) -> tuple[int, int]:
    """The smallest height and width of the same aspect ratio that cover `size`."""
    scale = max(size[0] / height, size[1] / width)
    return max(round(height * scale), size[0]), max(round(width * scale), size[1])


def fitted(image: Image, size: tuple[int, int], fit: Fit, scale: Scale[Image], crop: Scale[Image]) -> Image:
    """Bring (C, H, W) to `size` (height, width) by `scale` and `crop`, functions of an image and a size.

    `stretch` ignores the aspect ratio (as the official CycleGAN does), `cover` keeps it and cuts what sticks out on
    both sides, `none` returns the image.
    """
    height, width = image.shape[-2:]
    if fit == "none" or (height, width) == size:
        return image
    if fit == "stretch":
        return scale(image, size)
    return crop(scale(image, covering(height, width, size)), size)


def resize(image: np.ndarray, size: tuple[int, int], fit: Fit) -> np.ndarray:
    """Bring (C, H, W) to `size`, as `transforms.resize` does it: equal to it within a level of 255 in pictures, and
    within 2 in noise."""
    return fitted(image, size, fit, _bicubic, center_crop)


def center_crop(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The center (C, *size) of an image (C, H, W) that is no smaller."""
    top, left = (round((have - want) / 2) for have, want in zip(image.shape[-2:], size, strict=True))
    return image[..., top : top + size[0], left : left + size[1]]


def _bicubic(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """By Pillow, channel by channel: its filter widens as the image shrinks, as an antialiased one of torch does.

    Rows first, as torch: bytes are rounded and clamped in between, and Pillow 13 chooses an order by size.
    """
    stored, (height, width) = image if image.dtype == np.uint8 else image.astype(np.float32), size
    rows = [Pillow.fromarray(plane).resize((width, len(plane)), Pillow.Resampling.BICUBIC) for plane in stored]
    values = np.stack([np.asarray(plane.resize((width, height), Pillow.Resampling.BICUBIC)) for plane in rows])
    if image.dtype == np.uint8:
        return values
    values = values.clip(stored.min(), stored.max())  # Bicubic overshoots, beyond what the range may be.
    return values if image.dtype == np.float32 else values.round().astype(image.dtype)
