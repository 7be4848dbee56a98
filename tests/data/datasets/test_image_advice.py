"""Advice on data sets and image files, taken literally."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from test_datasets import fill, make, two_folders, unpaired

import i2i_zoo
from i2i_zoo.data.images.files import from_pil, read, to_pil, write
from i2i_zoo.data.images.finding import find
from i2i_zoo.data.record import Record
from i2i_zoo.data.stream import first_whole
from i2i_zoo.errors import DamagedFile, UserError


def refusal(call, *words, **options) -> str:
    with pytest.raises(UserError) as caught:
        call(*words, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.advice("data/base.py: data.size, or data.fit to 'stretch' or 'cover'")
@pytest.mark.parametrize("knobs", [{"size": 10}, {"fit": "stretch"}, {"fit": "cover"}])
def test_an_image_smaller_than_the_crop_is_cut_smaller_or_resized(tmp_path, knobs):
    two_folders(tmp_path)
    wrong = {"size": 30, "fit": "none"}
    text = refusal(unpaired(tmp_path, **wrong).prepared("train", "x").info, 0)
    assert text.endswith("set a smaller data.size, or data.fit to 'stretch' or 'cover'")
    unpaired(tmp_path, **wrong | knobs).prepared("train", "x").info(0)


@pytest.mark.advice("data/datasets/paired.py: name the folder that holds the pairs")
@pytest.mark.advice("data/datasets/paired.py: use it in [test], and 'unpaired' in [data]")
def test_pairs_belong_in_the_test_table_with_their_folder(tmp_path):
    for folder in ("testA", "testB"):
        fill(tmp_path / folder, ["1.png"])
    pairs = {"domains": ["x", "y"], "size": 16}
    assert "use it in [test], and 'unpaired' in [data]" in refusal(make("paired", **pairs).pile, "train", "x")
    assert "recipe.test.root: missing; name the folder" in refusal(make("paired", **pairs).pile, "test", "x")
    assert len(make("paired", **pairs, root=str(tmp_path)).pile("test", "x")) == 1


@pytest.mark.advice("data/datasets/paired.py: give both files of a pair the same name")
def test_files_that_are_no_pairs_are_called_alike(tmp_path):
    fill(tmp_path / "testA", ["1.png"])
    fill(tmp_path / "testB", ["one.png"])
    pairs = {"domains": ["x", "y"], "size": 16, "root": str(tmp_path)}
    assert "give both files of a pair the same name" in refusal(make("paired", **pairs).pile, "test", "x")
    (tmp_path / "testB/one.png").rename(tmp_path / "testB/1.png")
    assert len(make("paired", **pairs).pile("test", "x")) == 1


@pytest.mark.advice("data/datasets/unpaired.py: add images, two at least")
def test_a_lone_image_gets_company(tmp_path):
    two_folders(tmp_path)
    (tmp_path / "trainA/2.png").unlink()
    assert "add images" in refusal(unpaired(tmp_path).pile, "train", "x")
    fill(tmp_path / "trainA", ["3.png"])
    assert len(unpaired(tmp_path).pile("train", "x")) == 2


@pytest.mark.advice("data/datasets/unpaired.py: leave out data.test")
def test_too_few_to_set_one_aside_leave_out_the_share(tmp_path):
    two_folders(tmp_path)
    assert refusal(unpaired(tmp_path, test=0.5).pile, "train", "x").endswith("leave out data.test")
    assert len(unpaired(tmp_path).pile("train", "x")) == 2


@pytest.mark.advice("data/datasets/unpaired.py: put them back")
def test_test_images_that_are_gone_are_put_back(tmp_path):
    for folder in ("trainA", "trainB"):
        fill(tmp_path / folder, ["a.png", "b.png", "c.png", "d.png"])
    data = unpaired(tmp_path, test=0.3)
    data.recall(Record(test={"x": ["e.png"]}))
    assert refusal(data.pile, "test", "x").endswith("put them back")
    fill(tmp_path / "trainA", ["e.png"])
    data.recall(data.record)
    del data.__dict__["_searched"]
    assert data.pile("test", "x").names == ["e.png"]


@pytest.mark.advice("data/datasets/unpaired.py: name the folder that holds trainA and trainB")
@pytest.mark.advice("data/datasets/unpaired.py: to the one that holds trainA and trainB")
def test_the_root_is_the_folder_that_is_asked_for(tmp_path):
    two_folders(tmp_path / "scans")
    for root, words in (
        ("", "name the folder that holds trainA and trainB"),
        ("scan", "set data.root to the one that"),
    ):
        root = root and str(tmp_path / root)
        assert words in refusal(unpaired(root).pile, "train", "x")
    assert len(unpaired(tmp_path / "scans").pile("train", "x")) == 2


@pytest.mark.advice("data/images/arrays.py: it, or train with as many (data.channels)")
@pytest.mark.parametrize("kind", ["npy", "png"])
def test_an_image_of_other_channels_is_converted_or_trained_with_as_many(tmp_path, kind):
    values = np.zeros((8, 8, 4 if kind == "png" else 5), np.uint8)
    for folder in ("trainA", "trainB"):
        (tmp_path / folder).mkdir()
        for number in range(2):
            path = tmp_path / folder / f"{number}.{kind}"
            np.save(path, values) if kind == "npy" else Image.fromarray(values).save(path)
    knobs = {"channels": [2, 2]}
    text = refusal(unpaired(tmp_path, **knobs).prepared("train", "x").info, 0)
    assert "convert it, or train with as many (data.channels)" in text
    have = int(re.search(r"has (\d) channels", text)[1])
    unpaired(tmp_path, channels=[have, have]).prepared("train", "x").info(0)
    write(torch.zeros(2, 8, 8, dtype=torch.uint8), tmp_path / "trainA/0.npy")
    (tmp_path / "trainA/0.npy").replace(tmp_path / f"trainA/0.{kind}") if kind == "npy" else None
    assert read(tmp_path / "trainA/0.npy", 2).shape == (2, 8, 8)


@pytest.mark.advice("data/images/pillow.py: convert it")
def test_a_picture_of_other_channels_is_converted():
    picture = Image.new("RGBA", (4, 4))
    assert refusal(from_pil, picture, 2).endswith("convert it")
    assert from_pil(picture.convert("LA"), 2).shape == (2, 4, 4)


@pytest.mark.advice("data/images/arrays.py: channels, not", "data/images/arrays.py: numbers; use")
@pytest.mark.parametrize(
    ("image", "ending"),
    [
        (torch.zeros(5, 4, 4, dtype=torch.uint8), ".png"),
        (torch.zeros(2, 4, 4, dtype=torch.uint8), ".jpg"),
        (torch.zeros(1, 4, 4, dtype=torch.int16), ".png"),
    ],
)
def test_an_image_that_a_kind_of_file_cannot_hold_is_written_as_another(tmp_path, image, ending):
    text = refusal(write, image, tmp_path / f"x{ending}")
    others = re.findall(r"\.[a-z]+", text.partition("; use ")[2])
    assert {".tif", ".npy"} <= set(others)
    for other in others:
        write(image, tmp_path / f"x{other}")
        assert torch.equal(read(tmp_path / f"x{other}", len(image), bounded=False), image)


@pytest.mark.advice("data/images/arrays.py: images are not written as")
def test_an_ending_that_is_not_written_is_replaced(tmp_path):
    text = refusal(write, torch.zeros(3, 4, 4, dtype=torch.uint8), tmp_path / "x.gif")
    endings = re.findall(r"\.\w+", text.partition("; ")[2])
    assert ".png" in endings
    for ending in endings:
        write(torch.zeros(3, 4, 4, dtype=torch.uint8), tmp_path / f"x{ending}")


@pytest.mark.advice("data/images/arrays.py: make it smaller")
def test_an_image_that_is_too_large_is_made_smaller(tmp_path, monkeypatch):
    Image.new("L", (20, 20)).save(tmp_path / "x.png")
    monkeypatch.setattr("i2i_zoo.data.images.arrays.MOST_PIXELS", 100)
    assert refusal(read, tmp_path / "x.png", 1).endswith("make it smaller")
    Image.new("L", (10, 10)).save(tmp_path / "x.png")
    assert read(tmp_path / "x.png", 1).shape == (1, 10, 10)


@pytest.mark.advice("data/images/finding.py: known endings:")
@pytest.mark.advice("data/images/finding.py: name a folder of images")
def test_a_folder_of_images_is_one_with_known_endings(tmp_path):
    (tmp_path / "x").mkdir()
    for wrong in ("y", "x/photo.tga"):
        (tmp_path / "x/photo.tga").touch()
        assert refusal(find, tmp_path / wrong).endswith("name a folder of images")
    text = refusal(find, tmp_path / "x")
    for number, ending in enumerate(text.partition("known endings: ")[2].split(), 1):
        (tmp_path / "x/photo").with_suffix(ending).touch()
        assert len(find(tmp_path / "x").paths) == number


@pytest.mark.advice("data/stream.py: see that the images are there")
def test_damaged_images_all_of_them_are_seen_to():
    images = [None, torch.zeros(1)]

    def look(index):
        if images[index] is None:
            raise DamagedFile("a.png is empty")
        return images[index]

    assert refusal(first_whole, look, [0], 0).endswith("see that the images are there")
    images[0] = torch.ones(1)
    assert first_whole(look, [0], 0) is images[0]


EXTRAS = tomllib.loads((Path(i2i_zoo.__file__).parents[1] / "pyproject.toml").read_text())["project"]


def test_every_extra_that_is_advised_brings_what_is_missing():
    """Which module each `pip install` is for stands in the same message."""
    advice = {}
    for path in Path(i2i_zoo.__file__).parent.rglob("*.py"):
        for message, extra in re.findall(r"\"([^\"\n]*)`pip install 'i2i_zoo\[(\w+)\]'`", path.read_text()):
            advice[message] = extra
    assert len(advice) >= 3
    for message, extra in advice.items():
        brought = {re.split("[><=]", name)[0] for name in EXTRAS["optional-dependencies"][extra]}
        assert "{name}" in message or [name for name in brought if name in message], (message, extra)


def test_what_the_extras_bring_is_what_is_imported():
    owners = packages_distributions()
    for module, extra in (("tifffile", "tiff"), ("imagecodecs", "tiff"), ("resvg_py", "emoji")):
        if find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
        brought = {re.split("[><=]", name)[0].replace("-", "_") for name in EXTRAS["optional-dependencies"][extra]}
        assert {name.replace("-", "_") for name in owners[module]} & brought


def test_pictures_of_many_channels_take_another_way():
    """As `i2i_zoo.translate` says: PIL has no mode for them."""
    with pytest.raises(ValueError, match="Pillow has no mode"):
        to_pil(torch.zeros(5, 4, 4, dtype=torch.uint8))
