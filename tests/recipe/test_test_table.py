"""Whose word counts in a recipe: what `[test]` says of its images, not what `[data]` says of others."""

from __future__ import annotations

import pytest

from i2i_zoo.recipe.recipe import Recipe, resolve

DATA = {
    "name": "unpaired", "root": "training", "domains": ["x", "y"], "channels": [1, 3], "size": 32, "resize": 40,
    "fit": "cover", "cache": "none", "augment": {"flip": 0.0},
}  # fmt: skip
OWN = {"root": "pairs", "size": 16, "resize": 24, "fit": "stretch", "cache": "file", "augment": {"flip": 1.0}}


def recipe(test: dict[str, object]) -> Recipe:
    return resolve({"model": {"name": "cyclegan"}, "data": DATA, "test": {"name": "paired", **test}})


@pytest.mark.parametrize("key", OWN)
def test_what_the_test_images_say_themselves_counts(key):
    found = recipe({key: OWN[key]})
    said, taken = found.test.dump(), found.data.dump()
    assert said[key] == OWN[key] if key != "augment" else said[key]["flip"] == 1.0
    for other in OWN.keys() - {key}:
        assert said[other] == taken[other], "the rest is as in training"
    assert taken["root"] == "training" and found.test.domains == ("x", "y") and found.test.channels == (1, 3)


def test_the_test_images_are_those_of_the_training_data_where_none_are_named():
    found = resolve({"model": {"name": "cyclegan"}, "data": {"name": "shoes", "test_images": 3, "train_images": 2}})
    training, tests = found.build_data()
    assert tests is training
    named = resolve({"model": {"name": "cyclegan"}, "data": {"name": "shoes"}, "test": {"name": "shoes", "seed": 5}})
    training, tests = named.build_data()
    assert (training.config.seed, tests.config.seed) == (0, 5)
