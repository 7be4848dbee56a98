"""A training step, or the translation of a folder, ours or the official code's, as a child process that is told when to
take how many."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from . import memory
from .job import Job, Step, noise, seconds

WARM_UP = 3
SPEED_PY = Path(__file__).parents[1] / "speed.py"


class Child:
    """A process that builds a job's step and takes steps when asked; it waits in between and costs nothing."""

    def __init__(self, job: Job):
        words = [sys.executable, str(SPEED_PY), "--serve", job.dumps()]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.built = self._read()

    def take(self, steps: int) -> list[float]:
        """Seconds of each of `steps` steps."""
        self._say(steps)
        return self._read()["seconds"]

    def close(self) -> dict[str, int]:
        """End the process; returns the most bytes that it had, and those of a step."""
        self._say(0)
        memory = self._read()
        self.process.stdin.close()
        self.process.wait()
        return memory

    def _say(self, steps: int) -> None:
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()

    def _read(self) -> dict:
        for line in self.process.stdout:
            if line.startswith("{"):  # The official code prints too.
                return json.loads(line)
        raise SystemExit(f"the measured process ended: {' '.join(self.process.args[2:])}")


def serve(job: Job) -> None:
    """The child's side."""
    if job.threads:
        torch.set_num_threads(job.threads)
    torch.manual_seed(0)
    step, about = build(job)
    for _ in range(WARM_UP):
        step()  # The first step allocates and chooses algorithms.
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        if not (count := int(line)):
            found = {
                "peak": memory.of_process(job.device)
            }  # Measuring closely takes some memory too, so this comes first.
            print(json.dumps(found if job.folder else found | {"step": memory.of_step(step, job.device)}), flush=True)
            return
        print(json.dumps({"seconds": [seconds(step, job.device) for _ in range(count)]}), flush=True)


def build(job: Job) -> tuple[Step, dict]:
    """A job's step, and what is to be known of it."""
    if job.folder:
        from .folders import translation

        return translation(job), {}
    if job.peer:
        from .peers import peer_step

        return peer_step(job), {"speed": "fp32"}
    return our_step(job)


def our_step(job: Job) -> tuple[Step, dict]:
    """One iteration of a `Trainer`, as `i2i train` makes it, on noise; counts the convolutions' FLOPs."""
    from accelerate import Accelerator

    import i2i_zoo
    from i2i_zoo.speed.choice import retain_freed_memory
    from i2i_zoo.training import TrainConfig, Trainer

    retain_freed_memory()
    knobs = {"identity": 0.5} if job.model == "cyclegan" else {}  # It is the official default.
    widths = {"generator": {"width": job.width}, "discriminator": {"width": job.width}}
    for part, name in (("generator", "resnet"), ("discriminator", "patchgan")):
        if job.model == "cyclegan":
            widths[part]["name"] = name
    exact = {"speed": "exact", "precision": "fp32"}
    way = exact if job.precision == "exact" else {"speed": "auto", "precision": job.precision}
    config = TrainConfig(**way, gradient_checkpointing=job.checkpointing)
    accelerator = Accelerator(mixed_precision="no", cpu=job.device == "cpu")
    model = i2i_zoo.create(job.model, ("a", "b"), **knobs, **widths)
    trainer = Trainer(model, config, accelerator, config.choose_speed(accelerator.device))
    images = noise(job)

    def step() -> None:
        losses = trainer.advance([images])
        assert all(torch.isfinite(loss) for loss in losses.values())

    chosen = trainer.speed
    plain = {"channels_last": False, "checkpointing": False, "light_checkpointing": False}
    trainer.speed = chosen._replace(**plain)  # Convolutions are counted as they are written, and once.
    with FlopCounterMode(display=False) as counter:
        step()
    trainer.speed = chosen
    convolutions = sum(n for op, n in counter.get_flop_counts()["Global"].items() if "convolution" in str(op))
    return step, {"flops": convolutions, "speed": str(trainer.speed)}
