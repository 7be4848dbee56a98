"""How pictures are computed; what becomes of them is tested in `test_front_door.py` and `cli/test_commands.py`."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import i2i_zoo
from i2i_zoo.data.images.files import read, write
from i2i_zoo.data.preparation import Preparation, Resizer
from i2i_zoo.data.range import Range
from i2i_zoo.errors import UserError
from i2i_zoo.inference.files import translate_files
from i2i_zoo.inference.outputs import plan_outputs
from i2i_zoo.inference.translate import translate_pixels
from i2i_zoo.speed import choice as module
from i2i_zoo.speed.choice import Speed, choose_to_translate
from i2i_zoo.weights.model import description, export

CPU = torch.device("cpu")
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


@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16, torch.float32])
def test_answers_are_of_the_type_that_is_asked_for(model, dtype):
    pixels = torch.rand(3, 16, 20)
    pixels = pixels if dtype == torch.float32 else (pixels * torch.iinfo(dtype).max).to(dtype)
    tensor = i2i_zoo.translate(model, pixels, "b", output_type="tensor")
    assert torch.equal(tensor, translate_pixels(model, pixels, "b")) and tensor.dtype == dtype
    first, second = i2i_zoo.translate(model, [pixels, pixels.movedim(0, -1).numpy()], "b", output_type="array")
    assert isinstance(first, np.ndarray) and first.shape == (16, 20, 3)
    assert np.array_equal(first, second) and np.array_equal(first, tensor.movedim(0, -1).numpy())
    assert np.array_equal(i2i_zoo.translate(model, first, "a", output_type="array").shape, first.shape)
    if dtype == torch.uint8:
        assert np.array_equal(np.asarray(i2i_zoo.translate(model, pixels, "b")), first)


def test_many_channels_come_as_arrays_and_unknown_types_are_refused(model):
    many = i2i_zoo.create("cyclegan", ("a", "b"), (3, 5), generator={"name": "resnet", "width": 4, "blocks": 1}).eval()
    image = torch.rand(3, 16, 16)
    with pytest.raises(UserError, match='take output_type="array"'):
        i2i_zoo.translate(many, image, "b")
    assert i2i_zoo.translate(many, image, "b", output_type="array").shape == (16, 16, 5)
    with pytest.raises(UserError, match="output_type: 'arary' is not known; did you mean 'array'"):
        i2i_zoo.translate(model, image, "b", output_type="arary")


@pytest.mark.parametrize("able", [True, False])
def test_auto_is_bf16_where_the_machine_multiplies_it(able, monkeypatch):
    monkeypatch.setattr(module, "multiplies_bf16", lambda device: able)
    assert choose_to_translate(CPU, "auto", 3) == Speed("bf16" if able else "fp32", channels_last=True)
    assert choose_to_translate(CPU, "fp32", 3) == Speed("fp32", channels_last=True)
    assert choose_to_translate(CPU, "bf16", 3) == HALF


class Copy(torch.nn.Module):
    """In the place of a network: an image's first channel."""

    def forward(self, images):
        return images[:, :1]


@pytest.fixture
def scans(tmp_path):
    """A model of MR (12 bits in 16) and CT (signed), whose networks change nothing, as a checkpoint keeps it."""
    model = i2i_zoo.create("cyclegan", ("mr", "ct"), channels=1, generator={"name": "resnet", "width": 4, "blocks": 1})
    model.ranges = {
        "mr": Range(low=0, high=4095, dtype="uint16"),
        "ct": Range(low=-1024, high=3071, dtype="int16"),
    }
    export(model, tmp_path / "scans.safetensors", {})
    loaded = i2i_zoo.load(tmp_path / "scans.safetensors")
    assert loaded.ranges == model.ranges
    loaded.generators = torch.nn.ModuleDict({role: Copy() for role in loaded.generators})
    return loaded


def test_calibrated_values_come_back_calibrated(scans, tmp_path):
    mr, ct = torch.arange(0, 4096, 8).reshape(1, 16, 32), torch.arange(-1024, 3072, 8).reshape(1, 16, 32)
    write(mr.to(torch.uint16), tmp_path / "mr" / "x.png")
    np.save(tmp_path / "ct.npy", ct[0].numpy().astype(">i2"))
    files = plan_outputs([tmp_path / "mr"], tmp_path / "out", scans.range_of("ct").dtype_for(None))
    assert [target.name for _, target in files] == ["x.tif"], "PNG holds no values below 0"
    back = [(tmp_path / "ct.npy", tmp_path / "out" / "back.npy")]
    assert [problem for _, problem in translate_files(scans, files, "ct")] == [""]
    assert [problem for _, problem in translate_files(scans, back, "mr")] == [""]
    found = read(files[0][1], 1, bounded=False)
    assert found.dtype == torch.int16 and torch.equal(found.long(), ct)
    assert np.array_equal(np.load(back[0][1]), mr[0].numpy()) and np.load(back[0][1]).dtype == np.uint16
    picture = i2i_zoo.translate(scans, ct[0].numpy().astype(np.int16), to="mr")
    assert picture.mode == "I;16" and np.array_equal(np.array(picture), mr[0].numpy())
    assert np.array_equal(np.array(i2i_zoo.translate(scans, tmp_path / "mr" / "x.png", to="ct")), ct[0].numpy())


@pytest.mark.parametrize("restore", [False, True])
def test_alpha_goes_along_at_the_size_of_the_answer(model, tmp_path, restore):
    image = torch.randint(0, 256, (4, 20, 24), dtype=torch.uint8)
    write(image, tmp_path / "x.png")
    resizer = Resizer(Preparation(size=(10, 12)), restore)
    assert [p for _, p in translate_files(model, [(tmp_path / "x.png", tmp_path / "y.png")], "b", resizer=resizer)] == [
        ""
    ]
    found = read(tmp_path / "y.png", 4)
    assert found.shape == ((4, 20, 24) if restore else (4, 10, 12))
    assert torch.equal(found[3:], resizer.alongside(image[3:])) and resizer.seen == 1


def test_old_files_have_the_range_of_the_type(model, tmp_path):
    export(model, tmp_path / "x.safetensors", {})
    assert "ranges" not in description(tmp_path / "x.safetensors")
    assert i2i_zoo.load(tmp_path / "x.safetensors").ranges == {}


def test_an_ending_that_cannot_hold_the_channels_of_the_answers_becomes_another(tmp_path):
    for name in ("a.png", "b.jpg", "c.npy"):
        (tmp_path / name).touch()
    for channels, endings in (
        (3, [".png", ".jpg", ".npy"]),
        (4, [".png", ".png", ".npy"]),
        (5, [".tif", ".tif", ".npy"]),
    ):
        targets = [target for _, target in plan_outputs([tmp_path], tmp_path / "out", torch.uint8, channels)]
        assert [target.suffix for target in targets] == endings
