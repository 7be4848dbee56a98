"""3x3 convolutions with 16 products where there are 36: the minimal filtering F(2x2, 3x3) of Lavin and Gray
("Fast Algorithms for Convolutional Neural Networks", 2015, section 4.1).

An image is cut into tiles of 4x4 pixels, two apart. A tile and a kernel become 16 numbers each, whose products are
matrix products over channels, one for each of the 16; sums of those are the 2x2 outputs of the tile. It is the same
convolution, rounded otherwise: in float32 as well as directly, in bf16 with about four times the noise.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from .scope import autocasted, shared


def worthwhile(x: Tensor, weight: Tensor) -> bool:
    """Whether padded features `x` (N, C, H, W) can take this way and gain by it: of few channels or pixels, the sums
    cost more than the products that they save."""
    outputs, channels, *kernel = weight.shape
    height, width = x.shape[-2] - 2, x.shape[-1] - 2
    large = outputs * channels >= 128 * 256 and len(x) * height * width >= 256
    return large and kernel == [3, 3] and height % 2 == width % 2 == 0


def conv2d(x: Tensor, weight: Tensor) -> Tensor:
    """`F.conv2d(x, weight)` of padded features (N, C, H, W), H and W even, with a kernel (C', C, 3, 3).

    Under autocast in its dtype. Has a first derivative, not a second.
    """
    x = autocasted(x)
    with torch.autocast(x.device.type, enabled=False):
        return Products.apply(x, shared(weight, x.dtype, Kernels.apply))


class Kernels(Function):
    """(C', C, 3, 3) -> (4, 4, C', C) in `dtype`: G g G^T of each kernel g."""

    @staticmethod
    def forward(ctx, weight: Tensor, dtype: torch.dtype) -> Tensor:
        return (kernel_matrix(dtype) @ weight.to(dtype).flatten(2).flatten(0, 1).t()).view(4, 4, *weight.shape[:2])

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        weights = gradient.flatten(2).flatten(0, 1).t() @ kernel_matrix(gradient.dtype)
        return weights.view(*gradient.shape[2:], 3, 3), None


class Products(Function):
    """Keeps the features, not their tiles, which are four times as large: they are made again for the gradient."""

    @staticmethod
    def forward(ctx, x: Tensor, kernels: Tensor) -> Tensor:
        ctx.save_for_backward(x, kernels)
        tiles = to_tiles(x)
        products = multiply(tiles.flatten(2, 4), kernels.mT)
        return from_products(products.view(*tiles.shape[:-1], -1))

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, kernels = ctx.saved_tensors
        products = from_products_back(gradient)
        flat, of_x, of_kernels = products.flatten(2, 4), None, None
        if ctx.needs_input_grad[0]:
            of_x = to_tiles_back(multiply(flat, kernels).view(*products.shape[:-1], -1))
        if ctx.needs_input_grad[1]:
            of_kernels = multiply(flat.mT, to_tiles(x).flatten(2, 4))
        return of_x, of_kernels


def multiply(a: Tensor, b: Tensor) -> Tensor:
    """The matrix products of (4, 4, n, k) and (4, 4, k, m)."""
    return torch.bmm(a.flatten(0, 1), b.flatten(0, 1)).unflatten(0, (4, 4))


def to_tiles(x: Tensor) -> Tensor:
    """Features (N, C, 2 h + 2, 2 w + 2) -> (4, 4, N, h, w, C): B^T d B of each tile d."""
    n, c, height, width = x.shape
    h, w = height // 2 - 1, width // 2 - 1
    rows, tiles = x.new_empty(4, n, h, width, c), x.new_empty(4, 4, n, h, w, c)
    _windows(x.permute(0, 2, 3, 1), 1, rows)
    _windows(rows, -2, tiles.transpose(0, 1))
    return tiles


def to_tiles_back(tiles: Tensor) -> Tensor:
    """The adjoint of `to_tiles`: (4, 4, N, h, w, C) -> (N, C, 2 h + 2, 2 w + 2)."""
    _, _, n, h, w, c = tiles.shape
    rows, x = tiles.new_empty(4, n, h, 2 * w + 2, c), tiles.new_empty(n, 2 * h + 2, 2 * w + 2, c)
    _windows_back(tiles.transpose(0, 1), -2, rows)
    _windows_back(rows, 1, x)
    return x.permute(0, 3, 1, 2)


def from_products(products: Tensor) -> Tensor:
    """(4, 4, N, h, w, C') -> outputs (N, C', 2 h, 2 w): A^T m A of each tile's products m."""
    _, _, n, h, w, c = products.shape
    rows, y = products.new_empty(2, 4, n, h, w, c), products.new_empty(n, h, 2, w, 2, c)
    _pairs(products, rows)
    _pairs(rows.transpose(0, 1), y.permute(4, 2, 0, 1, 3, 5))
    return y.view(n, 2 * h, 2 * w, c).permute(0, 3, 1, 2)


def from_products_back(gradient: Tensor) -> Tensor:
    """The adjoint of `from_products`: (N, C', 2 h, 2 w) -> (4, 4, N, h, w, C')."""
    n, c, height, width = gradient.shape
    h, w = height // 2, width // 2
    y = gradient.permute(0, 2, 3, 1).reshape(n, h, 2, w, 2, c).permute(2, 4, 0, 1, 3, 5)
    rows, products = gradient.new_empty(4, 2, n, h, w, c), gradient.new_empty(4, 4, n, h, w, c)
    _pairs_back(y, rows)
    _pairs_back(rows.transpose(0, 1), products.transpose(0, 1))
    return products


@cache
def kernel_matrix(dtype: torch.dtype) -> Tensor:
    """G of section 4.1 in both directions at once, (16, 9)."""
    one = torch.tensor([[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]], dtype=dtype) / 2
    return torch.kron(one, one)


def _windows(x: Tensor, dim: int, out: Tensor) -> None:
    """B^T along `dim`: the four sums of each window of four, two apart, into out[0..3]."""
    even, odd = x.unflatten(dim, (-1, 2)).movedim(dim if dim < 0 else dim + 1, 0)
    count = even.shape[dim] - 1
    first, second = even.narrow(dim, 0, count), odd.narrow(dim, 0, count)
    third, fourth = even.narrow(dim, 1, count), odd.narrow(dim, 1, count)
    torch.sub(first, third, out=out[0])
    torch.add(second, third, out=out[1])
    torch.sub(third, second, out=out[2])
    torch.sub(second, fourth, out=out[3])


def _windows_back(windows: Tensor, dim: int, out: Tensor) -> None:
    """The adjoint of `_windows`; every element of `out` is written."""
    even, odd = out.unflatten(dim, (-1, 2)).movedim(dim if dim < 0 else dim + 1, 0)
    count = even.shape[dim] - 1
    d0, d1, d2, d3 = windows
    difference = d1 - d2
    even.narrow(dim, 0, count).copy_(d0)
    even.narrow(dim, count, 1).zero_()
    even.narrow(dim, 1, count).add_(d1).add_(d2).sub_(d0)
    torch.add(difference, d3, out=odd.narrow(dim, 0, count))
    odd.narrow(dim, count, 1).zero_()
    odd.narrow(dim, 1, count).sub_(d3)


def _pairs(products: Tensor, out: Tensor) -> None:
    """A^T over the first axis: four products become two outputs."""
    m0, m1, m2, m3 = products
    torch.add(m0, m1, out=out[0]).add_(m2)
    torch.sub(m1, m2, out=out[1]).sub_(m3)


def _pairs_back(outputs: Tensor, out: Tensor) -> None:
    """The adjoint of `_pairs`."""
    y0, y1 = outputs
    out[0].copy_(y0)
    torch.add(y0, y1, out=out[1])
    torch.sub(y0, y1, out=out[2])
    torch.neg(y1, out=out[3])
