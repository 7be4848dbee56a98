"""Convolutions with the results of torch's in less time. `convert` makes them of `nn.Conv2d`.

They differ from torch's only for features in channels-last memory format on a CPU, and there only in the order of
sums: it rounds differently, and Adam amplifies the difference. So `speed = "exact"` never takes these ways.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn import functional as F

from ..nets.layers import autocasted
from . import winograd
from .context import cached, cast, channels_last

HeightWidth = tuple[int, ...]
FEW = 4  # channels, as images have
PLACES = 1, 0, -1, -2  # the second row or column, the first, the last and the last but one


class Conv2d(nn.Conv2d):
    """A convolution padded by zeros, or by reflection alike on all sides; neither groups nor dilation.

    It pads bf16 features as they are, which autocast would take to float32 and back.
    """

    def forward(self, x: Tensor) -> Tensor:
        reflect = self.padding_mode == "reflect"
        return convolve(x, self.weight, self.bias, self.stride, self.padding, reflect)


class FewInputsConv2d(Conv2d):
    """A convolution (N, few, H, W) -> (N, width, H, W), padded by reflection.

    The gradient of images of few channels, where one is needed, takes the processor longer than all else. With the
    inputs of each column of the kernel side by side there are few x kernel_size channels.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not channels_last(x) or not x.requires_grad or self.in_channels > FEW:
            return super().forward(x)
        x, size = pad(autocasted(x), self.padding[0], "reflect"), self.kernel_size[1]
        width = x.shape[-1] - size + 1
        columns = torch.cat([x[..., i : i + width] for i in range(size)], dim=1)
        columns = columns.contiguous(memory_format=torch.channels_last)
        return F.conv2d(columns, self.weight.movedim(3, 1).flatten(1, 2)[..., None], self.bias)


class FewOutputsConv2d(Conv2d):
    """A convolution (N, width, H, W) -> (N, few, H, W), padded by reflection.

    The processor multiplies for 16 channels or more at a time: with an output for each row of the kernel, moved into
    place afterwards, there are few x kernel_size of them.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not channels_last(x) or self.out_channels > FEW:
            return super().forward(x)
        x, size = pad(x, self.padding[0], "reflect"), self.kernel_size[0]
        height = x.shape[-2] - size + 1
        rows = F.conv2d(x, self.weight.movedim(2, 0).flatten(0, 1)[:, :, None])
        y = sum(part[:, :, i : i + height] for i, part in enumerate(rows.chunk(size, dim=1)))
        return y if self.bias is None else y + self.bias[:, None, None]


class UpsampleConv2d(Conv2d):
    """Nearest-neighbor resizing to twice the size and the 5x5 convolution after it, padded by reflection:
    (N, C, h, w) -> (N, C', 2 h, 2 w).

    Of the five pixels under a row of the kernel no more than three are different: each of the four outputs that a pixel
    becomes is a 3x3 convolution, whose weights are sums of the 5x5 ones. That is 36 products in place of 100. It pads
    by repetition before resizing, which is reflection after it but for the outermost ring of padding; what that changes
    in the outermost rows and columns is added to them.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not channels_last(x):
            return super().forward(F.interpolate(x, scale_factor=2))
        padded, rows, columns = Surround.apply(x)
        bias = None if self.bias is None else self.bias.repeat(4)
        y = convolve(padded, cached(self.weight, x.dtype, four_kernels), bias)
        return Assemble.apply(y, *self._rows(rows), *self._columns(columns))

    def _rows(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Compute the ring's part in the first and the last row, (N, C', 1, 2 w) each, from the rows (N, C, 4, w)."""
        inner, outer, width = x[:, :, ::3], x[:, :, 1:3], x.shape[-1]
        ring = inner.index_select(3, reflected(width, x.device)) - outer.index_select(3, repeated(width, x.device))
        of_first, of_last = F.conv2d(ring, cached(self.weight, x.dtype, first_and_last_row)).chunk(2, 1)
        return of_first[:, :, :1], of_last[:, :, 1:]

    def _columns(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Compute its part in the first and the last column, (N, C', 2 h, 1) each, from the columns (N, C, h, 4);
        the corners of the ring belong to the rows."""
        ring = x[..., ::3] - x[..., 1:3]
        ring = F.pad(ring.index_select(2, repeated(x.shape[-2], x.device)[1:-1]), (0, 0, 1, 1))
        of_first, of_last = F.conv2d(ring, cached(self.weight, x.dtype, first_and_last_column)).chunk(2, 1)
        return of_first[..., :1], of_last[..., 1:]


class Surround(Function):
    """Features (N, C, h, w) padded by repetition to (N, C, h + 2, w + 2), and the second, first, last and last but one
    of their rows (N, C, 4, w) and columns (N, C, h, 4); the gradient of all three in one piece, channels last."""

    @staticmethod
    def forward(ctx, x: Tensor) -> tuple[Tensor, ...]:
        lines = [torch.stack([x.select(dim, place) for place in PLACES], dim) for dim in (2, 3)]
        return pad(x, 1, "replicate"), *lines

    @staticmethod
    def backward(ctx, gradient: Tensor, *lines: Tensor) -> Tensor:
        g = gradient.clone()
        for dim in (2, 3):
            g.select(dim, 1).add_(g.select(dim, 0))
            g.select(dim, -2).add_(g.select(dim, -1))
        g = g[..., 1:-1, 1:-1].contiguous(memory_format=torch.channels_last)
        for dim, gradients in zip((2, 3), lines, strict=True):
            for place, line in zip(PLACES, gradients.unbind(dim), strict=True):
                g.select(dim, place).add_(line)
        return g


class Assemble(Function):
    """The four outputs of each pixel, (N, 4 C, h, w), and what to add to the first and last row and column ->
    (N, C, 2 h, 2 w)."""

    @staticmethod
    def forward(ctx, x: Tensor, *edges: Tensor) -> Tensor:
        pixels = x.permute(0, 2, 3, 1).unflatten(3, (2, 2, -1)).transpose(2, 3)  # n h row w column c
        y = pixels.flatten(1, 2).flatten(2, 3).permute(0, 3, 1, 2)
        for part, edge in zip(Assemble.edges(y), edges, strict=True):
            part += edge
        return y

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, ...]:
        pixels = gradient.permute(0, 2, 3, 1).unflatten(1, (-1, 2)).unflatten(3, (-1, 2)).transpose(2, 3)
        return pixels.flatten(3).permute(0, 3, 1, 2), *Assemble.edges(gradient)

    @staticmethod
    def edges(x: Tensor) -> tuple[Tensor, ...]:
        return x[:, :, :1], x[:, :, -1:], x[..., :1], x[..., -1:]


