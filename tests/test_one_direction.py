"""A model with one generator, of the kind of CUT, goes all the way: it is trained, watched, scored, used, compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.functional import l1_loss

from i2i_zoo import compare, config
from i2i_zoo.cli.train import train
from i2i_zoo.compare import execute
from i2i_zoo.errors import UserError
from i2i_zoo.models import Translator, Turn
from i2i_zoo.registry import models

TINY = [
    "data.size=32", "data.train_images=4", "data.test_images=5", "train.samples=2", "train.log_every=1",
    "train.monitor_every=1", "train.evaluate_every=2", "train.best=l1", "evaluate.metrics=['cycle', 'paired']",
]  # fmt: skip
RECIPE = 'model = { name = "one_way" }\ndata = { name = "shoes" }\ntrain = { steps = 2 }\n'


class OneWay(Translator):
    """The first domain to the second, by one layer."""

    class Config(config.Config):
        pass

    players = averaged = ("generator",)

    def __init__(self, config, domains, channels=3):
        super().__init__(config, domains, channels)
        self.generator = nn.Sequential(nn.Conv2d(*self.channels.values(), 1), nn.Tanh())

    @property
    def directions(self):
        return (self.domains,)

    def turns(self, batch, step):
        source, target = (batch[domain] for domain in self.domains)
        yield Turn(("generator",), {"mean": l1_loss(self.generator(source).mean((2, 3)), target.mean((2, 3)))})

    def forward(self, images, to):
        return self.generator(images)


@pytest.fixture
def recipe(monkeypatch, tmp_path):
    """Its recipe, while the model is registered."""
    monkeypatch.setattr(models, "_classes", dict(models._classes))
    models.register("one_way")(OneWay)
    path = tmp_path / "one_way.toml"
    path.write_text(RECIPE)
    return path


def test_it_is_trained_watched_scored_and_used(i2i, recipe):
    done = i2i("train", recipe, *TINY, "--out", "run")
    assert done.code == 0 and "--to shoes --out translated" in done.out
    rows = [json.loads(line) for line in Path("run/log.jsonl").read_text().splitlines()]
    [scored] = [row for row in rows if "scores" in row]
    assert set(scored["scores"]) == {"to_shoes.l1", "to_shoes.psnr", "to_shoes.ssim"} and scored["best"]
    assert (recipe.parent / "run/samples/000000002.png").exists()

    done = i2i("evaluate", "run")
    assert done.code == 0 and "to shoes" in done.out and "to edges" not in done.out
    report = json.loads(Path("run/evaluation/000000002.json").read_text())
    assert "the model translates to 'shoes' only" in report["skipped"]["cycle"]
    assert report["protocol"]["images"] == {"edges": 5, "shoes": 5}
    assert {key.split(".")[0] for key in (*report["floor"], *report["ceiling"])} == {"to_shoes"}

    assert i2i("translate", "run", "run/examples/edges", "--to", "shoes", "--out", "shoes").code == 0
    done = i2i("translate", "run", "run/examples/shoes", "--to", "edges", "--out", "edges")
    assert done.code == 1 and "this model translates from 'edges' to 'shoes' only\n" in done.err


def test_it_is_compared_with_one_that_goes_both_ways(recipe, monkeypatch, tmp_path):
    monkeypatch.setattr(execute, "_run", lambda command: train(command[4], out=execute.Path(command[6])))
    both = tmp_path / "both_ways.toml"
    both.write_text(RECIPE.replace("one_way", "cyclegan"))
    small = tmp_path / "small.toml"
    small.write_text(
        f'extends = "{both.name}"\nmodel = {{ generator = {{ width = 2, blocks = 1 }}, '
        'discriminator = { name = "pixelgan", width = 2 } }\n'
    )
    found = compare.compare(compare.plan([str(recipe), str(small)], tmp_path / "out", TINY[:4]), print)
    assert [(shown.to, list(shown.outputs)) for shown in found.pictures] == [
        ("shoes", ["one_way", "small"]), ("edges", ["small"]),
    ]  # fmt: skip
    directions = {metric.key: metric.direction for metric in found.metrics}
    assert {directions[key] for key in found.entries[0].mean} == {"edges -> shoes"}
    assert {directions[key] for key in found.entries[1].mean} == {"edges -> shoes", "shoes -> edges"}
    assert "small" in (tmp_path / "out" / "report.html").read_text()


def test_what_it_says_of_itself(recipe):
    model = models["one_way"].Config().build(("a", "b"))
    assert model.directions == (("a", "b"),) and model.targets == ("b",) and model.source("b") == "a"
    assert model.device == torch.device("cpu") and model.player("generator") is model.generator
    assert model.parameter_count("generator") == 12
    with pytest.raises(UserError, match="two different names are needed, got 'a', 'b', 'c'"):
        OneWay(None, ("a", "b", "c"))


def test_more_domains_are_a_matter_of_the_model():
    class Many(OneWay):
        domain_count = None
        directions = Translator.directions

        def __init__(self):
            Translator.__init__(self, None, ("a", "b", "c"))

    model = Many()
    assert model.roles == {"a": "a", "b": "b", "c": "c"} and model.targets == ("a", "b", "c")
    assert len(model.directions) == 6 and model.source("a") == "b"
