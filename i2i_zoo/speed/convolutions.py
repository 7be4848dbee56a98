"""Convolutions that give what torch's give, in less time. `convert` makes them of `nn.Conv2d`.

The other ways are taken for features in channels-last memory format on a CPU. Channels first is plain.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn import functional as F

from ..nets.layers import autocasted
from . import winograd
from .context import cast, channels_last, shared

Pair = tuple[int, ...]
FEW = 4  # channels, as images have
PLACES = 1, 0, -1, -2  # of the second row or column, the first, the last and the last but one


class Conv2d(nn.Conv2d):
    """Padded by zeros, or by reflection alike on all sides: autocast would take bf16 features to float32 for it, and
    back again. Neither groups nor dilation."""

    def forward(self, x: Tensor) -> Tensor:
        reflect = self.padding_mode == "reflect"
        return convolve(x, self.weight, self.bias, self.stride, self.padding, reflect)


class Stem(Conv2d):
    """(N, few, H, W) -> (N, width, H, W), padded by reflection. The gradient of images of few channels, where one is
    needed, takes the processor longer than all else: for one column of the kernel at a time, whose inputs lie side by
    side, few x kernel_size channels are there."""

    def forward(self, x: Tensor) -> Tensor:
        if not channels_last(x) or not x.requires_grad or self.in_channels > FEW:
            return super().forward(x)
        x, size = pad(autocasted(x), self.padding[0], "reflect"), self.kernel_size[1]
        width = x.shape[-1] - size + 1
        columns = torch.cat([x[..., i : i + width] for i in range(size)], dim=1)
        columns = columns.contiguous(memory_format=torch.channels_last)
        return F.conv2d(columns, self.weight.movedim(3, 1).flatten(1, 2)[..., None], self.bias)


class Head(Conv2d):
    """(N, width, H, W) -> (N, few, H, W). The processor multiplies for 16 channels or more at a time: with one row of
    the kernel for each output, moved into place afterwards, few x kernel_size of them are there."""

    def forward(self, x: Tensor) -> Tensor:
        if not channels_last(x) or self.out_channels > FEW:
            return super().forward(x)
        x, size = pad(x, self.padding[0], "reflect"), self.kernel_size[0]
        height = x.shape[-2] - size + 1
        rows = F.conv2d(x, self.weight.movedim(2, 0).flatten(0, 1)[:, :, None])
        y = sum(part[:, :, i : i + height] for i, part in enumerate(rows.chunk(size, dim=1)))
        return y if self.bias is None else y + self.bias[:, None, None]


class Doubled(Conv2d):
    """Nearest-neighbor resizing to twice the size, then its 5x5 convolution with reflection, which it was alone:
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
        y = convolve(padded, shared(self.weight, x.dtype, four_kernels), bias)
        return Assemble.apply(y, *self._rows(rows), *self._columns(columns))

    def _rows(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What the ring adds to the first row and to the last one, (N, C', 1, 2 w) each, by the rows (N, C, 4, w)."""
        inner, outer, width = x[:, :, ::3], x[:, :, 1:3], x.shape[-1]
        ring = inner.index_select(3, reflected(width, x.device)) - outer.index_select(3, repeated(width, x.device))
        of_first, of_last = F.conv2d(ring, shared(self.weight, x.dtype, first_and_last_row)).chunk(2, 1)
        return of_first[:, :, :1], of_last[:, :, 1:]

    def _columns(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """To the first column and to the last one, (N, C', 2 h, 1) each, by the columns (N, C, h, 4); the corners of
        the ring are the rows'."""
        ring = x[..., ::3] - x[..., 1:3]
        ring = F.pad(ring.index_select(2, repeated(x.shape[-2], x.device)[1:-1]), (0, 0, 1, 1))
        of_first, of_last = F.conv2d(ring, shared(self.weight, x.dtype, first_and_last_column)).chunk(2, 1)
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
    """(N, 4 C, h, w), the four outputs of each pixel, and what to add to the first and last row and column ->
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
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    reflect: bool = False,
) -> Tensor:
    """`F.conv2d`, padded by zeros or by reflection, by whichever of three ways suits the sizes."""
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
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Pair = (1, 1), padding: Pair = (0, 0)
) -> Tensor:
    """`F.conv2d` as one matrix product: for a few pixels of many channels, which are fewer than the weights, oneDNN
    takes longer to lay the weights out than to multiply them."""
    x = autocasted(x)
    columns = F.unfold(x.contiguous(), weight.shape[-2:], padding=padding, stride=stride)
    with torch.autocast(x.device.type, enabled=False):
        y = shared(weight, x.dtype, cast).flatten(1) @ columns
    y = y if bias is None else y + bias[:, None].to(y.dtype)
    return y.unflatten(2, out_size(x, weight, stride, padding)).contiguous(memory_format=torch.channels_last)


def out_size(x: Tensor, weight: Tensor, stride: Pair, padding: Pair) -> torch.Size:
    """Height and width of the result of a convolution."""
    sizes = zip(x.shape[-2:], weight.shape[-2:], stride, padding, strict=True)
    return torch.Size((size + 2 * pad - kernel) // step + 1 for size, kernel, step, pad in sizes)


def pad(x: Tensor, amount: int, mode: str) -> Tensor:
    """`x` (N, C, H, W) padded on all sides, in its own dtype even under autocast."""
    with torch.autocast(x.device.type, enabled=False):
        return F.pad(x, (amount,) * 4, mode=mode)


def reflected(size: int, device: torch.device) -> Tensor:
    """Where an axis of `size` pixels lies after resizing to twice the size and reflecting two on either side."""
    positions = torch.arange(size, device=device).repeat_interleave(2)
    return torch.cat((positions[[2, 1]], positions, positions[[-2, -3]]))


def repeated(size: int, device: torch.device) -> Tensor:
    """As `reflected`, but the outermost pixels are repeated."""
    return (torch.arange(-2, 2 * size + 2, device=device) // 2).clamp(0, size - 1)


def first_and_last_row(weight: Tensor, dtype: torch.dtype) -> Tensor:
    """Those of 5x5 kernels (C', C, 5, 5), as kernels (2 C', C, 1, 5)."""
    return torch.cat((weight[:, :, :1], weight[:, :, -1:])).to(dtype)


def first_and_last_column(weight: Tensor, dtype: torch.dtype) -> Tensor:
    """Those of 5x5 kernels (C', C, 5, 5), as kernels (2 C', C, 5, 1)."""
    return torch.cat((weight[..., :1], weight[..., -1:])).to(dtype)


def four_kernels(weight: Tensor, dtype: torch.dtype) -> Tensor:
    """5x5 kernels (C', C, 5, 5) -> the 3x3 kernels (4 C', C, 3, 3) of the four outputs of each pixel."""
    return torch.cat([kernel for rows in phases(weight, 2) for kernel in phases(rows, 3)]).to(dtype)


def phases(kernel: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """The three weights that five have on pixels of half the resolution, for even outputs and for odd ones."""
    a, b, c, d, e = kernel.unbind(dim)
    return torch.stack((a + b, c + d, e), dim), torch.stack((a, b + c, d + e), dim)
