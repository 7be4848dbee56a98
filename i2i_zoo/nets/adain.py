"""Normalizations of MUNIT, and the residual block that takes its affine parameters as an argument."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from .convolutions import Conv2d, channels_last
from .layers import EPS, instance_norm, norm_each
from .scope import full_precision

CONSTANT = 1e-5  # a smaller range of values is rounding


def adain(x: Tensor, affine: Tensor | None = None) -> Tensor:
    """Adaptive instance norm (Huang & Belongie 2017, eq. 8): features (N, C, H, W), each channel of each image with
    zero mean and unit variance, then scaled and shifted by `affine` (N, 2, C), the shifts first; None: plain.

    A constant channel becomes 0 and passes no gradient: its slope of 1 / sqrt(eps) = 316, multiplied by those of the
    other norms that a blank image goes through, would make gradients of 1e11 and more.
    """
    shift, scale = (None, None) if affine is None else affine.unbind(1)
    if channels_last(x):
        y, means, rates = norm_each(x, scale, shift)
        if lively(means, rates, x[0, 0].numel()):  # nearly always: the test below reads all features twice
            return y
    seen = x.detach()
    alive = (seen.amax(dim=(2, 3)) - seen.amin(dim=(2, 3)) > CONSTANT).to(x.dtype)
    return instance_norm(x, alive if scale is None else scale * alive, shift)


def lively(means: Tensor, rates: Tensor, pixels: int) -> bool:
    """Whether no channel can be constant, by its mean and 1 / sqrt(variance + eps).

    A constant's mean in float32 errs by pixels x 2^-24 of it at most (sums one by one), and its variance is the square
    of that error. Four times the error is asked for, lest eps count as variance, and a fifth of eps at least.
    """
    return bool(rates.max() < (1.2 * EPS) ** -0.5 and (rates * means.abs()).max() * pixels < 2**22)


class AdaIN(nn.Module):
    """`adain` without parameters, as a layer."""

    def forward(self, x: Tensor) -> Tensor:
        return adain(x)


class Block(nn.Module):
    """Two 3x3 convolutions beside the identity, each followed by `adain`, which removes a bias: there is none."""

    def __init__(self, width: int):
        super().__init__()
        options = {"padding": 1, "padding_mode": "reflect", "bias": False}
        self.first = Conv2d(width, width, 3, **options)
        self.second = Conv2d(width, width, 3, **options)

    def forward(self, x: Tensor, affine: Tensor | None = None) -> Tensor:
        """`affine` (N, 2 layers, shift and scale, C)."""
        first, second = (None, None) if affine is None else affine.unbind(1)
        return x + adain(self.second(F.relu(adain(self.first(x), first))), second)


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
        if channels_last(x):
            return FewPasses.apply(x, self.weight, self.bias, self.eps)
        x = full_precision(x)
        variance, mean = torch.var_mean(x, dim=(1, 2, 3), keepdim=True)
        std = torch.where(variance == 0, 1, variance).sqrt()
        return torch.addcmul(self.bias[:, None, None], (x - mean) / (std + self.eps), self.weight[:, None, None])


class FewPasses(torch.autograd.Function):
    """`LayerNorm` with its gradients in as few passes over the features as there can be; it has no second derivative.

    With r = 1 / (std + eps), y = w r (x - mean) + b. A gradient g of y gives the features w r g, less its mean and its
    share along x - mean, both of which follow from the gradients of b and w, which are sums for each channel.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
        over = {"dim": (1, 2, 3), "keepdim": True, "dtype": torch.promote_types(x.dtype, torch.float32)}
        centered = x - x.mean(**over).to(x.dtype)
        centered -= centered.mean(**over).to(x.dtype)  # what rounding the mean to x's dtype left
        std = torch.linalg.vector_norm(centered, **over) / (x[0].numel() - 1) ** 0.5
        std = torch.where(std == 0, 1, std)
        scale = weight[:, None, None] / (std + eps)
        ctx.save_for_backward(centered, weight, std, scale)
        ctx.eps = eps
        return torch.addcmul(bias[:, None, None].to(x.dtype), centered, scale.to(x.dtype))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        centered, weight, std, scale = ctx.saved_tensors
        rate, count, over = 1 / (std + ctx.eps), centered[0].numel(), {"keepdim": True, "dtype": std.dtype}
        of_bias = g.sum(dim=(2, 3), **over)  # (N, C, 1, 1), as are the next two
        of_weight = (g * centered).sum(dim=(2, 3), **over) * rate
        middle = (scale * of_bias).sum(dim=1, keepdim=True) / count
        along = (weight[:, None, None] * of_weight).sum(dim=1, keepdim=True) * rate / (std * (count - 1))
        middle, scale, along = (each.to(g.dtype) for each in (-middle, scale, -along))
        of_x = torch.addcmul(middle, g, scale).addcmul_(centered, along)
        return of_x, of_weight.sum(dim=(0, 2, 3)), of_bias.sum(dim=(0, 2, 3)), None
