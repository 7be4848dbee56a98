"""Gaussian blur of small pictures, quick on one core."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image


def blur(field: np.ndarray, sigma: float, side: int) -> np.ndarray:
    """Gaussian blur of a region (h, w) of a picture, black outside; `sigma` is a share of the picture's side.

    Wide blurs are computed on coarser pixels and interpolated.
    """
    coarse = int(sigma * side / 1.5)
    if coarse < 2:
        return _blur(field, weights(sigma * side))
    height, width = field.shape
    small = np.asarray(Image.fromarray(np.ascontiguousarray(field)).reduce(coarse))
    image = Image.fromarray(np.ascontiguousarray(_blur(small, weights(sigma * side / coarse))))
    box = (0, 0, width / coarse, height / coarse)
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC, box=box))


def _blur(field: np.ndarray, kernel: tuple[float, ...]) -> np.ndarray:
    """Sums of shifted copies: a matrix product would be shorter, but slow where BLAS threads compete for the cores."""
    reach = len(kernel) - 1
    for _ in range(2):  # down the columns, then along the rows
        height, width = field.shape
        padded = np.zeros((height + 2 * reach, width), np.float32)
        padded[reach:][:height] = field
        total = kernel[0] * padded[reach:][:height]
        pair = np.empty_like(total)
        for step in range(1, reach + 1):
            np.add(padded[reach - step :][:height], padded[reach + step :][:height], out=pair)
            pair *= kernel[step]
            total += pair
        field = total.T
    return field


@lru_cache(maxsize=64)
def weights(sigma: float) -> tuple[float, ...]:
    """Half a Gaussian kernel, from its middle to about 2.5 sigma (pixels); the whole kernel sums to 1."""
    half = np.exp(-0.5 * (np.arange(max(2, round(2.5 * sigma) + 1)) / sigma) ** 2)
    return tuple(float(weight) for weight in half / (2 * half.sum() - half[0]))
