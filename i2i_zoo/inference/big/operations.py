"""What operations of torch become for features in bands: which rows of the input each row of the output takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils._pytree import tree_leaves, tree_map

from ...errors import UserError
from .bands import READS, Bands

aten = torch.ops.aten
Operation = Callable[..., Any]
_KNOWN: dict[Any, Operation] = {}
UNTAGGED = {aten.hardswish.default, aten.hardswish_.default, aten.hardsigmoid_.default}  # pointwise, too


def operation(*functions: Any) -> Callable[[Operation], Operation]:
    """Register what answers for functions of ATen; it is given the function, then its arguments."""

    def register(answer: Operation) -> Operation:
        _KNOWN.update(dict.fromkeys(functions, answer))
        return answer

    return register


def find(function: Any) -> Operation | None:
    """What answers for a function of ATen: each pointwise one is known."""
    return _KNOWN.get(function) or (pointwise if function in UNTAGGED or torch.Tag.pointwise in function.tags else None)


def meta(value: Any) -> Any:
    """An argument without its numbers."""
    if isinstance(value, Bands):
        return value.like
    return torch.empty_like(value, device="meta") if isinstance(value, Tensor) else value


def shaped(function: Any, *args: Any, **kwargs: Any) -> Any:
    """What the function gives, without numbers."""
    return function(*tree_map(meta, args), **tree_map(meta, kwargs))


def by_rows(first: Bands, like: Tensor, axis: int, rows: Callable[[int, int], Tensor], reads: int = 0) -> Bands:
    """Features that are computed when they are read; stored now if they would be computed of too many."""
    found = Bands(like, axis, rows, reads or first.reads, first.work)
    return found.kept() if found.reads > READS else found


def pointwise(function: Any, *args: Any, **kwargs: Any) -> Bands:
    """Each row of the output is made of the same row of each input."""
    inputs = list({id(leaf): leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Bands)}.values())
    like, first = shaped(function, *args, **kwargs), inputs[0]
    from_end = first.like.ndim - first.axis

    def rows(start: int, stop: int) -> Tensor:
        read = {id(each): each.rows(start, stop) for each in inputs}

        def cut(value: Any) -> Any:
            if isinstance(value, Bands):
                return read[id(value)]
            tall = isinstance(value, Tensor) and value.ndim >= from_end and value.shape[-from_end] > 1
            return value.narrow(value.ndim - from_end, start, stop - start) if tall else value

        return quiet(function)(*tree_map(cut, args), **tree_map(cut, kwargs))

    return by_rows(first, like, like.ndim - from_end, rows, sum(each.reads for each in inputs))


def quiet(function: Any) -> Any:
    """The function that makes a new tensor, in place of one that changes its first: bands may be on a shelf."""
    name = function.name().removeprefix("aten::").split(".")[0]
    return getattr(aten, name.removesuffix("_")) if function._schema.is_mutable else function


@operation(aten.detach.default, aten.alias.default, aten.clone.default, aten.contiguous.default, aten.dropout.default)
def same(function: Any, x: Bands, *args: Any, **kwargs: Any) -> Bands:
    if function is aten.dropout.default and args[1]:
        raise UserError("dropout of a network in training mode has no place in a translation; call model.eval() first")
    return x


@operation(aten._to_copy.default, aten.to.dtype, aten.to.dtype_layout, aten.to.device, aten.to.other)
def convert(function: Any, x: Bands, *args: Any, **kwargs: Any) -> Bands:
    """To another type of number; the device is always that of the workshop."""
    kinds = [a.dtype if isinstance(a, Tensor) else a for a in (*args, kwargs.get("dtype"), kwargs.get("other"))]
    kind = next((k for k in kinds if isinstance(k, torch.dtype)), x.like.dtype)
    if kind == x.like.dtype:
        return x
    return by_rows(x, x.like.to(kind), x.axis, lambda start, stop: x.rows(start, stop).to(kind))


@operation(aten.cat.default)
def cat(function: Any, tensors: Sequence[Bands | Tensor], dim: int = 0) -> Bands:
    found = pointwise(function, tensors, dim)
    if not found.stored:
        found.made_of = ("cat", dim % found.like.ndim, tuple(tensors))
    return found


@operation(aten.split_with_sizes.default, aten.split.sizes, aten.split.Tensor, aten.chunk.default)
def split(function: Any, x: Bands, sizes: int | Sequence[int], dim: int = 0) -> list[Bands]:
    """Along channels. What was joined just so is taken apart again, lest each part be made of all."""
    parts, dim = shaped(function, x, sizes, dim), dim % x.like.ndim
    kind, *made = x.made_of or ("",)
    if kind == "cat" and made[0] == dim and [p.shape for p in parts] == [meta(p).shape for p in made[1]]:
        return list(made[1])
    starts = [sum(part.shape[dim] for part in parts[:i]) for i in range(len(parts))]
    return [cut(x, dim, start, part.shape[dim]) for start, part in zip(starts, parts, strict=True)]


@operation(aten.slice.Tensor)
def slices(function: Any, x: Bands, dim: int = 0, start: int | None = None, stop: int | None = None, step: int = 1):
    size, dim = x.like.shape[dim], dim % x.like.ndim
    start, stop, _ = slice(start, stop).indices(size)
    if step != 1:
        return picked(x, dim, torch.arange(start, stop, step))
    return x if (start, stop) == (0, size) else cut(x, dim, start, stop - start)


def cut(x: Bands, dim: int, first: int, count: int) -> Bands:
    """`narrow`, along the rows too."""
    like = x.like.narrow(dim, first, count)
    if dim == x.axis:
        return by_rows(x, like, x.axis, lambda start, stop: x.rows(start + first, stop + first))
    return by_rows(x, like, x.axis, lambda start, stop: x.rows(start, stop).narrow(dim, first, count))


@operation(aten.index_select.default)
def select(function: Any, x: Bands, dim: int, index: Tensor) -> Bands:
    return picked(x, dim % x.like.ndim, index)


def picked(x: Bands, dim: int, index: Tensor) -> Bands:
    """Rows or columns by their number; rows lie near each other for each band, as reflection has them."""
    like = x.like.index_select(dim, torch.empty(len(index), dtype=torch.long, device="meta"))

    def rows(start: int, stop: int) -> Tensor:
        if dim != x.axis:
            return x.rows(start, stop).index_select(dim, index)
        wanted = index[start:stop]
        first, last = int(wanted.min()), int(wanted.max())
        found = x.rows(first, last + 1)
        whole = len(wanted) == last + 1 - first and bool((wanted.diff() == 1).all())
        return found if whole else found.index_select(dim, wanted - first)

    return by_rows(x, like, x.axis, rows)


@operation(aten.permute.default)
def permute(function: Any, x: Bands, dims: Sequence[int]) -> Bands:
    order = [dim % x.like.ndim for dim in dims]
    like = x.like.permute(order)
    return by_rows(x, like, order.index(x.axis), lambda start, stop: x.rows(start, stop).permute(order))


@operation(aten.linear.default, aten.layer_norm.default, aten.native_layer_norm.default)
def of_last(function: Any, x: Bands, *args: Any, **kwargs: Any) -> Bands | tuple[Bands, ...]:
    """Of the last dimensions, which must not be that of the rows."""
    spans = len(args[0]) if function is not aten.linear.default else 1
    if x.axis >= x.like.ndim - spans:
        raise UserError("a layer along a picture's height has no bands; leave out --tile, or take a smaller --size")
    like = shaped(function, x, *args, **kwargs)
    several = isinstance(like, tuple)

    def rows(start: int, stop: int) -> Tensor:
        found = function(x.rows(start, stop), *args, **kwargs)
        return found[0] if several else found

    answer = by_rows(x, like[0] if several else like, x.axis, rows)
    return (answer, None, None) if several else answer


@operation(aten.reflection_pad2d.default, aten.replication_pad2d.default)
def pad(function: Any, x: Bands, padding: Sequence[int]) -> Bands:
    """Rows are padded by number, columns by torch."""
    left, right, top, bottom = padding
    position = torch.arange(-top, x.like.shape[2] + bottom)
    last = x.like.shape[2] - 1
    mirrored = last - (last - position.abs()).abs() if function is aten.reflection_pad2d.default else None
    if top or bottom:
        x = picked(x, 2, position.clamp(0, last) if mirrored is None else mirrored)
    like = shaped(function, x, [left, right, 0, 0])
    return by_rows(x, like, 2, lambda start, stop: function(x.rows(start, stop), [left, right, 0, 0]))


@operation(aten.constant_pad_nd.default)
def pad_constant(function: Any, x: Bands, padding: Sequence[int], value: float = 0) -> Bands:
    above = padding[2] if len(padding) >= 4 else 0
    others = [*padding[:2], 0, 0, *padding[4:]]

    def rows(start: int, stop: int) -> Tensor:
        first, last = max(start - above, 0), min(stop - above, x.height)
        wide = function(x.rows(first, max(last, first)), others, value)
        return F.pad(wide, (0, 0, first - start + above, stop - above - max(last, first)), value=value)

    return by_rows(x, shaped(function, x, padding, value), x.axis, rows)


@operation(aten.upsample_nearest2d.vec, aten.upsample_nearest2d.default)
def upsample(function: Any, x: Bands, *args: Any, **kwargs: Any) -> Bands:
    like = shaped(function, x, *args, **kwargs)
    ratios = [new / old for new, old in zip(like.shape[2:], x.like.shape[2:], strict=True)]
    if any(ratio != int(ratio) for ratio in ratios):
        raise UserError(
            "features are resized by a fraction, which bands do not know; leave out --tile, or take a smaller --size"
        )
    return enlarged(x, like, int(ratios[0]), lambda part: F.interpolate(part, scale_factor=ratios, mode="nearest"))


@operation(aten.pixel_shuffle.default)
def shuffle(function: Any, x: Bands, factor: int) -> Bands:
    """What was taken apart just so is put together again without computing."""
    if x.made_of[:2] == ("unshuffle", factor):
        return x.made_of[2]
    return enlarged(x, shaped(function, x, factor), factor, lambda part: function(part, factor))


def enlarged(x: Bands, like: Tensor, factor: int, enlarge: Callable[[Tensor], Tensor]) -> Bands:
    """Each row becomes `factor` rows."""

    def rows(start: int, stop: int) -> Tensor:
        first = start // factor
        part = enlarge(x.rows(first, -(-stop // factor)))
        return part.narrow(x.axis, start - first * factor, stop - start)

    return by_rows(x, like, x.axis, rows)


@operation(aten.pixel_unshuffle.default)
def unshuffle(function: Any, x: Bands, factor: int) -> Bands:
    def rows(start: int, stop: int) -> Tensor:
        return function(x.rows(start * factor, stop * factor), factor)

    found = by_rows(x, shaped(function, x, factor), x.axis, rows)
    if not found.stored:
        found.made_of = ("unshuffle", factor, x)
    return found


from . import convolutions, reductions  # noqa: E402, F401  they register theirs
