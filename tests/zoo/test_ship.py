"""`benchmarks/ship.py`: what it writes."""

from __future__ import annotations

import json

import pytest

import i2i_zoo
from i2i_zoo.errors import UserError
from i2i_zoo.weights.model import description
from i2i_zoo.zoo import sheet_file
from i2i_zoo.zoo.card import card_file, read


def test_the_card_says_how_the_weights_were_trained(animal):
    card = read(animal.file)
    assert card.title == "Small [shoes]" and card.notices == ("Drawn here",)
    assert card.training.recipe == "shoes/cyclegan" and card.training.steps == 2 and card.training.minutes < 1
    assert {"train.steps=2", "data.size=16", "model.generator.width=4"} <= set(card.training.changes)
    assert not [change for change in card.training.changes if change.startswith("train.optimizer")]
    assert card.training.images == {"edges": 4, "shoes": 4} and card.preparation.size == 16
    for row in (card.scores.values, card.scores.floor, card.scores.ceiling):
        assert {"to_shoes.l1", "to_edges.l1"} <= row.keys()


def test_the_same_command_and_scoring_again_write_the_same_files(animal, pack, tmp_path):
    files = (animal.file, card_file(animal.file), sheet_file(animal.file))
    before = [file.read_bytes() for file in files]
    pack("shoes/cyclegan", "shoes/cyclegan")
    assert [file.read_bytes() for file in files] == before


def test_a_notebook_shows_the_samples_that_ship_draws(animal, pack):
    sheet = sheet_file(animal.file)
    assert i2i_zoo.load("shoes/cyclegan").sheet == sheet
    assert "<img" in i2i_zoo.load("shoes/cyclegan")._repr_html_()
    before = sheet.read_bytes()
    sheet.write_bytes(b"")
    pack("shoes/cyclegan", "shoes/cyclegan", "--sheet")
    assert sheet.read_bytes() == before


def test_paths_of_the_machine_are_left_out(ship, animal):
    tables = {"data": {"root": "/home/me", "size": 5, "folders": ["a", "../b"]}, "model": {"init": "~/x", "name": "m"}}
    assert ship.portable(tables) == {"data": {"size": 5}, "model": {"name": "m"}}
    assert description(animal.file)["provenance"]["recipe"]["data"]["size"] == 16, "the rest of the recipe is there"


def test_discriminators_stay_where_they_are_asked_for(ship, animal, tmp_path):
    ship._export(animal.run, tmp_path / "whole.safetensors", discriminators=True)
    assert i2i_zoo.load(tmp_path / "whole.safetensors").missing_networks == ()
    assert i2i_zoo.load(animal.file).missing_networks == ("discriminators.a", "discriminators.b")


def test_the_outputs_of_a_model_with_styles_are_those_of_one_style(ship):
    model = i2i_zoo.create("munit", ("a", "b"), (1, 3), generator={"width": 4, "blocks": 1, "mlp_width": 8}).eval()
    first = ship.outputs(model, (32, 16))
    assert {to: len(means) for to, means in first.items()} == {"a": 16, "b": 48}
    assert ship.outputs(model, (32, 16)) == first


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda card: card.pop("license"), "cyclegan.card.json: card.license: missing"),
        (lambda card: card.update(titel="x"), "card.titel: no such key; did you mean 'title'?"),
        (lambda card: card["training"].update(steps="2"), "card.training.steps: expected an integer"),
    ],
)
def test_a_wrong_card_is_one_sentence(animal, tmp_path, change, words):
    card = json.loads(card_file(animal.file).read_text())
    change(card)
    (tmp_path / "cyclegan.card.json").write_text(json.dumps(card))
    with pytest.raises(UserError) as error:
        read(tmp_path / "cyclegan.safetensors")
    assert words in str(error.value) and "\n" not in str(error.value)


def test_a_missing_card_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match=r"m.card.json: cannot be read as a card of weights"):
        read(tmp_path / "m.safetensors")
