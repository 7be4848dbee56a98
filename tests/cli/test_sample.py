"""`i2i sample`, called in this process."""

from __future__ import annotations

import re

import pytest
import torch
from PIL import Image

import i2i_zoo
from i2i_zoo.data.images.files import read, write
from i2i_zoo.inference.styles import from_id
from i2i_zoo.weights.model import export

SMALL = {"generator": {"width": 2, "blocks": 1, "mlp_width": 4}, "discriminator": {"name": "pixelgan", "width": 2}}
PLAIN = ["--precision", "fp32"]
NAME = r"\b[a-z2-7]{13}\b"


@pytest.fixture
def weights(tmp_path):
    """An exported model from grey `edges` to RGB `shoes`, in whose decoder a style means much."""
    torch.manual_seed(0)
    model = i2i_zoo.create("munit", ("edges", "shoes"), (1, 3), **SMALL)
    for net in model.generators.values():
        net.mlp[-1].weight.data *= 20
    path = tmp_path / "m.safetensors"
    export(model, path, {})
    for number in range(3):
        write(torch.randint(0, 256, (1, 16, 20 + number), dtype=torch.uint8), tmp_path / "in" / f"{number}.png")
        write(torch.randint(0, 256, (3, 18, 18), dtype=torch.uint8), tmp_path / "photos" / f"{number}.png")
    return path


def written(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.png"))}


def test_a_grid_of_random_styles_the_same_in_a_column(i2i, weights, tmp_path):
    done = i2i("sample", weights, "in", "--to", "shoes", "--styles", "3", "--out", "one", "--files", *PLAIN)
    names = re.findall(NAME, done.out)
    assert done.code == 0 and len(set(names)) == 3 and "3 of 3 images" in done.out
    assert written(tmp_path / "one").keys() == {"grid.png"} | {f"{n}/{i}.png" for n in names for i in range(3)}
    model = i2i_zoo.load(weights)
    for number, name in enumerate(names):
        style = from_id(name, 8)
        expected = i2i_zoo.translate(model, tmp_path / "in" / "1.png", to="shoes", style=style)
        with Image.open(tmp_path / "one" / name / "1.png") as image:
            assert image.tobytes() == expected.tobytes() and image.size == (21, 16)
        assert (style - model.sample_style(3, seed=0)[number]).abs().max() < 0.05
    with Image.open(tmp_path / "one" / "grid.png") as image:
        assert image.size == (4 * (132 + 4) + 4, 22 + 3 * (96 + 4))


def test_the_seed_and_the_name_give_the_same_pictures_again(i2i, weights, tmp_path):
    for out, words in {"a": "--seed 4", "b": "--seed 4", "c": "--seed 5"}.items():
        done = i2i("sample", weights, "in", "--to", "shoes", "--styles", "2", "--out", out, "--files", *words.split())
        assert done.code == 0
    assert written(tmp_path / "a") == written(tmp_path / "b") != written(tmp_path / "c")
    name = min(path.name for path in (tmp_path / "a").iterdir() if path.is_dir())
    assert i2i("sample", weights, "in/2.png", "--to", "shoes", "--style-id", name, "--out", "d", "--files").code == 0
    assert (tmp_path / "d" / name / "2.png").read_bytes() == (tmp_path / "a" / name / "2.png").read_bytes()
    assert i2i("translate", weights, "in", "--to", "shoes", "--style-id", name, "--out", "e").code == 0
    assert written(tmp_path / "e") == written(tmp_path / "a" / name)


def test_the_style_of_examples_mixed(i2i, weights, tmp_path):
    like = ["--like", "photos/0.png", "--like", "photos/1.png"]
    done = i2i("sample", weights, "in", "--to", "shoes", *like, "--mix", "3", "--mix", "1", "--out", "out")
    [name] = re.findall(NAME, done.out)
    model = i2i_zoo.load(weights)
    photos = [read(tmp_path / "photos" / f"{i}.png", 3)[None].float() / 127.5 - 1 for i in range(2)]
    with torch.no_grad():
        one, other = (model.encode_style(photo, "shoes")[0] for photo in photos)
    assert (from_id(name, 8) - (0.75 * one + 0.25 * other)).abs().max() < 0.05
    done = i2i("sample", weights, "in", "--to", "shoes", *like, "--styles", "2", "--out", "out")
    assert len(re.findall(NAME, done.out)) == 3, "the mixture and two random ones"


def test_a_walk_is_a_strip_and_a_moving_picture(i2i, weights, tmp_path):
    done = i2i("sample", weights, "in", "--to", "shoes", "--walk", "5", "--seed", "2", "--out", "out")
    names = re.findall(NAME, done.out)
    assert done.code == 0 and len(set(names)) == 5
    ends = i2i_zoo.load(weights).sample_style(2, seed=2)
    for name, end in zip((names[0], names[-1]), ends, strict=True):
        assert (from_id(name, 8) - end).abs().max() < 0.05
    with Image.open(tmp_path / "out" / "walk.gif") as gif:
        assert gif.n_frames == 8, "five there, three back"
    stations = [word for i in range(3) for word in ("--like", f"photos/{i}.png")]
    done = i2i("sample", weights, "in", "--to", "shoes", *stations, "--walk", "3", "--out", "out")
    assert len(re.findall(NAME, done.out)) == 3


def test_a_model_without_styles_says_so(i2i, tmp_path):
    small = {"generator": {"width": 2, "blocks": 1}, "discriminator": {"name": "pixelgan", "width": 2}}
    export(i2i_zoo.create("unit", ("a", "b"), **small), tmp_path / "u.safetensors", {})
    write(torch.zeros(3, 16, 16, dtype=torch.uint8), tmp_path / "x.png")
    sentence = "error: unit has no styles to choose from: it has one answer for each image\n"
    for words in (["sample"], ["translate", "--style-id", "a" * 13]):
        done = i2i(*words, "u.safetensors", "x.png", "--to", "b", "--out", "out")
        assert done.code == 1 and done.err == sentence
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--styles 0", "0 styles are not possible"),
        ("--walk 1", "a walk takes two styles and two frames at least"),
        ("--walk -3", "a walk takes two styles and two frames at least"),
        ("--mix 1", "--mix gives the weights of --like images, and there are none"),
        ("--like photos/0.png --mix 1 --mix 2", "mixing 1 style takes as many weights"),
        ("--like nowhere.png", "nowhere.png does not exist"),
        ("--style-id hello", "'hello' is not the name of a style of this model"),
    ],
)
def test_mistakes_are_one_sentence_before_any_work(i2i, weights, tmp_path, words, sentence):
    done = i2i("sample", weights, "in", "--out", "out", "--to", "shoes", *words.split())
    assert done.code in (1, 2) and sentence in done.err and done.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_an_unknown_domain_is_one_sentence(i2i, weights):
    assert "did you mean 'shoes'?" in i2i("sample", weights, "in", "--out", "out", "--to", "shoos").err


