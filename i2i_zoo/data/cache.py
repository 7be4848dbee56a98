"""A cache of decoded images, so that epochs after the first cost no decoding."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterator, Sequence
from math import prod
from typing import Literal, Protocol

import torch
from torch import Tensor

from .images.files import ImageInfo


class Source(Protocol):
    """Images by number. `info` says what decoding `[i]` will give, without doing it; `name` is for messages."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> Tensor: ...
    def info(self, index: int) -> ImageInfo: ...
    def name(self, index: int) -> str: ...


class Cached(Sequence[Tensor]):
    """A `Source` that decodes an image once.

    The images lie behind each other in one block of memory that loader processes forked later share, or in a
    nameless temporary file. Images beyond `gigabytes` are decoded each time they are asked for.
    """

    def __init__(self, source: Source, where: Literal["memory", "file"], gigabytes: float):
        self.source = source
        self._infos = [source.info(index) for index in range(len(source))]
        sizes = [prod(info[:3]) * info.dtype.itemsize for info in self._infos]
        ends = torch.tensor([-(-size // 8) * 8 for size in sizes]).cumsum(0)  # Each is aligned for every dtype.
        self.kept = int(torch.searchsorted(ends, int(gigabytes * 2**30), right=True))
        self._ends = ends[: self.kept].tolist()
        self._starts = [0, *self._ends[:-1]]
        self._block = block(max(self._ends[-1] if self._ends else 0, 1), where)
        self._filled = block(max(self.kept, 1), "memory")

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> Tensor:
        """The decoded image (C, H, W), not to be written to."""
        if index >= self.kept:
            return self.source[index]
        shape, dtype = self._infos[index][:3], self._infos[index].dtype
        start = self._starts[index]
        kept = self._block[start : start + prod(shape) * dtype.itemsize].view(dtype).view(shape)
        if not self._filled[index]:
            kept.copy_(self.source[index])
            self._filled[index] = 1
        return kept

    def __iter__(self) -> Iterator[Tensor]:
        return (self[index] for index in range(len(self)))


def block(size: int, where: Literal["memory", "file"]) -> Tensor:
    """Make `size` zero bytes that forked processes share; memory is taken when it is written to."""
    if where == "memory":
        return torch.frombuffer(mmap.mmap(-1, size), dtype=torch.uint8)
    with tempfile.TemporaryFile(prefix="i2i_zoo-") as file:
        file.truncate(size)
        return torch.frombuffer(mmap.mmap(file.fileno(), size), dtype=torch.uint8)
