"""What several processes have to agree on. With one process, nothing happens.

No DDP wrapper: it hooks into `forward`, while a turn may use any part of a model in any order.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast
from torch import Tensor, nn


@torch.no_grad()
def average_gradients(parameters: Iterable[nn.Parameter], accelerator: Accelerator) -> None:
    """Replace each gradient by its mean over the processes, in one exchange."""
    if accelerator.num_processes == 1:
        return
    gradients = [p.grad for p in parameters if p.grad is not None]
    if not gradients:
        return
    flat = accelerator.reduce(torch.cat([g.flatten() for g in gradients]), reduction="mean")
    for gradient, mean in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(mean.view_as(gradient))


@torch.no_grad()
def replicate(model: nn.Module, accelerator: Accelerator) -> None:
    """Give every process the weights of the first."""
    if accelerator.num_processes > 1:
        for tensor in model.state_dict().values():
            tensor.copy_(broadcast(tensor))


def any_process(flag: bool, accelerator: Accelerator) -> bool:
    """Whether `flag` is set in any process."""
    if accelerator.num_processes == 1:
        return flag
    return bool(accelerator.reduce(torch.tensor(float(flag), device=accelerator.device), reduction="sum") > 0)


def mean_losses(losses: dict[str, Tensor], accelerator: Accelerator) -> dict[str, float]:
    """The losses as numbers, averaged over the processes."""
    values = accelerator.reduce(torch.stack([loss.float() for loss in losses.values()]), reduction="mean")
    return dict(zip(losses, values.tolist(), strict=True))
