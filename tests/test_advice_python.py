"""Advice of the front door in Python, taken literally."""

from __future__ import annotations

import pytest
import torch
from PIL import Image

import i2i_zoo
from i2i_zoo.errors import UserError
from i2i_zoo.weights.model import export

SMALL = {"generator": {"width": 2, "blocks": 1}}


@pytest.fixture
def model():
    torch.manual_seed(0)
    return i2i_zoo.create("cyclegan", ("edges", "shoes"), 1, **SMALL).eval()


@pytest.fixture
def picture(tmp_path):
    Image.effect_noise((16, 16), 60).save(tmp_path / "0.png")
    return tmp_path / "0.png"


@pytest.mark.advice("inference/pictures.py: give a batch as list(images)")
@pytest.mark.advice("inference/pictures.py: or give batches in [-1, 1] to model.translate")
def test_a_batch_and_its_values(model):
    batch = torch.rand(2, 1, 16, 16)
    with pytest.raises(UserError, match=r"give a batch as list\(images\)"):
        i2i_zoo.translate(model, batch, to="shoes")
    assert len(i2i_zoo.translate(model, list(batch), to="shoes")) == 2
    with pytest.raises(UserError, match=r"or give batches in \[-1, 1\] to model.translate"):
        i2i_zoo.translate(model, 2 * batch[0] - 1, to="shoes")
    assert model.translate(2 * batch - 1, to="shoes").shape == batch.shape
    with pytest.raises(UserError, match="scale them"):
        i2i_zoo.translate(model, 255 * batch[0], to="shoes")
    assert i2i_zoo.translate(model, batch[0], to="shoes").size == (16, 16)


@pytest.mark.advice("weights/locate.py: `i2i list` shows the names")
@pytest.mark.advice("recipe/files.py: `i2i list` shows the names")
@pytest.mark.parametrize(("call", "what"), [(i2i_zoo.load, "weights"), (i2i_zoo.fit, "recipe")])
@pytest.mark.parametrize("wrong", [None, 5, b"bytes", torch.zeros(1)])
def test_what_is_no_name(call, what, wrong):
    with pytest.raises(UserError, match=f"{what}: a path or a name is expected, got .*; `i2i list` shows"):
        call(wrong)


@pytest.mark.advice("inference/translate.py: is not known; did you mean")
def test_a_type_of_answer(model, picture):
    with pytest.raises(UserError, match="did you mean 'array'"):
        i2i_zoo.translate(model, picture, to="shoes", output_type="arry")
    assert i2i_zoo.translate(model, picture, to="shoes", output_type="array").shape == (16, 16, 1)


@pytest.mark.advice("inference/translate.py: give one of them")
def test_a_style_or_a_seed(model, picture):
    with pytest.raises(UserError, match="give one of them"):
        i2i_zoo.translate(model, picture, to="shoes", style=torch.zeros(8), seed=1)
    assert i2i_zoo.translate(model, picture, to="shoes", seed=1).size == (16, 16)


@pytest.mark.advice("inference/pictures.py: open it as bytes, with open(path, 'rb')")
def test_a_file_is_opened_as_bytes(model, picture):
    with picture.open(encoding="latin-1") as file, pytest.raises(UserError, match=r"open it as bytes, with open\("):
        i2i_zoo.translate(model, file, to="shoes")
    with picture.open("rb") as file:
        assert i2i_zoo.translate(model, file, to="shoes").size == (16, 16)


@pytest.mark.advice("inference/translate.py: take output_type=")
def test_many_channels_are_an_array():
    many = i2i_zoo.create("cyclegan", ("a", "b"), 5, **SMALL)
    with pytest.raises(UserError, match='take output_type="array"'):
        i2i_zoo.translate(many, torch.rand(5, 16, 16), to="b")
    assert i2i_zoo.translate(many, torch.rand(5, 16, 16), to="b", output_type="array").shape == (16, 16, 5)


@pytest.mark.advice("models/base.py: use letters, digits, spaces and")
def test_names_of_domains():
    with pytest.raises(UserError, match=r"use letters, digits, spaces and . \+ - _"):
        i2i_zoo.create("cyclegan", ("a/b", "c"))
    assert i2i_zoo.create("cyclegan", ("a-B 1.0+_", "c"), **SMALL).domains == ("a-B 1.0+_", "c")


@pytest.mark.advice("models/base.py: `i2i_zoo.styles.from_id` makes one of a name")
def test_the_name_of_a_style_becomes_one():
    styled = i2i_zoo.create("munit", ("a", "b"), generator={"width": 2, "mlp_width": 2})
    with pytest.raises(UserError, match=r"`i2i_zoo.styles.from_id` makes one of a name"):
        styled.translate(torch.zeros(1, 3, 16, 16), to="b", style="name")
    style = i2i_zoo.styles.from_id(i2i_zoo.styles.to_id(styled.sample_style(1)[0]), styled.style_dim)
    assert styled.translate(torch.zeros(1, 3, 16, 16), to="b", style=style).shape == (1, 3, 16, 16)


@pytest.mark.advice("models/saving.py: export it without --half")
def test_weights_beyond_16_bits_are_exported_in_32(model, tmp_path):
    with torch.no_grad():
        next(model.generators.parameters()).fill_(1e6)
    with pytest.raises(UserError, match="export it without --half"):
        export(model, tmp_path / "w.safetensors", {}, half=True)
    export(model, tmp_path / "w.safetensors", {})
    assert next(i2i_zoo.load(tmp_path / "w.safetensors").generators.parameters()).max() == 1e6
