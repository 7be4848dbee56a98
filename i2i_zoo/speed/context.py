"""How a turn is computed: the memory format of images, forms of weights that are made once, and whether features are
computed twice (gradient checkpointing)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Forms:
    """Forms of weights that were made."""

    def __init__(self) -> None:
        self._made: dict[tuple, tuple[Tensor, Tensor]] = {}  # with their weights, lest an id passes on

    def of(self, weight: Tensor, dtype: torch.dtype, make: Callable[[Tensor, torch.dtype], Tensor]) -> Tensor:
        """`make(weight, dtype)`, or the one of before.

        Those of a frozen weight in a graph are not kept: its own turn, in which it learns, cannot use them.
        """
        learns = torch.is_grad_enabled() and weight.requires_grad
        if torch.is_grad_enabled() and not learns:
            return make(weight, dtype)
        key = id(weight), dtype, make, torch.is_inference_mode_enabled(), learns
        if key not in self._made:
            self._made[key] = weight, make(weight, dtype)
        return self._made[key][1]

    def holds(self, tensor: Tensor) -> bool:
        """Whether `tensor` is one of them."""
        return any(made is tensor for _, made in self._made.values())

    def forget(self, weights: Iterable[Tensor]) -> None:
        """Those of `weights`, which change, and forms of such forms."""
        changed = {id(weight) for weight in weights}
        for key, (_, made) in list(self._made.items()):  # in the order in which they were made
            if key[0] in changed:
                changed.add(id(made))
                del self._made[key]


class Scope(NamedTuple):
    """`channels_last`: images are laid out so; `compiled`: sums are; `checkpointing`: `recomputed` does so, or for what
    is cheap (`light`); `forms`: of weights, that `shared` made."""

    channels_last: bool
    compiled: bool
    checkpointing: bool
    light: bool
    forms: Forms


_scope: ContextVar[Scope | None] = ContextVar("scope", default=None)


@contextmanager
def scope(
    channels_last: bool = False,
    compiled: bool = False,
    checkpointing: bool = False,
    light: bool = False,
    forms: Forms | None = None,
) -> Iterator[None]:
    """Inside, `shared` forms of weights are made once. Autocast does so with its own casts.

    `forms`: the caller's, for several scopes; it makes them forget weights that change in between.
    """
    token = _scope.set(Scope(channels_last, compiled, checkpointing, light, forms or Forms()))
    try:
        yield
    finally:
        _scope.reset(token)


def arranged(images: Tensor) -> Tensor:
    """(N, C, H, W) in the memory format of the scope, channels first where there is none; the layers of a network keep
    it, and on a CPU tell by it how to compute."""
    inside = _scope.get()
    if inside is None or not inside.channels_last:
        return images.contiguous() if images.device.type == "cpu" else images
    if images.shape[1] == 1:  # is contiguous either way; the strides tell the layers what to do
        return images.contiguous().flatten(0, 1)[..., None].permute(0, 3, 1, 2)
    return images.contiguous(memory_format=torch.channels_last)


def channels_last(x: Tensor) -> bool:
    """Return True if `x` (N, C, H, W) lies channels last in the memory of a CPU."""
    return x.device.type == "cpu" and x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous()


def compiles() -> bool:
    """Whether the scope says that chains of sums are compiled."""
    inside = _scope.get()
    return inside is not None and inside.compiled


def active() -> Scope | None:
    """Return the scope around the caller, if there is one."""
    return _scope.get()


def shared(weight: Tensor, dtype: torch.dtype, make: Callable[[Tensor, torch.dtype], Tensor]) -> Tensor:
    """`make(weight, dtype)` of a parameter or a form that was shared; inside a `scope` the one of before. Its gradient
    must not need anything saved: several graphs may lead through it."""
    inside = _scope.get()
    if inside is None or not (isinstance(weight, nn.Parameter) or inside.forms.holds(weight)):
        return make(weight, dtype)
    return inside.forms.of(weight, dtype, make)


def cast(weight: Tensor, dtype: torch.dtype) -> Tensor:
    """`weight` in `dtype`."""
    return weight.to(dtype)
