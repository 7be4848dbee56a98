"""Measures of pairs of images (N, C, H, W) in [-1, 1]: one number for each pair."""

from __future__ import annotations

import torch
from torch import Tensor

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
    """Structural similarity, (N,), of values in [0, 1] (Wang et al. 2004: Gaussian window of 11 pixels, sigma 1.5).

    Borders are reflected, and channels averaged. Sides must be longer than 5 pixels.
    """
    from torchmetrics.functional.image import structural_similarity_index_measure  # slow to import

    return structural_similarity_index_measure(_unit(one), _unit(other), data_range=1.0, reduction="none").reshape(-1)


def scales(size: tuple[int, int]) -> int:
    """How many of MS-SSIM's five scales fit into images of `size`: the window must fit the smallest, at least one."""
    side, count = min(size), len(BETAS)
    while count > 1 and (side < WINDOW * 2 ** (count - 1) or side // (count - 1) ** 2 < WINDOW):  # so does torchmetrics
        count -= 1
    return count


def ms_ssim(one: Tensor, other: Tensor) -> Tensor:
    """Multi-scale structural similarity, (N,) (Wang et al. 2003), at as many of its five scales as fit.

    The weights of fewer scales are divided by their sum, so that they add up to 1 as the five do. Negative terms count
    as 0.
    """
    from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

    some = BETAS[: scales(one.shape[-2:])]
    betas = tuple(beta / sum(some) for beta in some)
    options = {"data_range": 1.0, "betas": betas, "normalize": "relu", "reduction": "none"}
    return multiscale_structural_similarity_index_measure(_unit(one), _unit(other), **options).reshape(-1)


def as_rgb(images: Tensor) -> Tensor | None:
    """Images of one or three channels with three; None for other channels."""
    count = images.shape[1]
    return images if count == 3 else images.expand(-1, 3, -1, -1) if count == 1 else None


def luminance(images: Tensor) -> Tensor:
    """The mean of the channels, (N, 1, H, W) in [0, 1]."""
    return torch.add(0.5, images.mean(1, keepdim=True), alpha=0.5)


def _unit(images: Tensor) -> Tensor:
    return (images + 1) / 2
