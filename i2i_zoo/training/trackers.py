"""Services that a training reports to, TensorBoard and Weights & Biases: losses, scores, sample grids, the recipe."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from accelerate import Accelerator
from accelerate.tracking import GeneralTracker, TensorBoardTracker
from PIL.Image import Image

from .log import Row


def trackers(names: Sequence[str], folder: Path) -> list[str | GeneralTracker] | None:
    """A list for `Accelerator(log_with=...)`. TensorBoard's files go into `folder` itself, to be shown by its name."""
    return [TensorBoardTracker(".", folder) if name == "tensorboard" else name for name in names] or None


def start(accelerator: Accelerator, folder: Path, recipe: Mapping[str, Any]) -> None:
    """Begin to report, under the name of the run's `folder`; W&B's project is i2i_zoo."""
    options = {"wandb": {"name": folder.name, "config": dict(recipe)}}
    accelerator.init_trackers("i2i_zoo", init_kwargs=options)
    for tracker in accelerator.trackers:
        if tracker.name == "tensorboard":
            tracker.log({"recipe": json.dumps(recipe, indent=2)}, step=0)


class Report:
    """The writers of rows and of sample grids for the trackers of an accelerator."""

    def __init__(self, accelerator: Accelerator):
        self.accelerator = accelerator

    def losses(self, row: Row) -> None:
        """Send a row of a `Log`."""
        self.accelerator.log(row["losses"] | {"lr": row["lr"]}, step=row["step"])

    def scores(self, row: Row) -> None:
        """Send a row of `BestCheckpoint`."""
        self.accelerator.log({k: v for k, v in row["scores"].items() if v is not None}, step=row["step"])

    def samples(self, sheet: Image, step: int) -> None:
        """Show a sample grid."""
        for tracker in self.accelerator.trackers:
            layout = {"dataformats": "NHWC"} if tracker.name == "tensorboard" else {}
            tracker.log_images({"samples": np.asarray(sheet.convert("RGB"))[None]}, step=step, **layout)
