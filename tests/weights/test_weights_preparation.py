"""A model on disk knows how images were prepared for it."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

import i2i_zoo
from i2i_zoo import recipe
from i2i_zoo.data.preparation import Preparation
from i2i_zoo.errors import UserError
from i2i_zoo.runs.run import Run
from i2i_zoo.training import Trainer, checkpoint
from i2i_zoo.weights.model import build, describe, export

SMALL = {"generator": {"name": "resnet", "width": 2, "blocks": 1}, "discriminator": {"name": "pixelgan", "width": 2}}


def created():
    return i2i_zoo.create("cyclegan", ("a", "b"), **SMALL)


def without_key(provenance):
    """The `model.json` of before."""
    facts = json.loads(describe(created(), provenance))
    del facts["preparation"]
    return json.dumps(facts)


def test_checkpoints_and_exported_files_keep_it(tmp_path):
    model = created()
    model.preparation = Preparation(size=(48, 64), fit="cover")
    checkpoint.save(Trainer(model), tmp_path / "run", {})
    export(i2i_zoo.load(tmp_path / "run"), tmp_path / "m.safetensors", {})
    again = i2i_zoo.load(tmp_path / "m.safetensors")
    assert again.preparation == i2i_zoo.load(tmp_path / "run").preparation == model.preparation
    export(created(), tmp_path / "m.safetensors", {"recipe": {"data": {"size": 64}}})
    assert i2i_zoo.load(tmp_path / "m.safetensors").preparation is None, "it says that it knows none"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"size": 64, "resize": 72, "fit": "stretch"}, Preparation(size=(64, 64))),
        ({"size": [48, 64], "fit": "cover"}, Preparation(size=(48, 64), fit="cover")),
        ({"size": 64}, Preparation(size=(64, 64))),
        ({}, None), ({"size": "large"}, None), ({"size": 64, "fit": 3}, None), ("mine", None),
    ],
)  # fmt: skip
def test_files_of_before_say_it_in_their_recipe(tmp_path, data, expected):
    assert build(without_key({"recipe": {"data": data}}), tmp_path).preparation == expected


@pytest.mark.parametrize("provenance", [{}, {"recipe": "mine"}, {"recipe": None}])
def test_files_of_before_without_a_recipe_know_none(tmp_path, provenance):
    assert build(without_key(provenance), tmp_path).preparation is None


@pytest.mark.parametrize("damaged", [7, [64, 64], {}, {"size": 64}, {"size": [0, 64]}, {"size": [64, 64], "fit": "x"}])
def test_a_damaged_one_is_a_user_error_that_names_the_file(tmp_path, damaged):
    facts = json.loads(describe(created(), {})) | {"preparation": damaged}
    with pytest.raises(UserError, match=r"m\.safetensors.*preparation"):
        build(json.dumps(facts), tmp_path / "m.safetensors")


def test_a_run_takes_it_from_its_recipe(tmp_path):
    small = ["model.generator={name='resnet', width=2, blocks=1}", "model.discriminator={name='pixelgan', width=2}"]
    data = ["data.size=[16,24]", "data.resize=32", "data.fit='cover'", "data.train_images=2", "data.test_images=1"]
    words = [*small, *data, "train.samples=1", "train.steps=1"]
    Run(recipe.load("shoes/cyclegan", words), tmp_path / "run", Console(quiet=True)).train()
    assert i2i_zoo.load(tmp_path / "run").preparation == Preparation(size=(16, 24), fit="cover")
