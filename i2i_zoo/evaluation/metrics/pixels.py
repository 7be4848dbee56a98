"""Measures of pairs of images (N, C, H, W) in [-1, 1]: one number for each pair.

SSIM is not torchmetrics': that one counts windows over the reflected border as well, refuses sizes that MS-SSIM's
scales fit, and in float64 takes 25 to 80 times the processor time.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

BETAS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of MS-SSIM's scales
WINDOW = 11  # pixels, SSIM's Gaussian window
MOST_PSNR = 100.0  # dB, of equal images


def l1(one: Tensor, other: Tensor) -> Tensor:
    """Mean absolute difference of values in [0, 1], (N,)."""
    return (one - other).abs().mean((1, 2, 3)) / 2


def psnr(one: Tensor, other: Tensor) -> Tensor:
    """Peak signal-to-noise ratio in dB, (N,); 100 for equal images."""
    error = ((one - other) / 2).square().mean((1, 2, 3))
    return (-10 * error.log10()).clamp(max=MOST_PSNR)


def ssim(one: Tensor, other: Tensor) -> Tensor:
    """Structural similarity, (N,), of values in [0, 1], mean over channels and over the windows that lie within the
    image (Wang et al. 2004: Gaussian windows of 11 pixels, sigma 1.5, K1 = 0.01, K2 = 0.03). Sides of 11 at least.
    """
    luminance, structure = _similarity(_unit(one), _unit(other))
    return (luminance * structure).mean((1, 2, 3))


def scales(size: tuple[int, int]) -> int:
    """Count those of MS-SSIM's five scales that fit into images of `size`: the window must fit the smallest."""
    return max((n for n in range(1, len(BETAS) + 1) if min(size) >> (n - 1) >= WINDOW), default=0)


def ms_ssim(one: Tensor, other: Tensor) -> Tensor:
    """Multi-scale structural similarity, (N,) (Wang et al. 2003), at as many of its five scales as fit.

    The weights of fewer scales are divided by their sum, so that they add up to 1 as the five do. Negative terms count
    as 0. Sides of 11 at least.
    """
    betas, product = BETAS[: scales(one.shape[-2:])], 1.0
    one, other = _unit(one), _unit(other)
    for scale, beta in enumerate(betas, 1):
        luminance, structure = _similarity(one, other)
        term = structure if scale < len(betas) else luminance * structure
        product = product * term.mean((1, 2, 3)).clamp(min=0) ** (beta / sum(betas))
        one, other = avg_pool2d(one, 2), avg_pool2d(other, 2)
    return product


def _similarity(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """The two factors of SSIM, luminance and contrast x structure, of each window (N, C, H - 10, W - 10)."""
    mean_one, mean_other = _window(one), _window(other)
    square_one, square_other, both = _window(one * one), _window(other * other), _window(one * other)
    product = mean_one * mean_other
    squares = mean_one**2 + mean_other**2
    luminance = (2 * product + 0.01**2) / (squares + 0.01**2)
    return luminance, (2 * (both - product) + 0.03**2) / (square_one + square_other - squares + 0.03**2)


def _window(images: Tensor) -> Tensor:
    """Means in Gaussian windows, as two matrix products: on a CPU far faster than a convolution in float64."""
    rows, columns = (_band(length).to(images) for length in images.shape[-2:])
    return rows @ images @ columns.T


@lru_cache(maxsize=32)
def _band(length: int) -> Tensor:
    """The matrix (length - 10, length) that takes the Gaussian means of a line."""
    weights = torch.exp(-(torch.arange(WINDOW, dtype=torch.float64) - WINDOW // 2).square() / (2 * 1.5**2))
    band = torch.zeros(length - WINDOW + 1, length, dtype=torch.float64)
    for start, row in enumerate(band):
        row[start : start + WINDOW] = weights / weights.sum()
    return band


def as_rgb(images: Tensor) -> Tensor | None:
    """Images of one or three channels with three; None for other channels."""
    count = images.shape[1]
    return images if count == 3 else images.expand(-1, 3, -1, -1) if count == 1 else None


def luminance(images: Tensor) -> Tensor:
    """The mean of the channels, (N, 1, H, W) in [0, 1]."""
    return torch.add(0.5, images.mean(1, keepdim=True), alpha=0.5)


def _unit(images: Tensor) -> Tensor:
    """Values in [0, 1]; float64, as the variance of flat colors is all rounding otherwise."""
    return (images if images.device.type == "mps" else images.double()).add(1).div(2)
