"""Norms with the results of those of the networks, in less time for features that lie channels last on a CPU."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ..nets import adain, layers
from ..nets.layers import full_precision
from .context import channels_last

EPS = 1e-5  # added to a variance


class InstanceNorm(layers.InstanceNorm):
    """Instance norm by the batch norm of each single image, which is the same and takes next to nothing; the gradient
    of a group norm takes longer than the convolutions in that format."""

    def forward(self, x: Tensor) -> Tensor:
        return instance_norm_by_image(x)[0] if channels_last(x) else super().forward(x)


class AdaIN(adain.AdaIN):
    """AdaIN that searches for constant channels, which reads all features twice, only where there may be one."""

    def forward(self, x: Tensor, affine: Tensor | None = None) -> Tensor:
        if channels_last(x):
            shift, scale = (None, None) if affine is None else affine.unbind(1)
            y, means, rates = instance_norm_by_image(x, scale, shift)
            if has_no_constant_channel(means, rates, x[0, 0].numel()):
                return y
            return instance_norm_by_image(x, adain.varying(x) if scale is None else scale * adain.varying(x), shift)[0]
        return super().forward(x, affine)


class LayerNorm(adain.LayerNorm):
    """Layer norm in few passes over the features."""

    def forward(self, x: Tensor) -> Tensor:
        if channels_last(x):
            return FusedLayerNorm.apply(x, self.weight, self.bias, self.eps)
        return super().forward(x)


def instance_norm_by_image(
    x: Tensor, scale: Tensor | None = None, shift: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Return `layers.instance_norm` and, for each channel of each image, its mean and its rate, 1 / sqrt(variance +
    1e-5), (N, C) each."""
    none = [None] * len(x)
    scales = none if scale is None else full_precision(scale).unbind()
    shifts = none if shift is None else full_precision(shift).unbind()
    images = x.split(1) if len(x) > 1 else [x]
    found = [
        torch.native_batch_norm(image, *affine, None, None, True, 0.0, EPS)
        for image, *affine in zip(images, scales, shifts, strict=True)
    ]
    normed, means, rates = zip(*found, strict=True)
    return torch.cat(normed) if len(x) > 1 else normed[0], torch.stack(means), torch.stack(rates)


def has_no_constant_channel(means: Tensor, rates: Tensor, pixels: int) -> bool:
    """Return True if no channel can be constant, by its mean and 1 / sqrt(variance + eps).

    A constant's mean in float32 errs by pixels x 2^-24 of it at most (sums one by one), and its variance is the square
    of that error. Require the variance to exceed four times that rounding error and 0.2 eps.
    """
    return bool(rates.max() < (1.2 * EPS) ** -0.5 and (rates * means.abs()).max() * pixels < 2**22)


class FusedLayerNorm(torch.autograd.Function):
    """`adain.LayerNorm` with its gradients in as few passes over the features as there can be.

    With r = 1 / (std + eps), y = w r (x - mean) + b. A gradient g of y gives the features w r g, less its mean and its
    share along x - mean, both of which follow from the gradients of b and w, which are sums for each channel. It has no
    second derivative.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
        over = {"dim": (1, 2, 3), "keepdim": True, "dtype": torch.promote_types(x.dtype, torch.float32)}
        centered = x - x.mean(**over).to(x.dtype)
        centered -= centered.mean(**over).to(x.dtype)  # Rounding the mean to the dtype of x left this.
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
        of_bias = g.sum(dim=(2, 3), **over)  # (N, C, 1, 1), like the next two
        of_weight = (g * centered).sum(dim=(2, 3), **over) * rate
        middle = (scale * of_bias).sum(dim=1, keepdim=True) / count
        along = (weight[:, None, None] * of_weight).sum(dim=1, keepdim=True) * rate / (std * (count - 1))
        middle, scale, along = (each.to(g.dtype) for each in (-middle, scale, -along))
        of_x = torch.addcmul(middle, g, scale).addcmul_(centered, along)
        return of_x, of_weight.sum(dim=(0, 2, 3)), of_bias.sum(dim=(0, 2, 3)), None
