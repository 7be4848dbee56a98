"""What several processes have to agree on. With one process, nothing happens.

No DDP wrapper: it hooks into `forward`, while a turn may use any part of a model in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import torch
from accelerate import Accelerator, DataLoaderConfiguration
from accelerate.utils import broadcast
from torch import Tensor, nn


def make_accelerator(**options: Any) -> Accelerator:
    """The accelerator of trainings and evaluations, with more `options` of Accelerate's."""
    return Accelerator(
        mixed_precision="no",  # autocast follows the recipe, whatever the environment says
        cpu=not torch.accelerator.is_available(),  # else several CPU processes would not find each other
        dataloader_config=DataLoaderConfiguration(split_batches=True),
        rng_types=[],  # samples are a function of their number
        **options,
    )


@torch.no_grad()
def average_gradients(players: Iterable[Sequence[Tensor]], loss: Tensor, accelerator: Accelerator) -> Tensor:
    """Replace each gradient of each player by its mean over the processes, in one exchange; returns that of `loss`."""
    if accelerator.num_processes == 1:
        return loss
    tensors = [loss.float(), *chain.from_iterable(players)]
    flat = accelerator.reduce(torch.cat([t.flatten() for t in tensors]), reduction="mean")
    first, *means = flat.split([t.numel() for t in tensors])
    for gradient, mean in zip(tensors[1:], means, strict=True):
        gradient.copy_(mean.view_as(gradient))
    return first.squeeze(0)


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


def lost_process(error: RuntimeError) -> bool:
    """Whether `error` says that another process of this training, or of its loader, is gone."""
    words = ("gloo", "nccl", "closed by peer", "connection reset", "dataloader worker")
    return any(word in str(error).lower() for word in words)


def mean_losses(losses: dict[str, Tensor], accelerator: Accelerator) -> dict[str, float]:
    """The losses as numbers, averaged over the processes."""
    values = accelerator.reduce(torch.stack([loss.float() for loss in losses.values()]), reduction="mean")
    return dict(zip(losses, values.tolist(), strict=True))
