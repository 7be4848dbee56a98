"""Convolutions and pooling of features in bands: computed at once, band by band, and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ...speed.convolutions import convolve
from .bands import Bands, on_shelf
from .operations import aten, operation, shaped

Ints = Sequence[int]
FEW = 4  # output channels, for which a processor multiplies as long as for 16


def computed(x: Bands, like: Tensor, rows: Callable[[int, int], Tensor], work: int) -> Bands:
    """Compute all rows, band by band; `work` multiplications a row."""
    stored = x.work.shelf.new(like.shape, 2, like.dtype)
    out, height = on_shelf(stored, x.work), like.shape[2]
    step = max(2, min(out.step(), int(x.step() * height / x.height) // 2 * 2))
    for start in range(0, height, step):
        stop = min(start + step, height)
        stored.write(start, rows(start, stop))
        x.work.tick(work * (stop - start))
    return out


def window(x: Bands, first: int, last: int, value: float = 0.0) -> Tensor:
    """Rows `first` to `last`, those beyond the picture made of `value`."""
    inside = x.rows(max(first, 0), min(last, x.height))
    beyond = max(-first, 0), max(last - x.height, 0)
    return F.pad(inside, (0, 0, *beyond), value=value) if any(beyond) else inside


@operation(aten.convolution.default)
def convolution(
    function: Any,
    x: Bands,
    weight: Tensor,
    bias: Tensor | None,
    stride: Ints,
    padding: Ints,
    dilation: Ints,
    transposed: bool,
    output_padding: Ints,
    groups: int,
) -> Bands:
    like = shaped(function, x, weight, bias, stride, padding, dilation, transposed, output_padding, groups)
    options = stride, padding, dilation, output_padding, groups
    find_rows = transposed_rows if transposed else convolved_rows
    work = weight.numel() * (like.shape[3] if not transposed else x.like.shape[3] // stride[0])
    return computed(x, like, find_rows(x, weight, bias, *options), work)


@operation(aten.conv2d.default)
def conv2d(
    function: Any,
    x: Bands,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Ints = (1, 1),
    padding: Ints = (0, 0),
    dilation: Ints = (1, 1),
    groups: int = 1,
) -> Bands:
    stride, padding, dilation = (pair(each) for each in (stride, padding, dilation))
    options = stride, padding, dilation, False, (0, 0), groups
    return convolution(aten.convolution.default, x, weight, bias, *options)


@operation(aten.conv_transpose2d.input)
def conv_transpose2d(
    function: Any,
    x: Bands,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Ints = (1, 1),
    padding: Ints = (0, 0),
    output_padding: Ints = (0, 0),
    groups: int = 1,
    dilation: Ints = (1, 1),
) -> Bands:
    stride, padding, output_padding, dilation = (pair(each) for each in (stride, padding, output_padding, dilation))
    options = stride, padding, dilation, True, output_padding, groups
    return convolution(aten.convolution.default, x, weight, bias, *options)


def pair(given: Ints) -> tuple[int, int]:
    return tuple(given) if len(given) == 2 else (given[0], given[0])


def convolved_rows(
    x: Bands, weight: Tensor, bias: Tensor | None, stride: Ints, padding: Ints, dilation: Ints, _: Ints, groups: int
) -> Callable[[int, int], Tensor]:
    """Row r takes the rows from stride r - padding on, as many as the kernel has."""
    reach = (weight.shape[2] - 1) * dilation[0] + 1
    plain = groups > 1 or max(dilation) > 1

    def rows(start: int, stop: int) -> Tensor:
        first = start * stride[0] - padding[0]
        part = laid_out(window(x, first, (stop - 1) * stride[0] - padding[0] + reach))
        sides = (0, padding[1])
        if plain:
            return F.conv2d(part, weight, bias, stride, sides, dilation, groups)
        if len(weight) <= FEW and max(stride) == 1 and not padding[1] and weight.shape[2] > 1:
            return by_kernel_rows(part, weight, bias)
        return convolve(part, weight, bias, tuple(stride), sides)

    return rows


def by_kernel_rows(part: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """A convolution to few channels: each row of the kernel is one of more outputs, moved into place afterwards."""
    size = weight.shape[2]
    height = part.shape[2] - size + 1
    found = F.conv2d(part, weight.movedim(2, 0).flatten(0, 1)[:, :, None])
    answer = sum(each[:, :, i : i + height] for i, each in enumerate(found.chunk(size, dim=1)))
    return answer if bias is None else answer + bias[:, None, None]


def transposed_rows(
    x: Bands,
    weight: Tensor,
    bias: Tensor | None,
    stride: Ints,
    padding: Ints,
    dilation: Ints,
    output_padding: Ints,
    groups: int,
) -> Callable[[int, int], Tensor]:
    """Input row r gives to the rows from stride r - padding on, as many as the kernel has."""
    reach = (weight.shape[2] - 1) * dilation[0] + 1

    def rows(start: int, stop: int) -> Tensor:
        first = max(0, -(-(start + padding[0] - reach + 1) // stride[0]))
        last = min(x.height, (stop - 1 + padding[0]) // stride[0] + 1)
        sides, wider = (0, padding[1]), (0, output_padding[1])
        part = laid_out(x.rows(first, last))
        whole = F.conv_transpose2d(part, weight, None, tuple(stride), sides, wider, groups, tuple(dilation))
        skipped = start - (first * stride[0] - padding[0])
        found = F.pad(whole, (0, 0, 0, max(0, skipped + stop - start - whole.shape[2])))
        found = found[:, :, skipped : skipped + stop - start]
        return found if bias is None else found + bias[:, None, None]

    return rows


def laid_out(part: Tensor) -> Tensor:
    """Channels last on a CPU, where that is fast."""
    return part.contiguous(memory_format=torch.channels_last) if part.device.type == "cpu" else part


@operation(aten.max_pool2d.default, aten.max_pool2d_with_indices.default, aten.avg_pool2d.default)
def pool(
    function: Any, x: Bands, kernel: Ints, stride: Ints = (), padding: Ints = (0, 0), *more: Any, **kwargs: Any
) -> Any:
    """Rows beyond the picture are the least of numbers for a maximum; a mean counts them as torch does."""
    indexed = function is aten.max_pool2d_with_indices.default
    like = shaped(function, x, kernel, stride, padding, *more, **kwargs)
    like = like[0] if indexed else like
    (high, wide), (down, across), (above, beside) = (pair(each) for each in (kernel, stride or kernel, padding))
    maximum = function is not aten.avg_pool2d.default

    def rows(start: int, stop: int) -> Tensor:
        first, last = start * down - above, (stop - 1) * down - above + high
        if maximum:
            part = window(x, first, last, -torch.inf)
            return F.max_pool2d(part, (high, wide), (down, across), (0, beside))
        means = F.avg_pool2d(window(x, first, last), (high, wide), (down, across), (0, beside))
        counted = len(more) < 2 or more[1]
        if counted or not above:
            return means
        ones = Bands(x.like, 2, lambda a, b: torch.ones(1, 1, b - a, 1, device=x.work.device), 0, x.work)
        return means / F.avg_pool2d(window(ones, first, last), (high, 1), (down, 1))

    found = computed(x, like, rows, prod(like.shape[1:2]) * like.shape[3] * high)
    return (found, None) if indexed else found
