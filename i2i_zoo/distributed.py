"""Random draws, gradients, images and scores of all processes, so that N processes compute what one would.

Every process holds the same random state and a share of the batch, in order. It draws for the whole batch and keeps
what belongs to its share. With one process, nothing is exchanged. Accelerate is imported where it is used: what only
translates needs none of it.

No DDP wrapper: it hooks into `forward`, while a turn may use any part of a model in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, distributed, nn

if TYPE_CHECKING:
    from accelerate import Accelerator


def randn(shape: tuple[int, ...], like: Tensor) -> Tensor:
    """Normal noise for this process's `shape[0]` samples, on the device of `like` and in its dtype."""
    return share(torch.randn(_whole(shape), device=like.device, dtype=like.dtype))


def rand(shape: tuple[int, ...], like: Tensor) -> Tensor:
    """Uniform noise in [0, 1) for this process's `shape[0]` samples, on the device of `like` and in its dtype."""
    return share(torch.rand(_whole(shape), device=like.device, dtype=like.dtype))


def gather(images: Tensor) -> Tensor:
    """(N, ...) of each process -> (processes x N, ...) in the order of the processes; no gradients."""
    if count() == 1:
        return images
    parts = [torch.empty_like(images) for _ in range(count())]
    distributed.all_gather(parts, images.contiguous())
    return torch.cat(parts)


def share(everything: Tensor) -> Tensor:
    """(processes x N, ...) -> the N rows of this process."""
    return everything if count() == 1 else everything.chunk(count())[distributed.get_rank()]


def count() -> int:
    """The number of processes that train together."""
    return distributed.get_world_size() if distributed.is_available() and distributed.is_initialized() else 1


def _whole(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (count() * shape[0], *shape[1:])


def make_accelerator(**options: Any) -> Accelerator:
    """The accelerator of trainings and evaluations, with more `options` of Accelerate's."""
    from accelerate import Accelerator, DataLoaderConfiguration

    return Accelerator(
        mixed_precision="no",  # Autocast follows the recipe, whatever the environment says.
        cpu=not torch.accelerator.is_available(),  # Otherwise several CPU processes would not find each other.
        dataloader_config=DataLoaderConfiguration(split_batches=True),
        rng_types=[],  # Samples are a function of their number.
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
    from accelerate.utils import broadcast

    if accelerator.num_processes > 1:
        for tensor in model.state_dict().values():
            tensor.copy_(broadcast(tensor))


def any_process(flag: bool, accelerator: Accelerator) -> bool:
    """Return True if `flag` is set in any process."""
    if accelerator.num_processes == 1:
        return flag
    return bool(accelerator.reduce(torch.tensor(float(flag), device=accelerator.device), reduction="sum") > 0)


def lost_process(error: RuntimeError) -> bool:
    """Return True if `error` says that another process of this training, or of its loader, is gone."""
    words = ("gloo", "nccl", "closed by peer", "connection reset", "dataloader worker")
    return any(word in str(error).lower() for word in words)


def mean_losses(losses: dict[str, Tensor], accelerator: Accelerator) -> dict[str, float]:
    """The losses as numbers, averaged over the processes."""
    values = accelerator.reduce(torch.stack([loss.float() for loss in losses.values()]), reduction="mean")
    return dict(zip(losses, values.tolist(), strict=True))


class Processes:
    """The processes of an `Accelerator`; without one, this process alone."""

    def __init__(self, accelerator: Accelerator | None = None):
        self.accelerator = accelerator
        self.count = accelerator.num_processes if accelerator else 1
        self.rank = accelerator.process_index if accelerator else 0

    def batches(self, images: int, size: int) -> Iterator[range]:
        """This process's batches of image numbers: whole ones, the same for any number of processes."""
        for start in range(self.rank * size, images, self.count * size):
            yield range(start, min(start + size, images))

    def sum(self, tensor: Tensor) -> Tensor:
        """The sum over processes, on the CPU: exact for integers, and where only one of them is not 0."""
        if self.count == 1:
            return tensor.cpu()
        return self.accelerator.reduce(tensor.to(self.accelerator.device), reduction="sum").cpu()

    def table(self, rows: Mapping[int, Tensor], length: int) -> Tensor:
        """Row i of (length, ...) from whichever process has `rows[i]`; each row is one process's."""
        from accelerate.utils import gather_object

        row = next(iter(rows.values()), None)
        shape, dtype = (tuple(row.shape), row.dtype) if row is not None else (None, None)
        if self.count > 1:  # A process may have seen no image.
            shape, dtype = next((known for known in gather_object([(shape, dtype)]) if known[1]), (None, None))
        if dtype is None:
            return torch.zeros(length)
        table = torch.zeros((length, *shape), dtype=dtype)
        for index, values in rows.items():
            table[index] = values
        return self.sum(table)
