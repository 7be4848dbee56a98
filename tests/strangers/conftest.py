"""A small model, exported."""

from __future__ import annotations

import pytest
import torch

import i2i_zoo
from i2i_zoo.weights.model import export

SMALL = {"generator": {"name": "resnet", "width": 2, "blocks": 1}, "discriminator": {"name": "pixelgan", "width": 2}}


@pytest.fixture
def exported(tmp_path):
    """An exported file of a model of domains a and b, 3 channels each."""
    torch.manual_seed(0)
    path = tmp_path / "model.safetensors"
    export(i2i_zoo.create("cyclegan", ("a", "b"), **SMALL), path, {})
    return path
