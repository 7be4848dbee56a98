"""Test images that say what to expect, and weights that nobody trained."""

from __future__ import annotations

import pytest
import timm
import torch
from safetensors.torch import save_file

from i2i_zoo.data.images.files import from_unit, write

BACKBONE = "test_resnet.r160_in1k"  # timm's smallest


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
        monkeypatch.setattr(f"i2i_zoo.evaluation.metrics.{module}.SOURCE", "http://127.0.0.1:1")
    return folder


@pytest.fixture
def backbone(no_weights):
    """The name of a timm backbone whose weights are there; random ones."""
    torch.manual_seed(0)
    save_file(timm.create_model(BACKBONE).state_dict(), no_weights / f"{BACKBONE}.safetensors")
    return BACKBONE
