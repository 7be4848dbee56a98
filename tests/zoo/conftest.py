"""A zoo with one small animal, made as the real ones are: trained for two steps and packed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from benchmark_scripts import script
from rich.console import Console

from i2i_zoo import recipe, zoo
from i2i_zoo.runs.run import Run

TINY = (
    "model.generator={name='resnet', width=4, blocks=1, upsample='transpose'}",
    "model.discriminator={name='pixelgan', width=2}",
    "data.size=16", "data.train_images=4", "data.test_images=6", "train.samples=1", "train.steps=2", "train.ema=0.5",
)  # fmt: skip


@pytest.fixture(scope="session")
def ship():
    """`benchmarks/ship.py`."""
    return script("ship")


@pytest.fixture(scope="session")
def pack(ship) -> Callable[..., None]:
    """Call `benchmarks/ship.py` with words."""

    def call(*words: object) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["ship.py", *map(str, words)])
            ship.main()

    return call


@pytest.fixture(scope="session")
def made(tmp_path_factory, pack) -> SimpleNamespace:
    """A run, and a folder of packaged weights that has those of the run as `shoes/cyclegan`."""
    folder = tmp_path_factory.mktemp("made")
    run, home = folder / "run", folder / "zoo"
    Run(recipe.load("shoes/cyclegan", (*TINY, 'evaluate.metrics=["paired"]')), run, Console(quiet=True)).train()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zoo, "HERE", home)
        words = ("--title", "Small [shoes]", "--machine", "1 core")
        pack(run, "shoes/cyclegan", *words, "--notice", "Drawn here")
    return SimpleNamespace(run=run, home=home, file=home / "shoes" / "cyclegan.safetensors")


@pytest.fixture
def animal(made, monkeypatch) -> SimpleNamespace:
    """`made`, whose folder is that of the packaged weights in this test."""
    monkeypatch.setattr(zoo, "HERE", made.home)
    return made
