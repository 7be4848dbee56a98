"""The dtypes of features and weights, under autocast and outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor

_known: ContextVar[dict | None] = ContextVar("known", default=None)


def full_precision(x: Tensor) -> Tensor:
    """`x` in float32 when it came out of autocast in less."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def autocasted(x: Tensor) -> Tensor:
    """`x` in the dtype of autocast, if that is on."""
    device = x.device.type
    return x.to(torch.get_autocast_dtype(device)) if torch.is_autocast_enabled(device) else x


@contextmanager
def sharing() -> Iterator[None]:
    """Inside, weights do not change, and `shared` forms of them are made once. Autocast does so with its own casts."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def shared(weight: Tensor, dtype: torch.dtype, make: Callable[[Tensor, torch.dtype], Tensor]) -> Tensor:
    """`make(weight, dtype)`; inside `sharing` the one of before. Its gradient must not need anything saved: several
    graphs may lead through it."""
    known = _known.get()
    if known is None or not weight.is_leaf:
        return make(weight, dtype)
    key = id(weight), dtype, make, torch.is_grad_enabled() and weight.requires_grad
    if key not in known:
        known[key] = weight, make(weight, dtype)  # the weight too, lest its id passes on
    return known[key][1]


def cast(weight: Tensor, dtype: torch.dtype) -> Tensor:
    """`weight` in `dtype`."""
    return weight.to(dtype)
