"""The speed that a turn or a translation is computed with, and the tensors derived from weights meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from .choice import Speed

Derive = Callable[[Tensor, torch.dtype], Tensor]


class WeightCache:
    """Tensors derived from weights: casts, and kernels in the form that a faster convolution multiplies with."""

    def __init__(self) -> None:
        # Keep the weight too: once it is freed, Python may give its id to another tensor.
        self._made: dict[tuple, tuple[Tensor, Tensor]] = {}

    def get_or_make(self, weight: Tensor, dtype: torch.dtype, make: Derive) -> Tensor:
        """Return `make(weight, dtype)`, computed once.

        What is derived from a frozen weight in a graph is not kept: the turn in which the weight learns cannot use it.
        """
        learns = torch.is_grad_enabled() and weight.requires_grad
        if torch.is_grad_enabled() and not learns:
            return make(weight, dtype)
        key = id(weight), dtype, make, torch.is_inference_mode_enabled(), learns
        if key not in self._made:
            self._made[key] = weight, make(weight, dtype)
        return self._made[key][1]

    def holds(self, tensor: Tensor) -> bool:
        """Return True if `tensor` was derived here."""
        return any(made is tensor for _, made in self._made.values())

    def forget(self, weights: Iterable[Tensor]) -> None:
        """Drop the tensors derived from `weights`, which change, and what was derived from these in turn."""
        changed = {id(weight) for weight in weights}
        for key, (_, made) in list(self._made.items()):  # A tensor comes after the one that it was derived from.
            if key[0] in changed:
                changed.add(id(made))
                del self._made[key]


class Active(NamedTuple):
    """A speed in use, and its cache of derived weights."""

    speed: Speed
    cache: WeightCache


_active: ContextVar[Active | None] = ContextVar("active", default=None)


@contextmanager
def computing(speed: Speed, cache: WeightCache | None = None) -> Iterator[None]:
    """Let converted layers compute with `speed`, and `cached` derive each weight once, as autocast does with its casts.

    A caller's own `cache` serves several `with` blocks; it has to forget weights that change in between.
    """
    token = _active.set(Active(speed, cache or WeightCache()))
    try:
        yield
    finally:
        _active.reset(token)


def active() -> Active | None:
    """Return the speed in use around the caller, if there is one."""
    return _active.get()


def in_memory_format(images: Tensor) -> Tensor:
    """Return images (N, C, H, W) in the memory format of the active speed, channels first without one.

    The layers of a network keep the format, and on a CPU choose by it how to compute.
    """
    inside = active()
    if inside is None or not inside.speed.channels_last:
        return images.contiguous() if images.device.type == "cpu" else images
    if images.shape[1] == 1:  # One channel is contiguous either way: set the strides that tell the layers what to do.
        return images.contiguous().flatten(0, 1)[..., None].permute(0, 3, 1, 2)
    return images.contiguous(memory_format=torch.channels_last)


def channels_last(x: Tensor) -> bool:
    """Return True if `x` (N, C, H, W) lies channels last in the memory of a CPU."""
    return x.device.type == "cpu" and x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous()


def compiles() -> bool:
    """Return True if the active speed has chains of sums compiled."""
    inside = active()
    return inside is not None and inside.speed.compiled


def cached(weight: Tensor, dtype: torch.dtype, make: Derive) -> Tensor:
    """Return `make(weight, dtype)` of a parameter or of a cached tensor, from the active cache if it is there.

    `make` must be linear in the weight: its backward may run once per graph, so it must not save tensors.
    """
    inside = active()
    if inside is None or not (isinstance(weight, nn.Parameter) or inside.cache.holds(weight)):
        return make(weight, dtype)
    return inside.cache.get_or_make(weight, dtype, make)


def cast(weight: Tensor, dtype: torch.dtype) -> Tensor:
    """Return `weight` in `dtype`."""
    return weight.to(dtype)
