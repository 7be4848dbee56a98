"""The weights that networks begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

from torch import Tensor, nn

normal = partial(nn.init.normal_, std=0.02)


def initialize(net: nn.Module, weights: Callable[[Tensor], object] = normal) -> None:
    """Fill every layer of `net` in place: N(0, 0.02) weights, zero biases, N(1, 0.02) scales of batch norms.

    The defaults are those of DCGAN (Radford et al. 2016), which CycleGAN took over;
    `nn.init.kaiming_normal_` as `weights` gives He et al. 2015 for ReLU, by fan-in.
    """
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            weights(layer.weight)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.02)
        else:
            continue
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


_replaced: ContextVar[bool] = ContextVar("replaced", default=False)
_trained: ContextVar[bool] = ContextVar("trained", default=True)


@contextmanager
def replacing_weights(train: bool = False) -> Iterator[None]:
    """Build networks in the `with` without pretrained weights, because a checkpoint replaces all weights.

    `train` says if the checkpoint will be trained on: only then losses need the networks that they compare with. The
    two facts travel beside the configs: these are kept in checkpoints, and a file must not depend on who loads it.
    """
    replaced, trained = _replaced.set(True), _trained.set(train)
    try:
        yield
    finally:
        _replaced.reset(replaced)
        _trained.reset(trained)


def weights_are_replaced() -> bool:
    """Return True inside `replacing_weights`."""
    return _replaced.get()


def training_follows() -> bool:
    """Return True if what is built will be trained, as it is unless `replacing_weights` says otherwise."""
    return _trained.get()
