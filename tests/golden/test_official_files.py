"""The reference files through the importer and out again: nothing is lost on the way."""

from __future__ import annotations

import pytest
import torch
from official import reference

import i2i_zoo
from i2i_zoo.interop import FORMATS, load_official, write_official
from i2i_zoo.weights.model import export

NAMES = ("cyclegan_resnet6", "cyclegan_unet128_batchnorm", "cyclegan_trained_shoes64", "munit", "unit")


def flat(path):
    found = torch.load(path, weights_only=True)
    nested = found.items() if isinstance(next(iter(found.values())), dict) else [("", found)]
    return [(f"{role}.{key}", tensor) for role, state in nested for key, tensor in state.items()]


@pytest.mark.parametrize("name", NAMES)
def test_there_and_back(name, tmp_path):
    folder = reference(name)
    model = load_official(folder, ("edges", "shoes"))
    export(model, tmp_path / "m.safetensors", {})
    saved = i2i_zoo.load(tmp_path / "m.safetensors")
    to = next(to for to, cls in FORMATS.items() if isinstance(saved, cls))
    files = [file for file in write_official(saved, to, tmp_path / "out", step=10) if file.suffix != ".yaml"]
    assert {file.name for file in files} == {file.name for file in folder.iterdir() if file.suffix in (".pt", ".pth")}
    for file in files:
        ours, theirs = flat(file), flat(folder / file.name)
        assert [(key, t.shape) for key, t in ours] == [(key, t.shape) for key, t in theirs]
        lost = [key for (key, one), (_, other) in zip(ours, theirs, strict=True) if not torch.equal(one, other)]
        assert all(key.endswith("bias") for key in lost)  # those before norms
    again, state = load_official(tmp_path / "out", ("edges", "shoes")), model.state_dict()
    assert all(torch.equal(tensor, state[key]) for key, tensor in again.state_dict().items())
    assert again.config == model.config
