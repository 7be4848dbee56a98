"""Tensors of which no more than a band of rows is in memory: torch computes with them as with any other.

A network that is given a `Banded` image gives a `Banded` answer. It is the network's own code that runs, once: each
operation of torch on such a tensor is answered by one of `operations`. What convolutions give is computed at once, band
by band, and kept on a shelf; what stands between two of them is computed for a band when the next one reads it. So no
tile has a border, and means over the picture are just that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from ...errors import UserError
from .shelf import Shelf, Stored
from .tape import Tape

BAND = 2**25  # bytes of a band of features
READS = 3  # stored features that a band may be computed of, before it is worth storing itself


@dataclass
class Workshop:
    """Where bands are computed and kept."""

    device: torch.device
    shelf: Shelf
    band: int = BAND
    tick: Callable[[int], None] = field(default=lambda done: None)  # is told multiplications that were done
    tape: Tape | None = None  # statistics of another picture, for networks that are to have those


@dataclass(eq=False)
class Bands:
    """Features (1, ...) with rows along `axis`; `rows(start, stop)` computes some of them."""

    like: Tensor  # on the meta device: shape and dtype
    axis: int
    rows: Callable[[int, int], Tensor]
    reads: int  # stored features that are read for a row
    work: Workshop
    stored: Stored | None = None
    made_of: tuple[Any, ...] = ()  # the operation and its arguments, where a later one may want to know

    @property
    def height(self) -> int:
        return self.like.shape[self.axis]

    def step(self, factor: float = 1) -> int:
        """Rows of a band, if `factor` bands of this size are in memory for it."""
        row = self.like.numel() // self.height * 4
        return max(2, int(self.work.band / factor / row) // 2 * 2)  # even, as fast convolutions take them

    def kept(self) -> Bands:
        """These features on the shelf."""
        if self.stored:
            return self
        stored = self.work.shelf.new(self.like.shape, self.axis, self.like.dtype)
        for start in range(0, self.height, step := self.step(2)):
            stored.write(start, self.rows(start, min(start + step, self.height)))
        return on_shelf(stored, self.work)


def on_shelf(stored: Stored, work: Workshop) -> Bands:
    """Features that are stored."""

    def rows(start: int, stop: int) -> Tensor:
        return stored.read(start, stop).to(work.device)

    like = torch.empty(stored.shape, dtype=stored.dtype, device="meta")
    return Bands(like, stored.axis, rows, 1, work, stored)


class Banded(Tensor):
    """`Bands` as a tensor, for code that knows nothing of them."""

    bands: Bands
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, bands: Bands) -> Banded:
        shape, kind = bands.like.shape, bands.like.dtype
        self = Tensor._make_wrapper_subclass(cls, shape, dtype=kind, device=bands.work.device)
        self.bands = bands
        return self

    def __repr__(self) -> str:
        return f"Banded({tuple(self.shape)}, {self.dtype})"

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        from .operations import find

        kwargs = kwargs or {}
        if not (operation := find(func)):
            if (found := func.decompose(*args, **kwargs)) is not NotImplemented:
                return found
            name = func.name().removeprefix("aten::")
            raise UserError(f"`{name}` is not known for pictures in bands; leave out --tile, or take a smaller --size")
        with torch.autocast(args_device(args).type, enabled=False):
            found = operation(func, *tree_map(unwrapped, args), **tree_map(unwrapped, kwargs))
        if func._schema.is_mutable:  # `relu_` and its like
            args[0].bands = found
            return args[0]
        return tree_map(wrapped, found)


def args_device(args: Any) -> torch.device:
    """The device of the first tensor among arguments, which may be in a list."""
    for arg in args:
        if isinstance(arg, Tensor):
            return arg.device
        if isinstance(arg, list | tuple) and arg and isinstance(arg[0], Tensor):
            return arg[0].device
    return torch.device("cpu")


def unwrapped(value: Any) -> Any:
    return value.bands if isinstance(value, Banded) else value


def wrapped(value: Any) -> Any:
    return Banded(value) if isinstance(value, Bands) else value
