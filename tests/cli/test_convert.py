"""`i2i convert`, from the files of official projects to pictures and back."""

from __future__ import annotations

import pytest
import torch
from PIL import Image
from safetensors import safe_open

import i2i_zoo
from i2i_zoo.interop import write_official

SMALL = {"generator": {"name": "resnet", "width": 2, "blocks": 1}, "discriminator": {"name": "pixelgan", "width": 2}}


@pytest.fixture
def official(tmp_path):
    torch.manual_seed(0)
    write_official(i2i_zoo.create("cyclegan", ("a", "b"), **SMALL), "cyclegan-pytorch", tmp_path / "official")
    return tmp_path / "official"


def test_convert_translate_and_back(i2i, official, tmp_path):
    done = i2i("convert", official, "--domains", "horse", "zebra", "--out", "h2z.safetensors")
    assert done.code == 0 and "i2i translate h2z.safetensors IMAGES --to zebra" in done.out
    assert "latest_net_G_A.pth -> generators.a2b: ResNet generator (blocks 1, width 2, instance norm)" in done.out
    with safe_open(tmp_path / "h2z.safetensors", "pt") as file:
        assert '"project": "CycleGAN of pytorch-CycleGAN-and-pix2pix"' in file.metadata()["model.json"]
    Image.new("RGB", (16, 16), "red").save(tmp_path / "red.png")
    assert i2i("translate", "h2z.safetensors", "red.png", "--to", "zebra", "--out", "out").code == 0
    assert i2i("convert", "h2z.safetensors", "--to", "cyclegan-pytorch", "--out", "again").code == 0
    for file in official.iterdir():
        one, other = (torch.load(folder / file.name, weights_only=True) for folder in (official, tmp_path / "again"))
        assert one.keys() == other.keys() and all(torch.equal(t, other[key]) for key, t in one.items())


def test_one_direction(i2i, official, tmp_path):
    path = official / "latest_net_G_A.pth"
    assert i2i("convert", path, "--domains", "horse", "zebra", "--out", "m.safetensors").code == 0
    done = i2i("translate", "m.safetensors", "red.png", "--to", "horse", "--out", "out")
    assert done.code == 1 and "from 'horse' to 'zebra' only: the other way is not in its file" in done.err


def test_report_writes_nothing(i2i, official, tmp_path):
    done = i2i("convert", official, "--domains", "horse", "zebra", "--report")
    assert done.code == 0 and "model.1.weight  (2, 3, 7, 7)  ->  stem.0.weight" in done.out
    assert [path.name for path in tmp_path.iterdir()] == ["official"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["official", "--domains", "a", "b"], "where to? add --out"),
        (["official", "--domains", "a", "b", "--out", "m.pth"], "must end in .safetensors"),
        (["official", "--out", "m.safetensors"], "which domains?"),
        (["official", "--domains", "a", "a", "--out", "m.safetensors"], "two different names are needed"),
        (["official", "--domains", "a", "b", "--epoch", "9", "--out", "m.safetensors"], "has no epoch '9'"),
        (["official", "--to", "cyclegan-pytorch", "--out", "official"], "exists already; choose another --out"),
        (["official", "--to", "munit", "--out", "m"], "the model is a cyclegan; write it with --to cyclegan-pytorch"),
        (["nowhere.safetensors", "--out", "m.safetensors"], "say with --to which official code"),
        (["nowhere.safetensors", "--to", "unit", "--out", "m"], "nowhere.safetensors"),
    ],
)
def test_mistakes(i2i, official, tmp_path, words, message):
    done = i2i("convert", *words)
    assert done.code == 1 and message in done.err and done.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["official"]
