"""Unpaired training samples as a pure function of (seed, number).

That is what makes everything else simple: a resumed run continues at the number where it stopped, processes take
every n-th share of a batch, and loader processes cannot change a single pixel.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import torch
from einops import rearrange
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler, default_collate

from ..errors import DamagedFile, UserError
from .range import BY_TYPE, Range

Sample = dict[str, Tensor]


class Stream(Dataset[Sample]):
    """Sample number k holds one image (C, H, W) in [-1, 1] of each domain.

    Each domain goes through permutations of its own images, one after the other, so unequal domains are all used
    evenly; an epoch is one pass through the larger one. In place of an image that is a `DamagedFile` stands the next
    one of the permutation that is not, so that samples stay a function of their number.
    """

    def __init__(
        self,
        images: Mapping[str, Sequence[Tensor]],
        transforms: Mapping[str, Callable[[Tensor], Tensor]],
        ranges: Mapping[str, Range] = MappingProxyType({}),
    ):
        self.images, self.transforms, self.ranges = images, transforms, ranges
        self.seed = 0

    @property
    def epoch_length(self) -> int:
        return max(len(images) for images in self.images.values())

    def __getitem__(self, number: int) -> Sample:
        return {domain: self._draw(domain, number) for domain in self.images}

    def _draw(self, domain: str, number: int) -> Tensor:
        images = self.images[domain]
        place = list(self.images).index(domain)  # The seed must not depend on what the domain is called.
        turn, position = divmod(number, len(images))
        order = _permutation(len(images), seed_of(self.seed, "order", place, turn))
        image = first_whole(images.__getitem__, order, position)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed_of(self.seed, "augment", place, number))
            return self.ranges.get(domain, BY_TYPE).to_unit(self.transforms[domain](image))


class StepBatches(Sampler[list[int]]):
    """The sample numbers of each training step from `start` on: batches of the whole run, over all processes.

    Each process takes one part of a batch and splits it into `micro_batches`. The parts are such that the first
    micro-batches of all processes are the first numbers, in order: the order in which one process would see them.
    """

    drop_last = True

    def __init__(self, batch_size: int, start: int, stop: int, processes: int = 1, micro_batches: int = 1):
        self.batch_size, self.start, self.stop = batch_size, start, stop
        self.processes, self.micro_batches = processes, micro_batches

    def __iter__(self) -> Iterator[list[int]]:
        shares = {"micro": self.micro_batches, "process": self.processes}
        for step in range(self.start, self.stop):
            numbers = np.arange(step * self.batch_size, (step + 1) * self.batch_size)
            yield rearrange(numbers, "(micro process n) -> (process micro n)", **shares).tolist()

    def __len__(self) -> int:
        return max(self.stop - self.start, 0)


def loader(stream: Stream, numbers: StepBatches, workers: int, pin_memory: bool) -> DataLoader[Sample]:
    """A batch for each list of `numbers`, (N, C, H, W) of each domain. Draws nothing from the global RNG."""
    return DataLoader(
        stream,
        batch_sampler=numbers,
        num_workers=workers,
        pin_memory=pin_memory,
        generator=torch.Generator(),
        collate_fn=collate,
        multiprocessing_context="fork" if workers else None,  # Forked workers share the cache of decoded images.
    )


def collate(samples: list[Sample]) -> Sample:
    """The samples (C, H, W) as a batch; a single one is not copied."""
    if len(samples) > 1:
        return default_collate(samples)
    return {domain: image[None] for domain, image in samples[0].items()}


def without_worker_traceback(batches: Iterable[Sample]) -> Iterator[Sample]:
    """Give the batches; a `UserError` of a loader process loses that process's traceback."""
    try:
        yield from batches
    except UserError as error:
        raise UserError(re.sub(r"^([\w.]+Error): ", "", str(error).strip().splitlines()[-1])) from None


def first_whole(read: Callable[[int], Tensor], order: Sequence[int], position: int) -> Tensor:
    """The image at `position` of `order`, or else the next that can be read; raises `UserError` if there is none."""
    for place in range(position, position + len(order)):
        try:
            return read(order[place % len(order)])
        except DamagedFile as error:
            last = error
    raise UserError(f"{last.fact}, nor can any other image of its domain be read; see that the images are there")


@lru_cache(maxsize=8)
def _permutation(count: int, seed: int) -> list[int]:
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed)).tolist()


def seed_of(*parts: int | str) -> int:
    """A 63-bit seed from parts that differ by little; sums of seeds would collide."""
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()) >> 1
