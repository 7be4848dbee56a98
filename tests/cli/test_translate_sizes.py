"""At which size `i2i translate`, `i2i sample` and Python work: that of the training, unless it is told otherwise."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import i2i_zoo
from i2i_zoo.data.images.files import read, write
from i2i_zoo.data.preparation import Preparation
from i2i_zoo.data.transforms import resize
from i2i_zoo.weights.model import export

SMALL = {"generator": {"width": 2, "blocks": 1, "mlp_width": 4}, "discriminator": {"name": "pixelgan", "width": 2}}
NOTE = "scaled to 32 x 32, the size of the training"
PLAIN = ["--to", "b", "--out", "out", "--precision", "fp32"]


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A model of 32 px, also as `m.safetensors`, and one picture as files of 64 px and 32 px."""
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    model = i2i_zoo.create("munit", ("a", "b"), 1, **SMALL).eval()
    for net in model.generators.values():
        net.mlp[-1].weight.data *= 20
    model.preparation = Preparation(size=(32, 32))
    export(model, Path("m.safetensors"), {})
    image = resize(torch.randint(0, 256, (1, 12, 9), dtype=torch.uint8), (80, 64), "stretch")
    write(image, Path("in/large.png"))
    write(resize(image, (32, 32), "stretch"), Path("in/small.png"))
    return model


def first_style(model):
    """The one that `i2i translate` takes."""
    return i2i_zoo.styles.rounded(model.sample_style(1, seed=0))[0]


def as_read(picture):
    return np.asarray(picture).tolist()


def shape(path):
    with Image.open(path) as image:
        return image.height, image.width


def test_large_and_small_files_of_a_picture_are_translated_alike(i2i, model):
    done = i2i("translate", "m.safetensors", "in", *PLAIN)
    assert done.code == 0 and shape("out/large.png") == (32, 32)
    assert Path("out/large.png").read_bytes() == Path("out/small.png").read_bytes()
    assert done.out.count(f"1 of 2 images {NOTE}") == 1 and done.out.count(NOTE) == 1
    for picture in ("in/large.png", read(Path("in/small.png"), 1)[0].numpy()):
        answer = i2i_zoo.translate(i2i_zoo.load("m.safetensors"), picture, "b", first_style(model))
        assert answer.size == (32, 32) and as_read(answer) == read(Path("out/large.png"), 1)[0].tolist()


@pytest.mark.parametrize(
    ("words", "size"), [("--size native", (80, 64)), ("--size 40,24", (40, 24)), ("--size 48", (48, 48))]
)
def test_another_size_if_it_is_asked_for_without_a_word(i2i, model, words, size):
    done = i2i("translate", "m.safetensors", "in/large.png", *PLAIN, *words.split())
    assert done.code == 0 and shape("out/large.png") == size and "scaled" not in done.out
    asked = words.split()[1]
    python = "native" if asked == "native" else size
    [answer] = i2i_zoo.translate(model, ["in/large.png"], "b", first_style(model), size=python)
    assert as_read(answer) == read(Path("out/large.png"), 1)[0].tolist()


def test_restore_scales_the_answer_back(i2i, model):
    assert i2i("translate", "m.safetensors", "in", *PLAIN).code == 0
    expected = resize(read(Path("out/large.png"), 1), (80, 64), "stretch")
    done = i2i("translate", "m.safetensors", "in", *PLAIN, "--restore")
    assert torch.equal(read(Path("out/large.png"), 1), expected) and shape("out/small.png") == (32, 32)
    assert f"1 of 2 images {NOTE}, and the answers back" in done.out
    assert i2i_zoo.translate(model, "in/large.png", "b", restore=True).size == (64, 80)


def test_deep_images_of_the_size_are_untouched_and_nothing_is_said(i2i, model):
    deep = torch.randint(0, 65536, (1, 32, 32)).to(torch.uint16)
    write(deep, Path("deep.png"))
    done = i2i("translate", "m.safetensors", "deep.png", *PLAIN)
    whole = read(Path("out/deep.png"), 1)
    assert done.code == 0 and "scaled" not in done.out and whole.dtype == torch.uint16
    assert i2i("translate", "m.safetensors", "deep.png", *PLAIN, "--size", "native").code == 0
    assert torch.equal(read(Path("out/deep.png"), 1), whole)


def test_a_sheet_of_styles_at_the_size_of_the_training(i2i, model):
    done = i2i("sample", "m.safetensors", "in", *PLAIN, "--styles", "2", "--files")
    assert done.code == 0 and done.out.count(f"1 of 2 images {NOTE}") == 1
    for name in re.findall(r"\b[a-z2-7]{13}\b", done.out):
        assert Path(f"out/{name}/large.png").read_bytes() == Path(f"out/{name}/small.png").read_bytes()
    assert shape("out/grid.png") == (22 + 2 * 132, 3 * 132 + 4), "pictures of 32 px, magnified by 4"
    done = i2i("sample", "m.safetensors", "in", *PLAIN, "--styles", "1", "--files", "--restore")
    [name] = re.findall(r"\b[a-z2-7]{13}\b", done.out)
    assert shape(f"out/{name}/large.png") == (80, 64)


def test_examples_of_a_style_are_seen_at_the_same_size(i2i, model):
    def name(*words):
        words = ("sample", "m.safetensors", "in/small.png", *PLAIN, "--styles", "0", *words)
        return re.findall(r"\b[a-z2-7]{13}\b", i2i(*words).out)

    assert name("--like", "in/large.png") == name("--like", "in/small.png")
    assert name("--like", "in/large.png", "--size", "native") != name("--like", "in/small.png")


@pytest.mark.parametrize("command", ["translate", "sample"])
def test_a_wrong_size_is_one_sentence_before_any_work(i2i, model, command):
    done = i2i(command, "m.safetensors", "in", *PLAIN, "--size", "51x2")
    assert done.code == 1 and done.err.startswith("error: size: expected native, a number of pixels")
    assert done.err.count("\n") == 1 and not Path("out").exists()


def test_a_place_on_earth_that_is_lost_is_said(model, i2i):
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite("in/map.tif", np.zeros((80, 64), np.uint8), extratags=[(33550, 12, 3, (0.5, 0.5, 0.0), True)])
    words = "translate", "m.safetensors", "in", *PLAIN
    assert "1 of 3 images without the place on Earth (GeoTIFF), which --restore keeps" in i2i(*words).out
    for kept in (["--restore"], ["--size", "native"]):
        assert "Earth" not in i2i(*words, *kept).out
        with tifffile.TiffFile("out/map.tif") as file:
            assert file.pages[0].tags.valueof(33550) == (0.5, 0.5, 0.0)


@pytest.mark.advice("cli/translate.py: --sampled translates part by part and --no-tile does not; leave one of them out")
def test_sampled_and_no_tile_contradict_each_other(i2i, model):
    words = ["translate", "m.safetensors", "in/small.png", *PLAIN, "--sampled"]
    done = i2i(*words, "--no-tile")
    assert done.code == 1 and "leave one of them out" in done.err
    assert i2i(*words).code == 0


def test_sheets_of_styles_take_no_option_that_they_would_ignore(i2i, model):
    done = i2i("sample", "m.safetensors", "in/small.png", "--to", "b", "--out", "out", "--tile")
    assert done.code == 2 and "--tile" in done.err
