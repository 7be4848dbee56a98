"""Draws and histories that several processes have in common, so that together they do what one would do alone.

Every process holds the same random state and a share of the batch, in order. It draws for the whole batch and keeps
what belongs to its share. With one process, nothing is exchanged.
"""

from __future__ import annotations

import torch
from torch import Tensor, distributed


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
    """How many processes train together."""
    return distributed.get_world_size() if distributed.is_available() and distributed.is_initialized() else 1


def _whole(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (count() * shape[0], *shape[1:])
