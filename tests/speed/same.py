"""Features as fast layers take them, and the comparison of a fast function with a plain one."""

from __future__ import annotations

import torch
from torch import Tensor

from i2i_zoo.speed.context import channels_last

SIZES = [(1, 6, 8, 7), (3, 6, 5, 9), (1, 6, 4, 4)]


def features(size: tuple[int, ...], dtype: torch.dtype = torch.float64) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(size, generator=generator, dtype=torch.float64).to(dtype) + 0.5
    x = x.contiguous(memory_format=torch.channels_last).requires_grad_()
    assert channels_last(x)
    return x


def assert_same(fast, plain, x: Tensor, parameters: list[Tensor], rtol: float = 1e-9) -> None:
    """Both functions of `x` and their gradients, for a gradient that lies channels last too."""
    y, expected = fast(x), plain(x.double() if rtol > 1e-6 else x)
    g = torch.randn(y.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    g = g.contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(y.double(), expected, rtol=rtol, atol=rtol)
    ours = torch.autograd.grad(y, [x, *parameters], g.to(y.dtype))
    theirs = torch.autograd.grad(expected, [x, *parameters], g)
    for own, other in zip(ours, theirs, strict=True):
        scale = other.abs().max().item() + 1
        torch.testing.assert_close(own.double(), other.double(), rtol=rtol, atol=rtol * scale)
