"""A job: what is measured, on which images, and how one step is timed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import torch

Step = Callable[[], None]


@dataclass(frozen=True)
class Job:
    """The measurement of a child process. `peer` is the official clone; empty: this project. `folder` of images: their
    translation is a step."""

    model: str
    size: int = 128
    batch: int = 1
    width: int = 64
    precision: str = "auto"
    device: str = "cpu"
    threads: int = 0
    checkpointing: bool = False
    peer: str = ""
    folder: str = ""

    def on(self, peer: str) -> Job:
        return replace(self, peer=peer)

    def dumps(self) -> str:
        return json.dumps(asdict(self))


def noise(job: Job) -> dict[str, torch.Tensor]:
    """A batch of images (N, 3, size, size) in [-1, 1] of each domain."""
    shape = (job.batch, 3, job.size, job.size)
    return {domain: (torch.rand(shape) * 2 - 1).to(job.device) for domain in ("a", "b")}


def seconds(step: Step, device: str) -> float:
    """The seconds of one step, the device's work included."""
    wait(device)
    started = time.perf_counter()
    step()
    wait(device)
    return time.perf_counter() - started


def wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()
