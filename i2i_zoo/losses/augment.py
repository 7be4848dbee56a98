"""Differentiable augmentation of what discriminators see (DiffAugment, Zhao et al. 2020): it keeps them from learning
few images by heart, and as fakes are changed like real images, generators do not learn the changes."""

from __future__ import annotations

import torch
from torch import Tensor

from ..config import Config, Share
from ..distributed import rand


class Augment(Config):
    """Random changes, drawn anew for each image and look; 0 switches one off. Micro-batches draw other numbers than the
    whole batch would."""

    translation: Share = 0.0
    """The most that an image is moved, along each axis, relative to its size; the paper has 0.125. What comes in at the
    border is the reflected image."""
    cutout: Share = 0.0
    """Side of a square that is made gray, relative to the image's; the paper has 0.5. It may reach over the border."""
    color: Share = 0.0
    """Strength of changes of brightness, saturation and contrast; the paper has 1. They blind discriminators to colors:
    translations then have few."""


def augmented(images: Tensor, augment: Augment) -> Tensor:
    """Change images (N, C, H, W) in [-1, 1]; gradients flow through. With `color`, values may leave [-1, 1]."""
    if augment.color:
        images = recolored(images, augment.color)
    if augment.translation:
        images = translated(images, augment.translation)
    if augment.cutout:
        images = cut(images, augment.cutout)
    return images


def recolored(images: Tensor, strength: float) -> Tensor:
    """Move brightness by up to +-0.5, scale saturation by 0 to 2 and contrast by 0.5 to 1.5, at strength 1."""
    brightness, saturation, contrast = (rand((len(images), 3, 1, 1), like=images) - 0.5).split(1, dim=1)
    images = images + 2 * strength * brightness  # Values in [-1, 1] have twice the paper's range.
    gray = images.mean(1, keepdim=True)
    images = gray + (images - gray) * (1 + 2 * strength * saturation)
    mean = images.mean((1, 2, 3), keepdim=True)
    return mean + (images - mean) * (1 + strength * contrast)


def translated(images: Tensor, most: float) -> Tensor:
    """Move each image by whole pixels, up to `most` of its size."""
    draws = rand((len(images), 2), like=images)
    for dim, draw in zip((-2, -1), draws.unbind(1), strict=True):
        size = images.shape[dim]
        reach = int(most * size + 0.5)
        shift = (draw * (2 * reach + 1)).floor().long() - reach
        position = torch.arange(size, device=images.device) + shift[:, None]
        position = (position.abs() - (position.abs() - (size - 1)).clamp(min=0) * 2).abs()  # Reflect at both borders.
        index = position[:, None, :, None] if dim == -2 else position[:, None, None, :]
        images = images.gather(dim, index.expand_as(images))
    return images


def cut(images: Tensor, side: float) -> Tensor:
    """Paint a gray square into each image at a random place."""
    draws = rand((len(images), 2), like=images)
    inside = []
    for dim, draw in zip((-2, -1), draws.unbind(1), strict=True):
        size = images.shape[dim]
        length = int(side * size + 0.5)
        start = (draw * (size + 1 - length % 2)).floor() - length // 2
        place = torch.arange(size, device=images.device)
        inside.append((place >= start[:, None]) & (place < start[:, None] + length))
    hidden = inside[0][:, None, :, None] & inside[1][:, None, None, :]
    return images.masked_fill(hidden, 0.0)
