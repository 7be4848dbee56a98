"""What a page says of weights."""

import json
from pathlib import Path

import pytest

import i2i_zoo
from i2i_zoo.runs.about import about


@pytest.fixture
def model():
    small = {
        "generator": {"name": "resnet", "width": 2, "blocks": 1},
        "discriminator": {"name": "pixelgan", "width": 2},
    }
    return i2i_zoo.create("cyclegan", ("edges", "shoes"), (1, 3), **small)


def test_packaged_weights_have_what_their_card_says(model):
    lines = about(Path("shoes/unit"), model).splitlines()
    assert lines[0] == i2i_zoo.zoo.card.read(i2i_zoo.zoo.packaged()["shoes/unit"]).title
    assert "edges <-> shoes (1 and 3 channels)" in lines and "license MIT" in lines
    start = lines.index("scores of shoes on test images:")
    assert lines[start + 1].startswith("KID-Lite2 ") and lines[start + 1].endswith(" x 1000, lower is better")


def test_others_have_the_scores_that_were_kept(model, tmp_path):
    path = tmp_path / "m.safetensors"
    model.save(path)
    assert "scores" not in about(path, model)
    facts = {key: {} for key in ("format", "model", "domains", "floor", "ceiling", "missing", "protocol")}
    facts["values"] = {"exported": {"to_shoes.l1": 0.12345, "to_shoes.n": 2.0, "to_edges.n": None}}
    meaning = {"title": "L1", "better": "lower", "unit": "of 1"}
    facts["scores"] = {"l1": meaning, "n": {"title": "N", "better": "", "unit": ""}}
    (tmp_path / "m.evaluation.json").write_text(json.dumps(facts))
    told = about(path, model)
    assert told.endswith("\nscores of shoes on test images:\nL1 0.1235 of 1, lower is better\nN 2")
