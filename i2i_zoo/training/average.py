"""An exponential moving average of a player's weights, for inference."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Average:
    """The average of a module's floating-point weights and buffers; the others are those of the module.

    The decay grows from 0.1 to `decay` over the first steps, (1 + n) / (10 + n), so that a short run is not held back
    by its random beginning (as TensorFlow's ExponentialMovingAverage does). Not timm's `ModelEmaV3`, which copies the
    whole module: `applied` lends the weights to the module itself, and a checkpoint keeps them as a state dict.
    """

    @torch.no_grad()
    def __init__(self, module: nn.Module, decay: float):
        self.module, self.decay = module, decay
        self.weights = {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Move towards the module's weights after training step number `step` (from 0)."""
        decay = min(self.decay, (1 + step) / (10 + step))
        live = self.module.state_dict()
        moving = [name for name, tensor in self.weights.items() if tensor.is_floating_point()]
        torch._foreach_lerp_([self.weights[n] for n in moving], [live[n] for n in moving], 1 - decay)
        for name in self.weights.keys() - moving:
            self.weights[name].copy_(live[name])

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Give the module the averaged weights in the `with`, and its own again afterwards."""
        own: dict[str, Tensor] = {name: tensor.clone() for name, tensor in self.module.state_dict().items()}
        self.module.load_state_dict(self.weights)
        try:
            yield
        finally:
            self.module.load_state_dict(own)
