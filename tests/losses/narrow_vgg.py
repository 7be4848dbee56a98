"""A narrow VGG16, and the perceptual loss written out."""

from __future__ import annotations

import torch
from torch.nn import functional as F

CHANNELS = {"edges": 3, "shoes": 3}
WIDTHS = [2, 2, "M", 3, 3, "M", 4, 4, 4, "M", 5, 5, 5, "M", 5, 5, 5, "M"]  # a narrow VGG16
NORMAL = (torch.tensor([0.485, 0.456, 0.406]).double(), torch.tensor([0.229, 0.224, 0.225]).double())


def features():
    """Width, "relu" or "pool" of each layer."""
    return [layer for width in WIDTHS for layer in (["pool"] if width == "M" else [width, "relu"])]


def reference(weights, fake, real, layer):
    """In float64, straight from the definition."""

    def seen(images):
        mean, deviation = (values[:, None, None] for values in NORMAL)
        x = ((images.double().expand(-1, 3, -1, -1) + 1) / 2 - mean) / deviation
        for i, kind in enumerate(features()[: {"relu4_3": 23, "relu5_3": 30}[layer]]):
            if kind == "relu":
                x = x.clamp(min=0)
            elif kind == "pool":
                x = F.max_pool2d(x, 2) if i < 20 else x  # no pooling after relu4_3
            else:
                kernel, bias = (weights[f"features.{i}.{name}"].double() for name in ("weight", "bias"))
                x = F.conv2d(x, kernel, bias, padding=1)
        mean, variance = x.mean((2, 3), keepdim=True), x.var((2, 3), unbiased=False, keepdim=True)
        return (x - mean) / (variance + 1e-5).sqrt()

    return ((seen(fake) - seen(real)) ** 2).mean()


def images(*shape, seed=1):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1
