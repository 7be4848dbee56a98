"""Means and norms over a whole picture, of which no more than a band is in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from ...errors import UserError
from .bands import Bands
from .moments import Moments
from .operations import aten, by_rows, operation, shaped

PLACES = {2, 3}  # the dimensions of height and width


def moments(x: Bands) -> Moments:
    """Mean and variance of each channel: those of the tape, that were found when the features were stored, or now."""
    return x.work.tape.answer(lambda: own_moments(x)) if x.work.tape else own_moments(x)


def own_moments(x: Bands) -> Moments:
    if x.stored:
        return x.stored.moments
    if x.like.ndim != 4 or x.axis != 2:
        raise UserError(
            "a mean of features that do not lie as a picture has no bands; leave out --tile, or take a smaller --size"
        )
    found = Moments(x.like.shape[1])
    over_bands(x, found.see)
    return found


def over_bands(x: Bands, see: Callable[[Tensor], Any]) -> list[Any]:
    """What `see` gives for each band."""
    step = x.step(2)
    return [see(x.rows(start, min(start + step, x.height))) for start in range(0, x.height, step)]


def dims_of(x: Bands, dims: int | Sequence[int] | None) -> set[int]:
    """The dimensions of a reduction, counted from the front."""
    chosen = [dims] if isinstance(dims, int) else dims or range(x.like.ndim)
    return {dim % x.like.ndim for dim in chosen}


def by_moments(x: Bands, dims: set[int]) -> tuple[Tensor, Tensor, int]:
    """Biased variance, mean and the count of numbers behind each, over places or over places and channels."""
    if dims - {0, 1} != PLACES:
        raise UserError(
            "a mean over some of a picture's sides has no bands; leave out --tile, or take a smaller --size"
        )
    channels = x.like.shape[1]
    variance, mean = moments(x).over(1 if 1 in dims else channels)
    return variance, mean, x.like.numel() // len(mean)


def placed(numbers: Tensor, x: Bands, dims: set[int], keep: bool) -> Tensor:
    """One number for each channel, or one, as torch shapes it."""
    shaped = numbers.to(x.work.device, x.like.dtype).view(1, -1, 1, 1)
    return shaped if keep else shaped.squeeze(sorted(dims))


@operation(aten.mean.dim, aten.mean.default)
def mean(function: Any, x: Bands, dim: Any = None, keepdim: bool = False, **kwargs: Any) -> Bands | Tensor:
    if dim is not None and x.axis not in (dims := dims_of(x, dim)):
        like = shaped(function, x, dim, keepdim, **kwargs)
        axis = x.axis if keepdim else x.axis - sum(each < x.axis for each in dims)
        return by_rows(x, like, axis, lambda start, stop: function(x.rows(start, stop), dim, keepdim, **kwargs))
    dims = dims_of(x, dim)
    return placed(by_moments(x, dims)[1], x, dims, keepdim)


@operation(aten.var_mean.correction)
def var_mean(
    function: Any, x: Bands, dim: Any = None, *, correction: float | None = None, keepdim: bool = False
) -> tuple[Tensor, Tensor]:
    dims = dims_of(x, dim)
    variance, mean, count = by_moments(x, dims)
    variance = variance * (count / (count - (1 if correction is None else correction)))
    return placed(variance, x, dims, keepdim), placed(mean, x, dims, keepdim)


@operation(aten.amax.default, aten.amin.default)
def extreme(function: Any, x: Bands, dim: Any = (), keepdim: bool = False) -> Tensor:
    if not dims_of(x, dim) >= PLACES:
        raise UserError(
            "an extreme over some of a picture's sides has no bands; leave out --tile, or take a smaller --size"
        )

    def find() -> Tensor:
        return function(torch.stack(over_bands(x, lambda part: function(part, dim, keepdim))), 0)

    return x.work.tape.answer(find) if x.work.tape else find()


@operation(aten.adaptive_avg_pool2d.default, aten._adaptive_avg_pool2d.default)
def pool(function: Any, x: Bands, size: Sequence[int]) -> Tensor:
    if list(size) != [1, 1]:
        raise UserError(
            "an adaptive pooling to several places has no bands; leave out --tile, or take a smaller --size"
        )
    return placed(by_moments(x, PLACES)[1], x, PLACES, True)


def scaled(x: Bands, scale: Tensor, shift: Tensor) -> Bands:
    """scale x + shift, (C,) each in float64 and found over the whole picture."""
    scale, shift = (each.to(x.work.device, torch.float32).view(1, -1, 1, 1) for each in (scale, shift))

    def rows(start: int, stop: int) -> Tensor:
        part = x.rows(start, stop)
        return torch.addcmul(shift, part.float(), scale).to(part.dtype)

    return by_rows(x, x.like, x.axis, rows)


@operation(aten.native_group_norm.default)
def group_norm(
    function: Any,
    x: Bands,
    weight: Tensor | None,
    bias: Tensor | None,
    n: int,
    channels: int,
    places: int,
    groups: int,
    eps: float,
) -> tuple[Bands, Tensor, Tensor]:
    variance, mean = moments(x).over(groups)
    rate = (variance + eps).rsqrt()
    rates, means = (each.repeat_interleave(channels // groups) for each in (rate, mean))
    scale = rates if weight is None else rates * weight.double().cpu()
    shift = -means * scale + (0 if bias is None else bias.double().cpu())
    return scaled(x, scale, shift), mean[None].float(), rate[None].float()


@operation(aten.native_batch_norm.default)
def batch_norm(
    function: Any,
    x: Bands,
    weight: Tensor | None,
    bias: Tensor | None,
    known_mean: Tensor | None,
    known_variance: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
) -> tuple[Bands, Tensor, Tensor]:
    if training or known_mean is None or known_variance is None:
        variance, mean = moments(x).over(x.like.shape[1])
    else:
        variance, mean = known_variance.double().cpu(), known_mean.double().cpu()
    rate = (variance + eps).rsqrt()
    scale = rate if weight is None else rate * weight.double().cpu()
    shift = -mean * scale + (0 if bias is None else bias.double().cpu())
    return scaled(x, scale, shift), mean.float(), rate.float()


@operation(aten._batch_norm_impl_index.default)
def batch_norm_of(function: Any, x: Bands, *args: Any) -> tuple[Any, ...]:
    """What `F.batch_norm` calls, before it chooses a library."""
    weight, bias, known_mean, known_variance, training, momentum, eps, *_ = args
    found = batch_norm(function, x, weight, bias, known_mean, known_variance, training, momentum, eps)
    return (*found, None, 0)


@operation(aten.batch_norm.default, aten.instance_norm.default)
def norm_of(function: Any, x: Bands, *args: Any) -> Bands:
    """What they call, before they are taken apart; an instance norm of one picture is its batch norm."""
    return batch_norm(function, x, *args[:-1])[0]


@operation(aten.group_norm.default)
def group_norm_of(
    function: Any, x: Bands, groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5, fast: bool = True
) -> Bands:
    n, channels, *sides = x.like.shape
    return group_norm(function, x, weight, bias, n, channels, sides[0] * sides[1], groups, eps)[0]
