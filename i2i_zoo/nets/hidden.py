"""A frozen, pretrained network that another one needs, yet that is no part of its state; it is loaded when needed."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn


class Hidden(nn.Module):
    """A holder of the network that `make` makes, which raises `UserError` where its weights cannot be had.

    It has no parameters here, is in no checkpoint and in no export, stays in eval mode, yet moves with the module that
    holds it. Making it draws nothing from torch's global RNG.
    """

    def __init__(self, make: Callable[[], nn.Module]):
        super().__init__()
        self._make = make
        self._made: list[nn.Module] = []  # A list hides it: nn.Module does not look into lists.
        self._changes: list[Callable[[nn.Module], object]] = []

    def network(self, like: Tensor | None = None) -> nn.Module:
        """The network; made now, on the device and in the dtype of `like`, if it was not made before."""
        if not self._made:
            with torch.random.fork_rng(devices=[]), torch.device("cpu"):  # timm draws weights before it reads them.
                net = self._make().requires_grad_(False).eval()
            self._made.append(net if like is None else net.to(like))
            for change in self._changes:
                change(net)
        return self._made[0]

    def change(self, change: Callable[[nn.Module], object]) -> None:
        """Call `change` on the network in place: now if it was made, else as soon as it is."""
        self._changes.append(change)
        for net in self._made:
            change(net)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> nn.Module:
        for net in self._made:
            net._apply(fn, recurse)
        return super()._apply(fn, recurse)
