"""Features that are larger than the memory, kept row by row: a few in memory, the others in files without a name."""

from __future__ import annotations

import os
import tempfile
import weakref
from math import prod
from pathlib import Path
from typing import BinaryIO

import torch
from torch import Tensor

from ...errors import UserError
from .moments import Moments

IN_MEMORY = 2**27  # bytes of features that are kept in memory, all together


class Shelf:
    """A place for features: at most `IN_MEMORY` bytes in memory, the rest in `folder`, whose files vanish with them."""

    def __init__(self, folder: Path, in_memory: int | None = None):
        self.folder, self.room = folder, IN_MEMORY if in_memory is None else in_memory

    def new(self, shape: torch.Size, axis: int, dtype: torch.dtype) -> Stored:
        """Make room for features (1, ...) whose rows lie along `axis`."""
        size = prod(shape) * dtype.itemsize
        if size > self.room:
            return Stored(shape, axis, dtype, self._file())
        self.room -= size
        stored = Stored(shape, axis, dtype, None)
        weakref.finalize(stored, self._return, size)
        return stored

    def _return(self, size: int) -> None:
        self.room += size

    def _file(self) -> BinaryIO:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return tempfile.TemporaryFile(dir=self.folder, buffering=0)
        except OSError as error:
            reason = error.strerror or error
            raise UserError(f"{self.folder}: features cannot be kept there ({reason}); choose another --out") from error


class Stored:
    """Features (1, ...), written and read by rows along `axis`. Rows are outermost, channels innermost."""

    def __init__(self, shape: torch.Size, axis: int, dtype: torch.dtype, file: BinaryIO | None):
        self.shape, self.axis, self.dtype, self.file = shape, axis, dtype, file
        others = [dim for dim in range(1, len(shape)) if dim != axis]
        first = [axis, *others[1:], *others[:1]] if len(shape) == 4 and axis == 2 else [axis, *others]
        self.order = [0, *first]  # of the dimensions of features, as they are kept
        self.back = [self.order.index(dim) for dim in range(len(shape))]
        self.row = torch.Size(shape[dim] for dim in first[1:])
        if file:
            weakref.finalize(self, file.close)
        self.kept = None if file else torch.empty((shape[axis], *self.row), dtype=dtype)
        self.moments = Moments(shape[1])

    def write(self, start: int, rows: Tensor) -> None:
        """Keep `rows`, the first of which is row `start`; raises `UserError` for a full disk."""
        if len(self.shape) == 4 and self.axis == 2:
            self.moments.see(rows)
        lines = rows.permute(self.order)[0].to("cpu", self.dtype).contiguous()
        if self.kept is not None:
            self.kept[start : start + len(lines)] = lines
            return
        content, place = memoryview(_bytes(lines)), start * self._row_bytes()
        try:
            while content:
                written = os.pwrite(self.file.fileno(), content, place)
                content, place = content[written:], place + written
        except OSError as error:
            raise UserError(
                f"features of {prod(self.shape) * self.dtype.itemsize / 1e9:.1f} GB cannot be kept on the disk "
                f"({error.strerror}); make room, choose another --out, or take a smaller --size"
            ) from error

    def read(self, start: int, stop: int) -> Tensor:
        """Rows `start` to `stop` as they were written."""
        if self.kept is not None:
            lines = self.kept[start:stop]
        else:
            lines = torch.empty((stop - start, *self.row), dtype=self.dtype)
            content, place = memoryview(_bytes(lines)), start * self._row_bytes()
            while content and (count := os.preadv(self.file.fileno(), [content], place)):
                content, place = content[count:], place + count
        return lines[None].permute(self.back)

    def _row_bytes(self) -> int:
        return prod(self.row) * self.dtype.itemsize


def _bytes(lines: Tensor) -> bytes:
    """The memory of a contiguous tensor, writable."""
    return lines.flatten().view(torch.uint8).numpy()
