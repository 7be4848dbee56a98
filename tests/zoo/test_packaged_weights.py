"""All packaged weights, and a small one made here: they are what their cards say."""

from __future__ import annotations

import pytest
import torch

import i2i_zoo
from i2i_zoo import zoo
from i2i_zoo.recipe import files as recipe_files
from i2i_zoo.runs.score import score
from i2i_zoo.weights.model import description, export
from i2i_zoo.zoo.card import card_file, read

FILES = [pytest.param(file, id=name) for name, file in zoo.packaged().items()]


@pytest.fixture(params=[*FILES, pytest.param(None, id="made here")])
def file(request, made):
    return request.param or made.file


def test_they_translate_as_their_card_says(file, ship):
    model, card = i2i_zoo.load(file), read(file)
    assert model.domains == card.preparation.domains and set(card.check.outputs) == set(model.targets)
    size = card.preparation.size
    found = ship.outputs(model, (size, size) if isinstance(size, int) else size)
    for to, means in found.items():
        assert len(means) == 16 * model.channels[to]
        assert means == pytest.approx(card.check.outputs[to], abs=0.01)


def test_they_score_as_their_card_says(file):
    check = read(file).check
    if check.values:  # else the test images would have to be downloaded
        found = score(file, check.overrides)["values"]["exported"]
        assert found.keys() == check.values.keys()
        assert found == pytest.approx(check.values, rel=0.02, abs=0.005)


def test_they_tell_nothing_of_the_machine_they_come_from(file):
    for text in (card_file(file).read_text(), str(description(file))):
        assert not [path for path in ("/work", "/home", "/root", "/tmp", "/Users") if path in text]


def test_each_is_of_a_recipe_and_all_are_small(ship):
    assert zoo.packaged().keys() <= recipe_files.packaged().keys()
    assert [name for name, file in zoo.packaged().items() if not card_file(file).exists()] == []
    assert [name for name, file in zoo.packaged().items() if not zoo.sheet_file(file).exists()] == []
    assert ship.total() <= ship.MOST


@torch.no_grad()
def test_other_weights_do_not_pass_for_those_of_the_card(made, ship, tmp_path):
    model, check = i2i_zoo.load(made.file), read(made.file).check
    for weight in model.generators["a2b"].head.parameters():
        weight.neg_()
    assert ship.outputs(model, (16, 16))["shoes"] != pytest.approx(check.outputs["shoes"], abs=0.01)
    export(model, tmp_path / "m.safetensors", description(made.file)["provenance"])
    found = score(tmp_path / "m.safetensors", check.overrides)["values"]["exported"]
    assert found != pytest.approx(check.values, rel=0.02, abs=0.005)
