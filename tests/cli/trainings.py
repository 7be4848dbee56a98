"""Small trainings in processes of their own, and what they leave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

TINY = [
    "model.generator={name='resnet', width=2, blocks=1}", "model.discriminator={name='patchgan', width=2, layers=2}",
    "model.pool=3", "data.size=16", "data.train_images=6", "data.test_images=2", "train.samples=2", "train.log_every=2",
    "train.save_every=100",
]  # fmt: skip


def i2i(*words: object, launcher: tuple[str, ...] = (), **options) -> subprocess.CompletedProcess:
    command = [sys.executable, *(launcher or ("-m",)), "i2i_zoo", *map(str, words)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=240, **options)


def tensors(run: Path) -> dict[str, torch.Tensor]:
    """Every tensor of the newest checkpoint."""
    folder = run / "checkpoints" / "last"
    return {f"{f.name}:{key}": t for f in folder.glob("*.safetensors") for key, t in load_file(f).items()}


def assert_equal(one: Path, two: Path) -> None:
    a, b = tensors(one), tensors(two)
    assert a.keys() == b.keys() and len(a) > 30
    different = [key for key in a if not torch.equal(a[key], b[key])]
    assert not different, different


def losses(run: Path) -> list[dict[str, float]]:
    """The rows of the log, without warnings."""
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [row["losses"] for row in rows if "losses" in row]
