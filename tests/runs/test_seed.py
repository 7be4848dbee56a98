"""What `train.seed` decides: weights, the order of the images, and all that is drawn later."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from rich.console import Console
from torch import Tensor

from i2i_zoo.recipe.recipe import load
from i2i_zoo.runs.run import Run

TINY = [
    "model.generator={name='resnet', width=2, blocks=1}", "model.discriminator={name='pixelgan', width=2}",
    "data.size=16", "data.train_images=8", "data.test_images=1", "train.samples=1",
]  # fmt: skip


def begun(seed: int, folder: Path) -> dict[str, Tensor]:
    """What a run of this seed begins with."""
    run = Run(load("shoes/quickstart", [*TINY, f"train.seed={seed}"]), folder, Console(quiet=True))
    samples = [run.data.stream[k] for k in range(16)]
    found = {"noise": torch.rand(8)}
    found |= {domain: torch.stack([sample[domain] for sample in samples]) for domain in run.model.domains}
    for player in run.model.players:
        found[player] = torch.cat([w.detach().flatten() for w in getattr(run.model, player).parameters()])
    return found


@pytest.fixture(scope="module")
def beginnings(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Tensor]]:
    folder = tmp_path_factory.mktemp("runs")
    return [begun(seed, folder / "run") for seed in (3, 3, 4)]


@pytest.mark.parametrize("part", ["generators", "discriminators", "edges", "shoes", "noise"])
def test_one_seed_begins_alike_and_another_otherwise(beginnings, part):
    first, again, other = (found[part] for found in beginnings)
    assert torch.equal(first, again) and not torch.equal(first, other)
