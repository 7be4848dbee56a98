"""Kill a tiny training again and again; each time it is resumed, and it has to end as if nothing had happened.

    python benchmarks/kill.py --kills 50

Half of the kills come at a random moment, half inside a save: before or after one of its calls of the system (fsync,
rename, replace, symlink, unlink, rmdir). Each run that comes to its end is compared with one that was left in peace:
every bit of the newest checkpoint, and the losses of every row of the log. Prints a row of JSON; the exit code is 1
if a run could not be resumed or ended otherwise. Children are forked from a process that has everything imported.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":
    os.environ |= {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}

from safetensors import safe_open

import i2i_zoo.runs.run  # noqa: F401
from i2i_zoo.cli import main as i2i
from i2i_zoo.weights.integrity import damage
from i2i_zoo.weights.model import list_checkpoints

CALLS = ("fsync", "rename", "replace", "symlink", "unlink", "rmdir")
RECIPE = [
    "shoes/quickstart", "model.generator={name='resnet', width=2, blocks=1}", "model.pool=3", "data.size=16",
    "model.discriminator={name='patchgan', width=2, layers=2}", "data.train_images=6", "data.test_images=2",
    "train.samples=2", "train.log_every=1", "train.ema=0.5", "train.sample_every=10", "train.keep=2",
]  # fmt: skip


def start(words: list[str], log: Path, fatal: int = 0) -> int:
    """A forked `i2i train`, which kills itself around the call number `fatal` to the system; returns its number."""
    if pid := os.fork():
        return pid
    try:
        sys.stdout = sys.stderr = log.open("w")
        if fatal:
            _kill_at(fatal)
        sys.argv = ["i2i", "train", *words]
        i2i()
    except SystemExit as end:
        os._exit(end.code)
    finally:
        os._exit(99)


def _kill_at(fatal: int) -> None:
    left = [abs(fatal)]

    def deadly(call):
        def wrapper(*arguments, **options):
            left[0] -= 1
            if left[0] == 0 and fatal > 0:
                os.kill(os.getpid(), signal.SIGKILL)
            result = call(*arguments, **options)
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return wrapper

    for name in CALLS:
        setattr(os, name, deadly(getattr(os, name)))


def finish(pid: int, seconds: float | None = None) -> int:
    """The exit code of a child, which is killed after so many seconds."""
    end = time.monotonic() + (seconds if seconds is not None else 600)
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def same(one: Path, two: Path) -> bool:
    """Tell whether two runs ended alike, to the last bit."""
    newest = [list_checkpoints(run)[-1] for run in (one, two)]
    rows = [[json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()] for run in (one, two)]
    losses = [[(row["step"], row.get("losses")) for row in run] for run in rows]
    return newest[0].name == newest[1].name and content(newest[0]) == content(newest[1]) and losses[0] == losses[1]


def content(folder: Path) -> dict[str, bytes | dict]:
    """All that a checkpoint says; the order of the metadata in a safetensors file is a matter of chance."""
    found = {path.name: path.read_bytes() for path in folder.glob("*.json") if path.name != "checksums.json"}
    for path in folder.glob("*.safetensors"):
        with safe_open(path, "np") as file:
            tensors = {key: file.get_tensor(key).tobytes() for key in file.keys()}  # noqa: SIM118
            found[path.name] = tensors | (file.metadata() or {})
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--save-every", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    knobs = [*RECIPE, f"train.steps={asked.steps}", f"train.save_every={asked.save_every}"]
    draw = random.Random(asked.seed)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        row = torment(Path(place), knobs, asked.kills, draw)
    row = {"steps": asked.steps, "save_every": asked.save_every, "seed": asked.seed} | row
    print(json.dumps(row | {"seconds": round(time.monotonic() - begun)}))
    return int(row["not_resumed"] + row["different"] > 0)


def torment(place: Path, knobs: list[str], kills: int, draw: random.Random) -> dict[str, int]:
    """The figures of so many kills."""
    whole, run, log = place / "whole", place / "run", place / "output.txt"
    before = time.monotonic()
    if code := finish(start([*knobs, "--out", str(whole)], log)):
        raise SystemExit(f"the run in peace ended with {code}: {log.read_text()}")
    seconds = time.monotonic() - before
    counts = dict.fromkeys(
        ("kills", "inside_saves", "drafts_left", "before_the_first_save", "runs", "different", "not_resumed"), 0
    )
    while counts["kills"] < kills or run.exists():
        killing = counts["kills"] < kills
        inside = killing and draw.random() < 0.5
        saved = run.exists() and list_checkpoints(run)
        if run.exists() and not saved:
            shutil.rmtree(run)
            counts["before_the_first_save"] += 1
        words = ["--resume", str(run)] if saved else [*knobs, "--out", str(run)]
        fatal = draw.choice((-1, 1)) * draw.randint(1, 120) if inside else 0
        code = finish(start(words, log, fatal), draw.uniform(0, seconds) if killing and not inside else None)
        if code == -signal.SIGKILL:
            counts["kills"] += 1
            counts["inside_saves"] += inside
            counts["drafts_left"] += any(run.rglob(".draft-*"))
            if any(damage(folder, everything=True) for folder in list_checkpoints(run)[-1:]):
                counts["not_resumed"] += 1
            continue
        counts["runs"] += 1
        if code:
            counts["not_resumed"] += 1
            print(log.read_text(), file=sys.stderr)
        elif not same(whole, run):
            counts["different"] += 1
        shutil.rmtree(run)
    return counts


if __name__ == "__main__":
    sys.exit(main())
