"""Does a long training stay as it began? Memory, open files and the time of a step, with everything switched on.

    python benchmarks/long_run.py --steps 20000

Trains a tiny model with logs, sample grids, monitors, checkpoints and evaluations, looks ten times on the way, and
prints each look and at the end a row of JSON: the first tenth (warming up) is left out. Milliseconds are
the processor's, medians over single steps between the observers, so that a busy machine does not show in them.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

if __name__ == "__main__":
    os.environ |= {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}

from rich.console import Console

from i2i_zoo.recipe.recipe import load
from i2i_zoo.runs.run import Run
from i2i_zoo.training.observers import every

TINY = [
    "model.generator={name='resnet', width=2, blocks=1}", "model.discriminator={name='pixelgan', width=2}",
    "model.pool=5", "data.size=16", "data.train_images=20", "data.test_images=4", "train.samples=2", "train.ema=0.9",
    "train.speed=auto",
]  # fmt: skip


class Watched(Run):
    """A run that notes what it holds, `looks` times."""

    def __init__(self, *arguments, looks: int):
        super().__init__(*arguments)
        self.looks, self.seen, self.times = looks, [], []
        advance = self.trainer.advance

        def timed(batches):
            begun = time.process_time()
            losses = advance(batches)
            self.times.append(time.process_time() - begun)
            return losses

        self.trainer.advance = timed

    def _fit(self, observers):
        super()._fit([*observers, every(self.trainer.steps // self.looks, self.look)])

    def look(self, trainer, losses) -> None:
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        look = {
            "step": trainer.step,
            "memory_mb": round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1),
            "open_files": len(os.listdir("/proc/self/fd")),
            "step_ms": round(1000 * median(self.times), 2),
        }
        self.times.clear()
        self.seen.append(look)
        print(json.dumps(look), file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--often", type=int, default=100, help="steps between two grids, checkpoints, looks")
    parser.add_argument("--workers", type=int, default=0)
    asked = parser.parse_args()
    begun = time.monotonic()
    _, first, *_, last = watch(**vars(asked))
    change = {key: [first[key], last[key]] for key in ("memory_mb", "open_files", "step_ms")}
    print(json.dumps(vars(asked) | {"seconds": round(time.monotonic() - begun), "from_to": change}))


def watch(steps: int, often: int, workers: int = 0) -> list[dict[str, float]]:
    """Train in a folder that is deleted afterwards; returns ten looks."""
    knobs = [f"train.{name}_every={often}" for name in ("sample", "save", "monitor", "evaluate")]
    knobs += [f"train.steps={steps}", f"data.workers={workers}", "train.log_every=10"]
    with tempfile.TemporaryDirectory() as place, open(os.devnull, "w") as nowhere:
        recipe = load("shoes/quickstart", [*TINY, *knobs])
        run = Watched(recipe, Path(place) / "run", Console(file=nowhere), looks=10)
        run.train()
    return run.seen


if __name__ == "__main__":
    main()
