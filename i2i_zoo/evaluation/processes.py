"""Work shared by several processes so that the result is that of one. With one process, nothing happens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object
from torch import Tensor


class Processes:
    """The processes of an `Accelerator`; None: this one alone."""

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
        row = next(iter(rows.values()), None)
        shape, dtype = (tuple(row.shape), row.dtype) if row is not None else (None, None)
        if self.count > 1:  # a process may have seen no image
            shape, dtype = next((known for known in gather_object([(shape, dtype)]) if known[1]), (None, None))
        if dtype is None:
            return torch.zeros(length)
        table = torch.zeros((length, *shape), dtype=dtype)
        for index, values in rows.items():
            table[index] = values
        return self.sum(table)
