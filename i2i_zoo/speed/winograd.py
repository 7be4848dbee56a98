"""3x3 convolutions with 16 products where there are 36: the minimal filtering F(2x2, 3x3) of Lavin and Gray
("Fast Algorithms for Convolutional Neural Networks", 2015, section 4.1).

An image is cut into tiles of 4x4 pixels, two apart. A tile and a kernel become 16 numbers each, whose products are
matrix products over channels, one for each of the 16; sums of those are the 2x2 outputs of the tile. It is the same
convolution, rounded otherwise: in float32 as well as directly, in bf16 with about four times the noise. By hand: the
convolutions of torch on a CPU never take this way in training.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from ..nets.layers import autocasted
from .compiled import compiled
from .context import cached, compiles


def worthwhile(weight: Tensor, count: int, size: Sequence[int]) -> bool:
    """Return True if `count` images of this `size` (height and width of the result) can be convolved so and gain by it.

    For few channels or pixels the sums cost more than the products that they save.
    """
    outputs, channels, *kernel = weight.shape
    height, width = size
    large = outputs * channels >= 128 * 256 and count * height * width >= 256
    return large and kernel == [3, 3] and height % 2 == width % 2 == 0


def conv2d(x: Tensor, weight: Tensor, reflect: int = 0) -> Tensor:
    """Compute `F.conv2d(x, weight)` of features (N, C, H, W), H and W even, with a kernel (C', C, 3, 3).

    `reflect`: padded by so many pixels first. Under autocast in its dtype. Has a first derivative, not a second.
    """
    x = autocasted(x)
    with torch.autocast(x.device.type, enabled=False):
        return Products.apply(x, cached(weight, x.dtype, Kernels.apply), reflect)


class Kernels(Function):
    """Kernels g (C', C, 3, 3) -> G g G^T (4, 4, C', C) in `dtype`."""

    @staticmethod
    def forward(ctx, weight: Tensor, dtype: torch.dtype) -> Tensor:
        return (kernel_matrix(dtype) @ weight.to(dtype).flatten(2).flatten(0, 1).t()).view(4, 4, *weight.shape[:2])

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        weights = gradient.flatten(2).flatten(0, 1).t() @ kernel_matrix(gradient.dtype)
        return weights.view(*gradient.shape[2:], 3, 3), None


class Products(Function):
    """Features (N, C, H, W) and transformed kernels -> outputs.

    It keeps the features neither padded, which is a copy, nor as tiles, which are four times as large: it makes both
    again for the gradient.
    """

    @staticmethod
    def forward(ctx, x: Tensor, kernels: Tensor, reflect: int) -> Tensor:
        ctx.save_for_backward(x, kernels)
        ctx.transforms, ctx.reflect = compiled_transforms() if compiles() else PLAIN_TRANSFORMS, reflect
        tiles = ctx.transforms.to_tiles(padded(x, reflect))
        products = multiply(tiles.flatten(2, 4), kernels.mT)
        return ctx.transforms.from_products(products.view(*tiles.shape[:-1], -1))

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        x, kernels = ctx.saved_tensors
        products = ctx.transforms.from_products_back(gradient)
        flat, of_x, of_kernels = products.flatten(2, 4), None, None
        if ctx.needs_input_grad[0]:
            of_x = ctx.transforms.to_tiles_back(multiply(flat, kernels).view(*products.shape[:-1], -1))
            of_x = folded(of_x, ctx.reflect)
        if ctx.needs_input_grad[1]:
            of_kernels = multiply(flat.mT, ctx.transforms.to_tiles(padded(x, ctx.reflect)).flatten(2, 4))
        return of_x, of_kernels, None


def padded(x: Tensor, reflect: int) -> Tensor:
    """Pad `x` by so many pixels of reflection; by none, return `x` itself and no copy."""
    return F.pad(x, (reflect,) * 4, "reflect") if reflect else x


def folded(gradient: Tensor, reflect: int) -> Tensor:
    """The adjoint of `padded`, in place: add the border to the pixels that it mirrors, and return a view without it."""
    for dim in (2, 3):
        for k in range(1, reflect + 1):
            gradient.select(dim, reflect + k).add_(gradient.select(dim, reflect - k))
            gradient.select(dim, -1 - reflect - k).add_(gradient.select(dim, -1 - reflect + k))
    return gradient[..., reflect:-reflect, reflect:-reflect] if reflect else gradient


def multiply(a: Tensor, b: Tensor) -> Tensor:
    """The matrix products of (4, 4, n, k) and (4, 4, k, m)."""
    return torch.bmm(a.flatten(0, 1), b.flatten(0, 1)).unflatten(0, (4, 4))


def to_tiles(x: Tensor) -> Tensor:
    """Features (N, C, 2 h + 2, 2 w + 2) -> (4, 4, N, h, w, C): B^T d B of each tile d."""
    x = x.permute(0, 2, 3, 1)
    return torch.stack([tile for rows in windows(x, 1) for tile in windows(rows, 2)]).unflatten(0, (4, 4))


def to_tiles_back(tiles: Tensor) -> Tensor:
    """The adjoint of `to_tiles`: (4, 4, N, h, w, C) -> (N, C, 2 h + 2, 2 w + 2)."""
    columns = zip(*(windows_back(row, 2) for row in tiles), strict=True)
    even, odd = (windows_back(column, 1) for column in columns)
    return interleave(even[0], odd[0], even[1], odd[1])


def from_products(products: Tensor) -> Tensor:
    """(4, 4, N, h, w, C') -> outputs (N, C', 2 h, 2 w): A^T m A of each tile's products m."""
    return interleave(*(output for rows in pairs(products) for output in pairs(rows)))


def from_products_back(gradient: Tensor) -> Tensor:
    """The adjoint of `from_products`: (N, C', 2 h, 2 w) -> (4, 4, N, h, w, C')."""
    y = gradient.permute(0, 2, 3, 1).unflatten(2, (-1, 2)).unflatten(1, (-1, 2)).permute(2, 4, 0, 1, 3, 5)
    columns = zip(*(pairs_back(row) for row in y), strict=True)
    rows = zip(*(pairs_back(column) for column in columns), strict=True)
    return torch.stack([product for row in rows for product in row]).unflatten(0, (4, 4))


def windows(x: Tensor, dim: int) -> tuple[Tensor, ...]:
    """B^T along `dim`: the four sums of each window of four, two apart."""
    even, odd = x.unflatten(dim, (-1, 2)).unbind(dim + 1)
    count = even.shape[dim] - 1
    first, second = even.narrow(dim, 0, count), odd.narrow(dim, 0, count)
    third, fourth = even.narrow(dim, 1, count), odd.narrow(dim, 1, count)
    return first - third, second + third, third - second, second - fourth


def windows_back(sums: Sequence[Tensor], dim: int) -> tuple[Tensor, Tensor]:
    """The adjoint of `windows`: the even and the odd places of `dim`."""
    d0, d1, d2, d3 = sums
    before, after = ([0, 0] * (d0.dim() - 1 - dim) + ends for ends in ([1, 0], [0, 1]))
    even = F.pad(d0, after) + F.pad(d1 + d2 - d0, before)
    return even, F.pad(d1 - d2 + d3, after) - F.pad(d3, before)


def pairs(products: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """A^T: four products become two outputs."""
    m0, m1, m2, m3 = products
    return m0 + m1 + m2, m1 - m2 - m3


def pairs_back(outputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The adjoint of `pairs`."""
    y0, y1 = outputs
    return y0, y0 + y1, y0 - y1, -y1


def interleave(*parts: Tensor) -> Tensor:
    """The four places (even and odd rows, and in each the columns) of pixels (N, h, w, C) -> (N, C, 2 h, 2 w)."""
    pixels = torch.stack([torch.stack(parts[:2], 3), torch.stack(parts[2:], 3)], 2)  # n h row w column c
    return pixels.flatten(3, 4).flatten(1, 2).permute(0, 3, 1, 2)


class TileTransforms(NamedTuple):
    to_tiles: Callable[[Tensor], Tensor]
    to_tiles_back: Callable[[Tensor], Tensor]
    from_products: Callable[[Tensor], Tensor]
    from_products_back: Callable[[Tensor], Tensor]


PLAIN_TRANSFORMS = TileTransforms(to_tiles, to_tiles_back, from_products, from_products_back)


@cache
def compiled_transforms() -> TileTransforms:
    """The transforms, each compiled, which takes half the time."""
    return TileTransforms(*map(compiled, PLAIN_TRANSFORMS))


@cache
def kernel_matrix(dtype: torch.dtype) -> Tensor:
    """G of section 4.1 in both directions at once, (16, 9)."""
    one = torch.tensor([[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]], dtype=dtype) / 2
    return torch.kron(one, one)
