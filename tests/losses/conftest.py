"""Weights of a narrow VGG16 as a file, and no network."""

from __future__ import annotations

import pytest
import timm
import torch
from narrow_vgg import WIDTHS, features
from safetensors.torch import save_file

from i2i_zoo.hub import weight_files


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder for weights, empty, and no network; VGG16 is narrow."""
    monkeypatch.setenv("I2I_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr(weight_files, "CHECKSUMS", {})
    monkeypatch.setitem(timm.models.vgg.cfgs, "vgg16", WIDTHS)
    (tmp_path / "weights").mkdir()
    return tmp_path / "weights"


@pytest.fixture
def weights(folder):
    """Random weights of the features, which a file has too."""
    random, found, inputs = torch.Generator().manual_seed(0), {}, 3
    for i, layer in enumerate(features()):
        if layer != "pool" and layer != "relu":
            found[f"features.{i}.weight"] = torch.randn(layer, inputs, 3, 3, generator=random) * (2 / 9 / inputs) ** 0.5
            found[f"features.{i}.bias"] = torch.randn(layer, generator=random) / 10
            inputs = layer
    save_file(found, folder / "vgg16.tv_in1k.safetensors")
    return found