def convolve(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: HeightWidth = (1, 1),
    padding: HeightWidth = (0, 0),
    reflect: bool = False,
) -> Tensor:
    """Compute `F.conv2d`, padded by zeros or by reflection, by whichever of three ways suits the sizes."""
    size = out_size(x, weight, stride, padding)
    few = channels_last(x) and weight.numel() >= max(2**18, 2**13 * len(x) * size.numel())
    simple = channels_last(x) and max(stride) == 1 and (reflect or not max(padding))
    if simple and not few and winograd.worthwhile(weight, len(x), size):
        y = winograd.conv2d(x, weight, padding[0] if reflect else 0)
        return y if bias is None else y + bias[:, None, None].to(y.dtype)
    if reflect:
        x, padding = pad(x, padding[0], "reflect"), (0, 0)
    return (as_product if few else F.conv2d)(x, weight, bias, stride, padding)


def as_product(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: HeightWidth = (1, 1), padding: HeightWidth = (0, 0)
) -> Tensor:
    """Compute `F.conv2d` as one matrix product.

    For a few pixels of many channels, which are fewer than the weights, oneDNN takes longer to lay the weights out
    than to multiply them.
    """
    x = autocasted(x)
    columns = F.unfold(x.contiguous(), weight.shape[-2:], padding=padding, stride=stride)
    with torch.autocast(x.device.type, enabled=False):
        y = cached(weight, x.dtype, cast).flatten(1) @ columns
    y = y if bias is None else y + bias[:, None].to(y.dtype)
    return y.unflatten(2, out_size(x, weight, stride, padding)).contiguous(memory_format=torch.channels_last)


def out_size(x: Tensor, weight: Tensor, stride: HeightWidth, padding: HeightWidth) -> torch.Size:
    """Return height and width of the result of a convolution."""
    sizes = zip(x.shape[-2:], weight.shape[-2:], stride, padding, strict=True)
    return torch.Size((size + 2 * pad - kernel) // step + 1 for size, kernel, step, pad in sizes)


def pad(x: Tensor, amount: int, mode: str) -> Tensor:
    """Pad `x` (N, C, H, W) on all sides, in its own dtype even under autocast."""
    with torch.autocast(x.device.type, enabled=False):
        return F.pad(x, (amount,) * 4, mode=mode)


def reflected(size: int, device: torch.device) -> Tensor:
    """Return the source of each pixel of an axis of `size`, resized to twice that and padded by two reflected ones."""
    positions = torch.arange(size, device=device).repeat_interleave(2)
    return torch.cat((positions[[2, 1]], positions, positions[[-2, -3]]))


def repeated(size: int, device: torch.device) -> Tensor:
    """Return the same as `reflected`, where the padding repeats the outermost pixels."""
    return (torch.arange(-2, 2 * size + 2, device=device) // 2).clamp(0, size - 1)


def first_and_last_row(weight: Tensor, dtype: torch.dtype) -> Tensor:
    """5x5 kernels (C', C, 5, 5) -> their first and last row, as kernels (2 C', C, 1, 5)."""
    return torch.cat((weight[:, :, :1], weight[:, :, -1:])).to(dtype)


def first_and_last_column(weight: Tensor, dtype: torch.dtype) -> Tensor:
    """5x5 kernels (C', C, 5, 5) -> their first and last column, as kernels (2 C', C, 5, 1)."""
    return torch.cat((weight[..., :1], weight[..., -1:])).to(dtype)


def four_kernels(weight: Tensor, dtype: torch.dtype) -> Tensor:
    """5x5 kernels (C', C, 5, 5) -> the 3x3 kernels (4 C', C, 3, 3) of the four outputs of each pixel."""
    return torch.cat([kernel for rows in phases(weight, 2) for kernel in phases(rows, 3)]).to(dtype)


def phases(kernel: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """Sum five weights to the three that they are on pixels of half the resolution, for even and for odd outputs."""
    a, b, c, d, e = kernel.unbind(dim)
    return torch.stack((a + b, c + d, e), dim), torch.stack((a, b + c, d + e), dim)
