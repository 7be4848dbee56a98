"""What may differ when a run is resumed."""

from __future__ import annotations

import json

import pytest

from i2i_zoo.errors import UserError
from i2i_zoo.recipe.recipe import load
from i2i_zoo.runs.resume import check_resumed

IMAGES = {"edges": 3, "shoes": 3}


@pytest.fixture
def checkpoint(tmp_path):
    """A checkpoint of a run of shoes/munit, as far as `check_resumed` looks."""
    folder = tmp_path / "checkpoints" / "000000100"
    folder.mkdir(parents=True)
    return folder


def save(checkpoint, tables):
    provenance = {"recipe": tables, "images": IMAGES, "step": 100}
    (checkpoint / "model.json").write_text(json.dumps({"provenance": provenance}))


def test_a_recipe_without_the_knobs_of_today_has_their_defaults(checkpoint):
    recipe = load("shoes/munit")
    tables = recipe.dump()
    del tables["train"]["clip"], tables["model"]["style"]
    save(checkpoint, tables)
    check_resumed(recipe, IMAGES, checkpoint)
    with pytest.raises(UserError, match=r"recipe\.model: cannot change|recipe\.model\.style: cannot change"):
        check_resumed(load("shoes/munit", ["model.style=2.0"]), IMAGES, checkpoint)


@pytest.mark.parametrize(
    ("override", "allowed"),
    [("train.steps=5000", True), ("data.workers=3", True), ("train.seed=3", False), ("data.size=128", False)],
)
def test_what_makes_it_another_run_is_refused(checkpoint, override, allowed):
    save(checkpoint, load("shoes/munit").dump())
    changed = load("shoes/munit", [override])
    if allowed:
        check_resumed(changed, IMAGES, checkpoint)
    else:
        with pytest.raises(UserError, match="cannot change when a run is resumed"):
            check_resumed(changed, IMAGES, checkpoint)


@pytest.mark.parametrize(
    "text",
    ["{}", "[]", '{"provenance": 3}', '{"provenance": {}}', '{"provenance": {"step": "5"}}', "[" * 5000, "\x00",
     '{"provenance": {"step": 1, "recipe": []}}', '{"provenance": {"step": 1, "images": 7}}'],
)  # fmt: skip
def test_a_strange_description_is_one_sentence(checkpoint, text):
    (checkpoint / "model.json").write_text(text)
    with pytest.raises(UserError, match="does not say what it was trained with"):
        check_resumed(load("shoes/munit"), IMAGES, checkpoint)