def test_a_damaged_input_is_named_and_the_others_are_done(i2i, weights, tmp_path):
    (tmp_path / "in" / "1.png").write_bytes(b"no picture")
    done = i2i("sample", weights, "in", "--to", "shoes", "--styles", "2", "--out", "out")
    assert done.code == 1 and "in/1.png cannot be read as an image" in done.err and "2 of 3 images" in done.out


def test_without_files_inputs_may_have_the_same_name_and_lie_where_the_grid_goes(i2i, weights, tmp_path):
    write(torch.zeros(1, 16, 16, dtype=torch.uint8), tmp_path / "more" / "0.png")
    done = i2i("sample", weights, "in/0.png", "more/0.png", "--to", "shoes", "--styles", "1", "--out", "in")
    assert done.code == 0 and "2 of 2 images" in done.out and (tmp_path / "in" / "grid.png").is_file()
    done = i2i("sample", weights, "more", "--to", "shoes", "--styles", "1", "--out", "more/0.png")
    assert done.code == 1 and "more/0.png: is a file; --out names a folder" in done.err


def test_only_the_example_and_a_style_without_a_name(i2i, weights):
    done = i2i("sample", weights, "in", "--to", "shoes", "--like", "photos/0.png", "--styles", "0", "--out", "out")
    assert len(re.findall(NAME, done.out)) == 1
    done = i2i("translate", weights, "in", "--to", "shoes", "--style-id", "", "--out", "out2")
    assert done.code == 1 and "'' is not the name of a style" in done.err
