"""Models and test images small enough to score in a moment, and weights that nobody trained."""

from __future__ import annotations

import pytest
import timm
import torch
from safetensors.torch import save_file

import i2i_zoo
from i2i_zoo.data.images import from_unit, write
from i2i_zoo.models import Translator
from i2i_zoo.registry import datasets

BACKBONE = "test_resnet.r160_in1k"  # timm's smallest
SMALL = {
    "cyclegan": {
        "generator": {"name": "resnet", "width": 4, "blocks": 1},
        "discriminator": {"name": "pixelgan", "width": 2},
    },
    "munit": {
        "generator": {"width": 4, "blocks": 1, "mlp_width": 8},
        "discriminator": {"name": "pixelgan", "width": 2},
    },
}


class Copies(Translator):
    """A translator that returns what it gets."""

    players = ()

    def __init__(self):
        super().__init__(None, ("a", "b"))
        self.weight = torch.nn.Parameter(torch.zeros(1))  # says the device

    def turns(self, batch, step):
        yield from ()

    def forward(self, images, to):
        return images


def model(name):
    torch.manual_seed(0)
    return i2i_zoo.create(name, ("edges", "shoes"), (1, 3), **SMALL[name])


def shoes(count=7, size=32):
    """Test pairs (edges, shoes) that are drawn."""
    config = {"channels": [1, 3], "size": size, "train_images": 2, "test_images": count}
    return datasets["shoes"].Config.parse(config).build()


@pytest.fixture
def folders(tmp_path):
    """Folders testA and testB of equal pictures."""
    torch.manual_seed(0)
    for number in range(8):
        picture = from_unit(torch.rand(3, 4, 4).repeat_interleave(8, 1).repeat_interleave(8, 2) * 2 - 1, torch.uint8)
        for folder in ("testA", "testB"):
            write(picture, tmp_path / folder / f"{number}.png")
    return tmp_path


@pytest.fixture
def no_weights(tmp_path, monkeypatch):
    """An empty folder for weights, and no network."""
    folder = tmp_path / "weights"
    folder.mkdir()
    monkeypatch.setenv("I2I_WEIGHTS", str(folder))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    for module in ("inception", "lpips"):
        monkeypatch.setattr(f"i2i_zoo.evaluation.{module}.SOURCE", "http://127.0.0.1:1")
    return folder


@pytest.fixture
def backbone(no_weights):
    """The name of a timm backbone whose weights are there; random ones."""
    torch.manual_seed(0)
    save_file(timm.create_model(BACKBONE).state_dict(), no_weights / f"{BACKBONE}.safetensors")
    return BACKBONE
