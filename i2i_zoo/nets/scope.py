"""How a turn is computed: the dtype of features, the memory format of images, forms of weights that are made once, and
features that are computed twice (gradient checkpointing)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


class Forms:
    """Forms of weights that were made."""

    def __init__(self) -> None:
        self._made: dict[tuple, tuple[Tensor, Tensor]] = {}  # with their weights, lest an id passes on

    def of(self, weight: Tensor, dtype: torch.dtype, make: Callable[[Tensor, torch.dtype], Tensor]) -> Tensor:
        """`make(weight, dtype)`, or the one of before."""
        graph = torch.is_inference_mode_enabled(), torch.is_grad_enabled() and weight.requires_grad
        key = id(weight), dtype, make, graph
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


def full_precision(x: Tensor) -> Tensor:
    """`x` in float32 when it came out of autocast in less."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def autocasted(x: Tensor) -> Tensor:
    """`x` in the dtype of autocast, if that is on."""
    device = x.device.type
    return x.to(torch.get_autocast_dtype(device)) if torch.is_autocast_enabled(device) else x


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


def compiles() -> bool:
    """Whether the scope says that chains of sums are compiled."""
    inside = _scope.get()
    return inside is not None and inside.compiled


def checkpoints() -> bool:
    """Whether the scope says that all that `recomputed` is given is computed again, not only what is cheap."""
    inside = _scope.get()
    return inside is not None and inside.checkpointing


def shared(weight: Tensor, dtype: torch.dtype, make: Callable[[Tensor, torch.dtype], Tensor]) -> Tensor:
    """`make(weight, dtype)` of a parameter or a form that was shared; inside a `scope` the one of before. Its gradient
    must not need anything saved: several graphs may lead through it."""
    inside = _scope.get()
    if inside is None or not (isinstance(weight, nn.Parameter) or inside.forms.holds(weight)):
        return make(weight, dtype)
    return inside.forms.of(weight, dtype, make)


def forget(weights: Iterable[Tensor]) -> None:
    """Drop the forms of `weights` that the scope holds; whoever needs one again makes it again."""
    if inside := _scope.get():
        inside.forms.forget(weights)


def recomputed(module: nn.Module, *inputs: Any, cheap: bool = False) -> Any:
    """`module(*inputs)`. Where the scope says so, what lies between inputs and outputs is not kept but computed again
    for the gradient (gradient checkpointing, Chen et al. 2016); not of modules with buffers, which would change twice.
    `cheap`: it has large features and takes little time.
    """
    inside = _scope.get()
    wanted = inside is not None and (inside.checkpointing or (cheap and inside.light))
    again = wanted and torch.is_grad_enabled()
    if not again or any(True for _ in module.buffers()):
        return module(*inputs)

    def within(*inputs: Any) -> Any:  # a scope of its own: forms of weights are not kept either
        with scope(**inside._replace(forms=Forms())._asdict()):
            return module(*inputs)

    return checkpoint(within, *inputs, use_reentrant=False)


def cast(weight: Tensor, dtype: torch.dtype) -> Tensor:
    """`weight` in `dtype`."""
    return weight.to(dtype)
