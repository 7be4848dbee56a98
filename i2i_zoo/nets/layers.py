"""Layers that the networks share."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Norm = Literal["instance", "batch", "none"]


class InstanceNorm(nn.Module):
    """A layer that applies `instance_norm`: no affine parameters, no running statistics (Ulyanov et al. 2016)."""

    def forward(self, x: Tensor) -> Tensor:
        return instance_norm(x)


def instance_norm(x: Tensor, scale: Tensor | None = None, shift: Tensor | None = None) -> Tensor:
    """Give every channel of every image of features (N, C, H, W) zero mean and unit variance, then the `scale` and the
    `shift` (N, C).

    Computed as a group norm of one channel per group: the same mathematics, whereas on a CPU `F.instance_norm`
    returns a wrong gradient for a single image in channels-last memory format (seen in torch 2.13 and 2.15).
    """
    x = F.group_norm(x, x.shape[1])
    x = x if scale is None else x * scale[..., None, None]
    return x if shift is None else x + shift[..., None, None]


def normalization(norm: Norm, channels: int) -> list[nn.Module]:
    """The layer called `norm` for `channels` channels; no layer for "none"."""
    return {"instance": [InstanceNorm()], "batch": [nn.BatchNorm2d(channels)], "none": []}[norm]


def convolution(
    inputs: int, outputs: int, kernel_size: int, norm: Norm, layer: type[nn.Module] = nn.Conv2d, **options: Any
) -> list[nn.Module]:
    """Return a convolution and its norm.

    A norm would remove the bias at once, so that its true gradient is zero and Adam would turn the rounding noise
    into steps: only a convolution without a norm has one.
    """
    return [layer(inputs, outputs, kernel_size, bias=norm == "none", **options), *normalization(norm, outputs)]


class SpectralConv2d(nn.Conv2d):
    """A convolution whose weight is divided by its largest singular value (Miyato et al. 2018).

    Nothing is remembered between two calls, as torch's `spectral_norm` does: so micro-batches, processes and resumed
    trainings all see the same weight.
    """

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight / spectral_norm(self.weight.flatten(1))
        return F.conv2d(x, weight, self.bias, self.stride, self.padding)


def spectral_norm(matrix: Tensor) -> Tensor:
    """The largest singular value of a matrix (M, N), differentiable.

    A power iteration whose power is squared ten times: 1024 steps. As the singular vector is exact by then, no gradient
    has to flow through it.
    """
    with torch.no_grad(), torch.autocast(matrix.device.type, enabled=False):
        power = matrix @ matrix.T
        for _ in range(10):
            power = power / power.norm().clamp(min=1e-30)
            power = power @ power
        direction = F.normalize(power[:, power.diagonal().argmax()], dim=0)
    return (direction[:, None] * matrix).sum(0).norm()


def full_precision(x: Tensor) -> Tensor:
    """Return `x` in float32 at least: autocast gives less."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def autocasted(x: Tensor) -> Tensor:
    """Return `x` in the dtype of autocast, if that is on."""
    device = x.device.type
    return x.to(torch.get_autocast_dtype(device)) if torch.is_autocast_enabled(device) else x


def to_image(x: Tensor) -> Tensor:
    """Features -> images in [-1, 1], float32 even under autocast."""
    return torch.tanh(full_precision(x))
