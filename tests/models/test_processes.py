"""Two processes and one: what each model of the registry learns must be the same, noise, pools and penalties included.

Run as a script by torchrun, this file is what the processes do.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator
from test_contract import DOMAINS, SMALL, make

import i2i_zoo
from i2i_zoo.training import TrainConfig, Trainer

AUGMENT = {"translation": 0.125, "cutout": 0.25, "color": 0.5}
KNOBS = {
    "cyclegan": {"pool": 3, "colors": 1.0, "gan": {"objective": "wgan-gp", "augment": AUGMENT}}
}  # a pool that is full in the second of the steps
BATCH, STEPS = 4, 4


def play(name: str, processes: int, process: int, micro_batches: int) -> dict[str, torch.Tensor]:
    """The losses of each step and the weights at the end, in double precision; of this process's images."""
    torch.manual_seed(0)
    accelerator = Accelerator(cpu=True)
    model = make(name, **KNOBS.get(name, {})).double()
    trainer = Trainer(model, TrainConfig(batch=BATCH), accelerator)
    found = {}
    for step in range(STEPS):
        images = torch.rand(BATCH, 2, 3, 32, 32, generator=torch.Generator().manual_seed(step)).double() * 2 - 1
        parts = [
            dict(zip(DOMAINS, micro.chunk(processes)[process].unbind(1), strict=True))
            for micro in images.chunk(micro_batches)
        ]
        losses = trainer.advance(parts)
        found |= {f"{step}.{k}": accelerator.reduce(loss, reduction="mean") for k, loss in losses.items()}
    return found | {k: v for k, v in model.state_dict().items() if v.is_floating_point()}


@pytest.fixture(scope="module")
def of_two(tmp_path_factory):
    """What two processes found, with one micro-batch and with two."""
    path = tmp_path_factory.mktemp("two") / "found.pt"
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [*launcher, __file__, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=240)
    assert done.returncode == 0, done.stderr
    return torch.load(path, weights_only=True)


@pytest.mark.parametrize("micro_batches", [1, 2])
@pytest.mark.parametrize("name", list(i2i_zoo.models))
def test_two_processes_learn_what_one_learns(name, micro_batches, of_two):
    found, expected = of_two[f"{name} {micro_batches}"], play(name, 1, 0, micro_batches)
    assert found.keys() == expected.keys()
    for key, tensor in expected.items():
        torch.testing.assert_close(found[key], tensor, atol=1e-9, rtol=1e-9, msg=key)


if __name__ == "__main__":
    process, results = int(os.environ["RANK"]), {}
    for name in SMALL:
        for micro_batches in (1, 2):
            results[f"{name} {micro_batches}"] = play(name, 2, process, micro_batches)
    assert torch.distributed.get_world_size() == 2
    if process == 0:
        torch.save(results, Path(sys.argv[1]))
    torch.distributed.destroy_process_group()
