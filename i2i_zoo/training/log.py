"""The log of a training: a row of numbers every so many steps, and its writers."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from ..distributed import mean_losses
from ..files import draft_file
from ..models.base import Losses
from .trainer import Trainer

Row = dict[str, Any]
Writer = Callable[[Row], None]


class Log:
    """The observer that turns losses into numbers, the only one that waits for the device, and hands out rows.

    A row has `step`, `lr`, `images_per_second` (of each domain, all processes), `data_wait` (share of the time spent
    waiting for the loader), `memory_mb` (the most this process has held so far, MiB, on the GPU if there is one),
    `skipped` (steps so far with a turn that was not learnt from) and `losses`, averaged over the processes,
    by the names that `train.names` says.
    """

    def __init__(self, writers: Sequence[Writer]):
        self.writers = writers
        self._then = (time.perf_counter(), 0, 0.0)

    def start(self, trainer: Trainer) -> None:
        """Begin to measure speed: what came before, such as restoring a checkpoint, does not count."""
        self._then = (time.perf_counter(), trainer.step, trainer.waited)

    def __call__(self, trainer: Trainer, losses: Losses) -> None:
        names = trainer.model.official_names if trainer.config.names == "official" else {}
        numbers = mean_losses({names.get(name, name): loss for name, loss in losses.items()}, trainer.accelerator)
        then, step, waited = self._then
        self.start(trainer)
        seconds = self._then[0] - then
        row = {
            "step": trainer.step,
            "lr": trainer.learning_rate,
            "images_per_second": (trainer.step - step) * trainer.config.batch / seconds,
            "data_wait": (trainer.waited - waited) / seconds,
            "memory_mb": peak_memory(),
            "skipped": trainer.skipped.total,
            "losses": numbers,
        }
        if trainer.accelerator.is_main_process:
            for write in self.writers:
                write(row)


def peak_memory() -> float:
    """The most memory that this process has held, in MiB: of the GPU's if it uses one, else of the machine's."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


class JsonLines:
    """A writer that appends each row to a file. It first drops rows after `step`, left by a run that was killed."""

    def __init__(self, path: Path, step: int):
        self.path, self._torn = path, False
        rows = read_rows(path, step)
        with draft_file(path) as draft:
            draft.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def __call__(self, row: Row) -> None:
        begin, self._torn = "\n" * self._torn, True  # A disk that fills up takes half a line.
        with self.path.open("a") as file:
            file.write(begin + json.dumps(row) + "\n")
        self._torn = False


def read_rows(path: Path, step: int) -> list[Row]:
    """The rows of a log up to `step`, none if there is no file; a line cut short by the end of the run is left out."""
    rows = map(_parse, path.read_text().splitlines() if path.exists() else [])
    return [row for row in rows if row and row["step"] <= step]


def _parse(line: str) -> Row | None:
    try:
        row = json.loads(line)
        return row if row["step"] >= 0 else None
    except (ValueError, KeyError, TypeError):
        return None
