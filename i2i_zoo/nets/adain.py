"""Normalizations of MUNIT, and the residual block that takes its affine parameters as an argument."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .layers import full_precision, instance_norm

CONSTANT = 1e-5  # a smaller range of values is rounding


def adain(x: Tensor, affine: Tensor | None = None) -> Tensor:
    """Adaptive instance norm (Huang & Belongie 2017, eq. 8): features (N, C, H, W), each channel of each image with
    zero mean and unit variance, then scaled and shifted by `affine` (N, 2, C), the shifts first; None: plain.

    A constant channel becomes 0 and passes no gradient: its slope of 1 / sqrt(eps) = 316, multiplied by those of the
    other norms that a blank image goes through, would make gradients of 1e11 and more.
    """
    shift, scale = (None, None) if affine is None else affine.unbind(1)
    return instance_norm(x, varying(x) if scale is None else scale * varying(x), shift)


def varying(x: Tensor) -> Tensor:
    """(N, C): 0 for the constant channels of features (N, C, H, W), 1 for the others."""
    seen = x.detach()
    return (seen.amax(dim=(2, 3)) - seen.amin(dim=(2, 3)) > CONSTANT).to(x.dtype)


class AdaIN(nn.Module):
    """A layer that applies `adain`; it has no parameters of its own."""

    def forward(self, x: Tensor, affine: Tensor | None = None) -> Tensor:
        return adain(x, affine)


class AdaINBlock(nn.Module):
    """Two 3x3 convolutions beside the identity, each followed by `AdaIN`; it would remove a bias, so there is none."""

    def __init__(self, width: int):
        super().__init__()
        options = {"padding": 1, "padding_mode": "reflect", "bias": False}
        self.first = nn.Conv2d(width, width, 3, **options)
        self.second = nn.Conv2d(width, width, 3, **options)
        self.norm = AdaIN()

    def forward(self, x: Tensor, affine: Tensor | None = None) -> Tensor:
        """`affine` (N, 2 layers, shift and scale, C)."""
        first, second = (None, None) if affine is None else affine.unbind(1)
        return x + self.norm(self.second(F.relu(self.norm(self.first(x), first))), second)


class LayerNorm(nn.Module):
    """MUNIT's layer norm: (x - mean) / (std + 1e-5) over channels, height and width of each image, the std unbiased,
    then a scale and a shift for each channel.

    It keeps differences between channels, so a bias of the convolution before it is live. The root has no slope at 0:
    constant features, as a blank image may give, have std 1 here, which leaves the values and makes gradients finite.
    """

    def __init__(self, channels: int, eps: float = 1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.rand(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        x = full_precision(x)
        variance, mean = torch.var_mean(x, dim=(1, 2, 3), keepdim=True)
        std = torch.where(variance == 0, 1, variance).sqrt()
        return torch.addcmul(self.bias[:, None, None], (x - mean) / (std + self.eps), self.weight[:, None, None])
