"""What people write into recipes and on the command line, and what it comes to."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from PIL import Image

from i2i_zoo import recipe
from i2i_zoo.errors import UserError
from i2i_zoo.recipe.recipe import load


@pytest.mark.advice("recipe/recipe.py: nor the name of a recipe")
def test_extends_takes_a_packaged_name(tmp_path):
    (tmp_path / "mine.toml").write_text('extends = "unpaired/cyclegan"\n[data]\nroot = "x"\n[train]\nepochs = 7')
    loaded = load(tmp_path / "mine.toml")
    assert loaded.train.epochs == 7 and loaded.model == load("unpaired/cyclegan", ["data.root=x"]).model
    (tmp_path / "wrong.toml").write_text('extends = "unpaired/cyclgan"')
    with pytest.raises(UserError, match=r"extends 'unpaired/cyclgan'.*did you mean 'unpaired/cyclegan'"):
        load(tmp_path / "wrong.toml")


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    text = recipe.packaged()["shoes/quickstart"].read_text()
    (tmp_path / "bom.toml").write_text(text, encoding="utf-8-sig")
    assert load(tmp_path / "bom.toml") == load("shoes/quickstart")


@pytest.mark.parametrize("key", ["data.domains", "data.folders", "data.test_folders", "data.channels", "data.size"])
def test_two_things_with_a_comma_are_refused_with_the_form_that_is_taken(key):
    given = "1,3" if key in ("data.channels", "data.size") else "cats, dogs"
    with pytest.raises(UserError) as error:
        load("unpaired/cyclegan", ["data.root=x", f"{key}={given}"])
    [form] = [word for word in shlex.split(str(error.value).replace(", got", " got")) if word.startswith(f"{key}=[")]
    load("unpaired/cyclegan", ["data.root=x", form])


def test_three_domains_are_one_too_many():
    with pytest.raises(UserError) as error:
        load("unpaired/cyclegan", ["data.root=x", "data.domains=['a', 'b', 'c']"])
    said = "expected two of them; a model translates between two, so train one for each pair, got 3"
    assert str(error.value) == f"recipe.data.domains: {said}"


def test_the_home_folder_is_meant_by_a_tilde_in_every_path(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for folder in ("cats", "dogs"):
        (tmp_path / folder).mkdir()
        for number in range(2):
            Image.new("RGB", (80, 80)).save(tmp_path / folder / f"{number}.png")
    folders = ["data.folders=['~/cats', '~/dogs']", "data.test_folders=['~/dogs', '~/cats']"]
    data, _ = load("unpaired/cyclegan", ["data.domains=['a', 'b']", *folders]).build_data()
    assert data.source("train", "a").name(0) == str(tmp_path / "cats" / "0.png")
    assert data.source("test", "a").name(0) == str(tmp_path / "dogs" / "0.png")
    paired = [folders[0], "test={name='paired', root='~', folders=['cats', 'dogs']}"]
    _, tests = load("unpaired/cyclegan", paired).build_data()
    assert len(tests.source("test", tests.config.domains[0])) == 2


def test_a_relative_root_says_relative_to_what(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data, _ = load("unpaired/cyclegan", ["data.root=photos"]).build_data()
    with pytest.raises(UserError, match=f"photos: no such folder in {tmp_path}, where the command was given"):
        data.source("train", data.config.domains[0])
    for letter in "AB":
        (tmp_path / "photos" / f"train{letter}").mkdir(parents=True)
        for number in range(2):
            Image.new("RGB", (80, 80)).save(Path("photos", f"train{letter}", f"{number}.png"))
    assert len(data.source("train", data.config.domains[0])) == 2
