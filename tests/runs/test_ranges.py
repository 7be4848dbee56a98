"""A training with a range keeps its numbers, and says what it trains on."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

import i2i_zoo
from i2i_zoo.data.images.files import read, write
from i2i_zoo.data.range import Range

KNOBS = [
    "data.root=d", 'data.domains=["mr", "ct"]', "data.channels=[1, 1]", "data.size=16",
    "model.generator={name='resnet', width=2, blocks=1}", "model.discriminator={name='pixelgan', width=2}",
    "train.samples=1", "train.epochs=1", "train.speed='exact'",
]  # fmt: skip


@pytest.fixture
def scans(i2i, tmp_path):
    """12 bits in 16, and signed numbers, below the folder that commands run in."""
    ramp = torch.arange(256).reshape(1, 16, 16)
    for split in ("train", "test"):
        for number in range(2):
            write((ramp * 16).to(torch.uint16), tmp_path / "d" / f"{split}A" / f"{number}.png")
            write((ramp * 8 - 1024).to(torch.int16), tmp_path / "d" / f"{split}B" / f"{number}.npy")
    return tmp_path


def test_percentiles_become_numbers_that_a_resumed_run_keeps(i2i, scans):
    found = i2i("train", "unpaired/cyclegan", *KNOBS, "data.range_for.ct={percentiles=[0, 100]}", "--out", "r")
    assert found.code == 0 and "ct: range [-1024, 1016], type int16" in found.out
    assert "warning: mr: " in found.out + found.err and "set 'data.range_for.mr=[0, 4095]'" in found.out + found.err
    kept = {"mr": Range(dtype="uint16"), "ct": Range(low=-1024, high=1016, dtype="int16")}
    assert i2i_zoo.load(scans / "r").ranges == kept
    for number in range(2):
        image = np.load(scans / "d" / "trainB" / f"{number}.npy")
        np.save(scans / "d" / "trainB" / f"{number}.npy", image // 2)
    assert i2i("train", "--resume", "r", "train.epochs=2").code == 0
    assert i2i_zoo.load(scans / "r").ranges == kept, "percentiles of other images are not taken"


def test_examples_and_translations_have_the_values_and_the_type_of_their_domain(i2i, scans):
    assert i2i("train", "unpaired/cyclegan", *KNOBS, "data.range=[-1024, 4095]", "--out", "r").code == 0
    assert torch.equal(read(scans / "r/examples/ct/00.npy", 1, bounded=False), read_scan(scans / "d/testB/0.npy"))
    assert torch.equal(read(scans / "r/examples/mr/00.png", 1), read_scan(scans / "d/testA/0.png"))
    assert i2i("translate", "r", "d/testA", "--to", "ct", "--out", "o").code == 0
    assert read(scans / "o/0.tif", 1, bounded=False).dtype == torch.int16


def read_scan(path):
    return read(path, 1, bounded=False)


@pytest.mark.filterwarnings("always::i2i_zoo.errors.Notice")
def test_check_says_the_values_of_each_domain_and_where_little_of_the_range_is_used(i2i, scans):
    found = i2i("check", "unpaired/cyclegan", *KNOBS, "data.range_for.ct=[-1024, 3071]")
    assert found.code == 0
    assert "set 'data.range_for.mr=[0, 4095]'" in found.err and "ct: nearly" not in found.err
    assert "2 training images of mr: values 0 to 4080, percentiles 0.5 and 99.5: 16 and 4064; range of" in found.out
    assert "2 test images of ct: values -1024 to 1016, " in found.out and "; range [-1024, 3071]" in found.out
    found = i2i("check", "unpaired/cyclegan", *KNOBS)
    assert found.code == 1 and "data.range=[-1024, 1016]" in found.err


def test_translate_says_what_was_clamped_and_where_little_of_the_range_is_used(i2i, scans):
    assert i2i("train", "unpaired/cyclegan", *KNOBS, "data.range=[0, 2039]", "--out", "r").code == 0
    write(torch.full((1, 16, 16), 200, dtype=torch.uint8), scans / "in/eight.png")
    write(torch.full((1, 16, 16), 200, dtype=torch.uint16), scans / "in/sixteen.png")
    found = i2i("translate", "r", "in", "d/testA", "--to", "ct", "--out", "o")
    assert "2 of 4 images have values beyond the range [0, 2039] of mr, which were clamped: 25 % of all" in found.out
    assert "1 of 4 images uses little of the range [0, 2039] of mr, which comes from uint16 images" in found.out
    found = i2i("translate", "r", "in/sixteen.png", "--to", "ct", "--out", "o")
    assert "range" not in found.out


def test_scores_are_of_the_range_and_not_of_the_type(i2i, scans):
    assert i2i("train", "unpaired/cyclegan", *KNOBS, "data.range=[0, 4095]", "--out", "r").code == 0
    assert i2i("evaluate", "r", "--out", "of.json", "evaluate.metrics=['cycle']").code == 0
    model = i2i_zoo.load(scans / "r")
    image = model.range_of("mr").to_unit(read_scan(scans / "d/testA/0.png"))[None]
    with torch.inference_mode():
        back = model.translate(model.translate(image, to="ct").clamp(-1, 1), to="mr").clamp(-1, 1)
    values = json.loads((scans / "of.json").read_text())["values"]["average"]
    l1 = next(value for name, value in values.items() if name.startswith("to_ct.") and "l1" in name)
    assert l1 == pytest.approx(float((back - image).abs().mean()) / 2, rel=1e-3)
