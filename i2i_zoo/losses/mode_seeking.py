"""The loss against styles that look alike (Mode Seeking Generative Adversarial Networks, Mao et al. 2019)."""

from __future__ import annotations

from torch import Tensor


def mode_seeking_loss(images: Tensor, others: Tensor, styles: Tensor, other_styles: Tensor) -> Tensor:
    """The distance of two styles (N, D) relative to that of the images (N, C, H, W) painted in them, both mean absolute
    differences: the inverse of the ratio that eq. 3 maximizes, of each pair of images; the mean over pairs."""
    look = (images - others).abs().mean((1, 2, 3))
    return ((styles - other_styles).abs().mean(1) / (look + 1e-5)).mean()
