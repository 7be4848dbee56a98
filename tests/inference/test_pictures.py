"""What `i2i_zoo.translate` takes from a program: all kinds of pictures, seeds, a style for each; what it refuses."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

import i2i_zoo
from i2i_zoo.data.images.files import write
from i2i_zoo.errors import FileError, UserError
from i2i_zoo.inference.pictures import to_pixels

PIXELS = torch.arange(3 * 12 * 16, dtype=torch.uint8).reshape(3, 12, 16)


@pytest.fixture(scope="module")
def munit():
    """A model in which a style means much."""
    torch.manual_seed(0)
    small = {"generator": {"width": 2, "blocks": 1, "mlp_width": 4}, "discriminator": {"name": "pixelgan", "width": 2}}
    model = i2i_zoo.create("munit", ("a", "b"), **small).eval()
    for net in model.generators.values():
        net.mlp[-1].weight.data *= 20
    return model


def test_every_kind_of_picture_is_the_same_picture(tmp_path, monkeypatch):
    write(PIXELS, tmp_path / "x.png")
    content, array = (tmp_path / "x.png").read_bytes(), PIXELS.movedim(0, -1).numpy()
    monkeypatch.setenv("HOME", str(tmp_path))
    stored = io.BytesIO()
    np.save(stored, array)
    kinds = [tmp_path / "x.png", str(tmp_path / "x.png"), "~/x.png", content, bytearray(content), io.BytesIO(content)]
    kinds += [stored.getvalue(), Image.fromarray(array), array, PIXELS, PIXELS.clone().requires_grad_(False)]
    for kind in kinds:
        assert torch.equal(to_pixels(kind, 3), PIXELS), type(kind)
    with (tmp_path / "x.png").open("rb") as file:
        assert torch.equal(to_pixels(file, 3), PIXELS)


def test_bytes_keep_16_bits_and_floats_their_values(tmp_path):
    deep = PIXELS.to(torch.int32).mul(200).to(torch.uint16)
    write(deep, tmp_path / "x.png")
    assert torch.equal(to_pixels((tmp_path / "x.png").read_bytes(), 3), deep)
    floats = torch.rand(3, 4, 5, dtype=torch.float64)
    assert torch.equal(to_pixels(floats, 3), floats.float())
    assert torch.equal(to_pixels(floats.movedim(0, -1).numpy(), 3), floats.float())


def test_grey_arrays_are_taken_where_grey_pictures_are():
    grey = PIXELS[0].numpy()
    for channels in (1, 3):
        assert torch.equal(to_pixels(grey, channels), to_pixels(Image.fromarray(grey), channels))
    assert to_pixels(PIXELS, 1).shape == (1, 12, 16)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (None, "got NoneType"),
        (7, "is expected, got int"),
        (np.zeros((0, 4, 3), np.uint8), r"shape \(H, W, 3\) is expected, got \(0, 4, 3\)"),
        (np.zeros((4, 4, 2), np.uint8), r"got \(4, 4, 2\)"),
        (np.zeros((4, 4), np.int32), "got int32"),
        (torch.zeros(3, 4, 4) - 1, r"in \[0, 1\]; scale them, or give batches"),
        (torch.full((3, 4, 4), float("nan")), r"in \[0, 1\]"),
        (torch.zeros(2, 3, 4, 4), r"give a batch as list\(images\)"),
        (io.StringIO("text"), r"open it as bytes, with open\(path, 'rb'\)"),
    ],
)
def test_what_is_no_picture_is_one_sentence_and_a_value_error(munit, wrong, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        i2i_zoo.translate(munit, wrong, "b")
    assert isinstance(caught.value, UserError) and "\n" not in str(caught.value)
    if isinstance(wrong, torch.Tensor) and wrong.ndim == 4:
        assert len(i2i_zoo.translate(munit, list(wrong), "b")) == 2


@pytest.mark.parametrize("wrong", ["none.png", b"no image", b""])
def test_files_that_cannot_be_read_are_os_errors_too(munit, wrong):
    with pytest.raises(OSError, match=r"^(none.png|image: what was given) (does not exist|cannot be read|is empty)"):
        i2i_zoo.translate(munit, wrong, "b")
    for missing in ("no/run", "none.safetensors"):
        with pytest.raises(OSError, match="no such file") as caught:
            i2i_zoo.load(missing)
        assert isinstance(caught.value, FileError) and isinstance(caught.value, UserError)


def test_a_seed_gives_each_image_its_own_style_always_the_same(munit):
    def painted(images, **options):
        return [picture.tobytes() for picture in i2i_zoo.translate(munit, images, "b", **options)]

    once, styles = painted([PIXELS] * 3, seed=5), munit.sample_style(3, seed=5)
    assert len(set(once)) == 3
    assert painted([PIXELS] * 3, seed=5) == once == painted([PIXELS] * 3, style=styles)
    assert painted([PIXELS] * 3, seed=6) != once and painted([PIXELS] * 2, seed=5) == once[:2]
    assert i2i_zoo.translate(munit, PIXELS, "b", seed=5).tobytes() == once[0]
    assert painted([PIXELS] * 2, style=styles[1]) == [once[1]] * 2
    with pytest.raises(UserError, match=r"style: shape \(8,\) or \(2, 8\) is expected, got \(3, 8\)"):
        painted([PIXELS] * 2, style=styles)
    with pytest.raises(UserError, match="give one of them"):
        painted([PIXELS] * 3, style=styles, seed=5)


def test_a_seed_changes_nothing_where_there_are_no_styles():
    small = {"generator": {"name": "resnet", "width": 2, "blocks": 1}, "discriminator": {"name": "pixelgan"}}
    model = i2i_zoo.create("cyclegan", ("a", "b"), **small).eval()
    one, other = (i2i_zoo.translate(model, PIXELS, "b", seed=seed).tobytes() for seed in (None, 3))
    assert one == other
