"""How pictures are computed; what becomes of them is tested in `test_front_door.py` and `cli/test_commands.py`."""

from __future__ import annotations

import pytest
import torch

import i2i_zoo
from i2i_zoo.cli.translate import choose_speed
from i2i_zoo.data.images import read, write
from i2i_zoo.inference import translate_files, translate_pixels
from i2i_zoo.speed import choice as module
from i2i_zoo.speed.choice import Speed

HALF = Speed("bf16", channels_last=True)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return i2i_zoo.create("cyclegan", ("a", "b"), generator={"name": "resnet", "width": 8, "blocks": 2}).eval()


def test_half_precision_changes_bytes_by_a_level_or_two(model):
    pixels = torch.randint(0, 256, (3, 20, 24), dtype=torch.uint8)
    plain, half = (translate_pixels(model, pixels, "b", speed=speed).int() for speed in (None, HALF))
    assert 0 < (plain - half).abs().float().mean() < 1 and (plain - half).abs().max() < 12


@pytest.mark.parametrize("dtype", [torch.uint16, torch.float32])
def test_deeper_images_are_never_computed_in_half_precision(model, dtype):
    pixels = torch.rand(3, 20, 24)
    pixels = pixels if dtype == torch.float32 else (pixels * 65535).to(dtype)
    plain, half = (translate_pixels(model, pixels, "b", speed=speed).double() for speed in (None, HALF))
    assert (plain - half).abs().max() <= (2e-5 if dtype == torch.float32 else 2)


def test_files_of_both_depths_in_one_folder(model, tmp_path):
    bytes_, deep = torch.randint(0, 256, (3, 16, 16), dtype=torch.uint8), torch.rand(3, 16, 16)
    write(bytes_, tmp_path / "in" / "bytes.png")
    write(deep, tmp_path / "in" / "deep.npy")
    pairs = [(tmp_path / "in" / name, tmp_path / "out" / name) for name in ("bytes.png", "deep.npy")]
    assert [problem for _, problem in translate_files(model, pairs, "b", speed=HALF)] == ["", ""]
    assert torch.equal(read(pairs[0][1], 3), translate_pixels(model, bytes_, "b", speed=HALF))
    torch.testing.assert_close(read(pairs[1][1], 3), translate_pixels(model, deep, "b"), atol=2e-5, rtol=0)


@pytest.mark.parametrize("able", [True, False])
def test_auto_is_bf16_where_the_machine_multiplies_it(able, monkeypatch):
    monkeypatch.setattr(module, "multiplies_bf16", lambda device: able)
    assert choose_speed("auto", "cpu", 3) == Speed("bf16" if able else "fp32", channels_last=True)
    assert choose_speed("fp32", "cpu", 3) == Speed("fp32", channels_last=True)
    assert choose_speed("bf16", "cpu", 3) == HALF
