"""Packaged weights go by their name wherever weights are taken."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image
from rich.console import Console

import i2i_zoo
from i2i_zoo import recipe, zoo
from i2i_zoo.errors import UserError
from i2i_zoo.runs.run import Run
from i2i_zoo.weights.model import export

IMAGE = torch.linspace(-1, 1, 256).view(1, 1, 16, 16)


def test_names_are_found_without_torch():
    code = "import sys, i2i_zoo.zoo.card; i2i_zoo.zoo.packaged(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_name_loads_what_the_run_has_learned(animal):
    assert list(zoo.packaged()) == ["shoes/cyclegan"]
    model, trained = i2i_zoo.load("shoes/cyclegan"), i2i_zoo.load(animal.run)
    assert not model.training and {weight.dtype for weight in model.parameters()} == {torch.float32}
    with torch.no_grad():
        given, expected = (one.translate(IMAGE, to="shoes") for one in (model, trained))
    torch.testing.assert_close(given, expected, atol=0.01, rtol=0)
    assert not torch.equal(given, expected), "the file is in half precision"


def test_a_path_that_exists_wins_over_a_name(animal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    other = i2i_zoo.create("cyclegan", ("a", "b"), generator={"name": "resnet", "width": 2, "blocks": 1})
    (tmp_path / "shoes").mkdir()
    export(other, tmp_path / "m.safetensors", {})
    (tmp_path / "m.safetensors").rename(tmp_path / "shoes" / "cyclegan")
    assert i2i_zoo.load("shoes/cyclegan").domains == ("a", "b")


def test_almost_a_name_is_one_sentence_with_the_name(animal):
    with pytest.raises(UserError, match=r"^shoes/cylcegan: no such file.*; did you mean 'shoes/cyclegan'\?$"):
        i2i_zoo.load("shoes/cylcegan")
    with pytest.raises(UserError, match="nowhere: no such file or folder; give a run"):
        i2i_zoo.load("nowhere")


def test_a_training_begins_with_a_name(animal, tmp_path):
    recipe_file = animal.run / "recipe.json"
    run = Run(recipe.load(recipe_file, ["model.init=shoes/cyclegan"]), tmp_path / "run", Console(quiet=True))
    assert run.init_report[1] == "generators.a2b: 9 of 9 tensors loaded"
    assert run.init_report[3] == "discriminators.a: nothing loaded, the file has none; it begins at random"
    shipped = i2i_zoo.load("shoes/cyclegan")
    assert torch.equal(run.model.generators["a2b"].stem[0].weight, shipped.generators["a2b"].stem[0].weight)
    assert run.model.discriminators["a"].state_dict(), "it has discriminators"
    run.train()
    whole = i2i_zoo.load(tmp_path / "run")
    assert whole.missing_networks == ()


def test_commands_take_a_name(i2i, animal, tmp_path):
    before = sorted(animal.home.rglob("*"))
    Image.new("L", (20, 16), 128).save(tmp_path / "x.png")
    assert i2i("translate", "shoes/cyclegan", "x.png", "--to", "shoes", "--out", "out").code == 0
    assert i2i("export", "shoes/cyclegan", "--out", "m.safetensors").code == 0
    assert i2i("convert", "shoes/cyclegan", "--to", "cyclegan-pytorch", "--out", "official").code == 0
    assert sorted(f.name for f in Path("official").glob("*D_*")) == []
    done = i2i("evaluate", "shoes/cyclegan", "evaluate.images=2")
    assert done.code == 0 and "shoes-cyclegan.evaluation.json" in done.out
    report = json.loads(Path("shoes-cyclegan.evaluation.json").read_text())
    assert report["weights"] == "shoes/cyclegan" and report["protocol"]["images"] == {"edges": 2, "shoes": 2}
    assert sorted(animal.home.rglob("*")) == before, "nothing is written into the package"


def test_what_needs_a_run_says_that_a_name_is_none(i2i, animal):
    done = i2i("train", "--resume", "shoes/cyclegan")
    assert done.code == 1 and "holds weights alone" in done.err and "model.init=shoes/cyclegan" in done.err


def test_list_and_show_tell_of_packaged_weights(i2i, animal):
    listed = i2i("list").out
    [title] = [line for line in listed.splitlines() if "Small [shoes]" in line]
    assert "shoes/cyclegan" in title and "MiB" in title
    assert [line.split()[0] for line in listed.splitlines() if "with weights:" in line] == ["shoes/cyclegan"]
    shown = i2i("show", "shoes/cyclegan").out
    for words in ("model.generator.blocks", "Small [shoes]", "2 steps in", "on 1 core", "copied", "real", "Drawn here"):
        assert words in shown, words
    assert "Small" not in i2i("show", "shoes/cyclegan", "train.steps=5").out, "these weights are of another recipe"
