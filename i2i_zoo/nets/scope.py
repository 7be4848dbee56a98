"""How a turn is computed: the dtype of features, the memory format of images, what is made once, and what twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


class Scope(NamedTuple):
    """`channels_last`: images are laid out so; `compiled`: sums are; `checkpointing`: `recomputed` does so; `known`:
    forms of weights that were made."""

    channels_last: bool
    compiled: bool
    checkpointing: bool
    known: dict


_scope: ContextVar[Scope | None] = ContextVar("scope", default=None)


def full_precision(x: Tensor) -> Tensor:
    """`x` in float32 when it came out of autocast in less."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def autocasted(x: Tensor) -> Tensor:
    """`x` in the dtype of autocast, if that is on."""
    device = x.device.type
    return x.to(torch.get_autocast_dtype(device)) if torch.is_autocast_enabled(device) else x


@contextmanager
def scope(
    channels_last: bool = False, compiled: bool = False, checkpointing: bool = False, known: dict | None = None
) -> Iterator[None]:
    """Inside, weights do not change, and `shared` forms of them are made once. Autocast does so with its own casts.

    `known`: a dict for those forms, of the caller's, for several scopes between which weights do not change either.
    """
    token = _scope.set(Scope(channels_last, compiled, checkpointing, {} if known is None else known))
    try:
        yield
    finally:
        _scope.reset(token)


def arranged(images: Tensor) -> Tensor:
    """(N, C, H, W) in the memory format of the scope; the layers of a network keep it."""
    inside = _scope.get()
    if inside is None or not inside.channels_last:
        return images
    if images.shape[1] == 1:  # is contiguous either way; the strides tell the layers what to do
        return images.contiguous().flatten(0, 1)[..., None].permute(0, 3, 1, 2)
    return images.contiguous(memory_format=torch.channels_last)


def compiles() -> bool:
    """Whether the scope says that chains of sums are compiled."""
    inside = _scope.get()
    return inside is not None and inside.compiled


def shared(weight: Tensor, dtype: torch.dtype, make: Callable[[Tensor, torch.dtype], Tensor]) -> Tensor:
    """`make(weight, dtype)`; inside a `scope` the one of before. Its gradient must not need anything saved: several
    graphs may lead through it."""
    inside = _scope.get()
    if inside is None or not weight.is_leaf:
        return make(weight, dtype)
    key = id(weight), dtype, make, torch.is_grad_enabled() and weight.requires_grad
    if key not in inside.known:
        inside.known[key] = weight, make(weight, dtype)  # the weight too, lest its id passes on
    return inside.known[key][1]


def recomputed(module: nn.Module, *inputs: Any) -> Any:
    """`module(*inputs)`. Where the scope says so, what lies between inputs and outputs is not kept but computed again
    for the gradient (gradient checkpointing, Chen et al. 2016); not of modules with buffers, which would change twice.
    """
    inside = _scope.get()
    again = inside is not None and inside.checkpointing and torch.is_grad_enabled()
    if not again or any(True for _ in module.buffers()):
        return module(*inputs)

    def within(*inputs: Any) -> Any:  # a scope of its own: forms of weights are not kept either
        with scope(*inside[:3]):
            return module(*inputs)

    return checkpoint(within, *inputs, use_reentrant=False)


def cast(weight: Tensor, dtype: torch.dtype) -> Tensor:
    """`weight` in `dtype`."""
    return weight.to(dtype)
