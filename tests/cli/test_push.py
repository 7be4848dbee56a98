"""`i2i push`: what leaves the machine, what its card says, and how a hub's refusals are said."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import yaml
from huggingface_hub import constants
from rich.console import Console
from safetensors import safe_open

import i2i_zoo
from i2i_zoo import recipe
from i2i_zoo.errors import UserError
from i2i_zoo.hub.address import parse
from i2i_zoo.hub.push import push
from i2i_zoo.runs import publish
from i2i_zoo.runs.run import Run
from i2i_zoo.runs.score import report_file
from i2i_zoo.weights.locate import forget
from i2i_zoo.weights.portable import portable, portable_plugins

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # huggingface_hub's own

TINY = (
    "model.generator={name='resnet', width=2, blocks=1, upsample='transpose'}",
    "model.discriminator={name='pixelgan', width=2}", "data.size=16", "data.train_images=4", "data.test_images=4",
    "train.samples=1", "train.steps=1", "train.ema=0.5", "train.sample_every=1", 'evaluate.metrics=["swd", "edges"]',
)  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of one step, its report, and what it would push."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("trained | here") / "run"
    Run(recipe.load("shoes/cyclegan", TINY), folder, Console(quiet=True)).train()
    return SimpleNamespace(run=folder, step=sorted((folder / "checkpoints").glob("0*"))[-1].name)


@pytest.fixture
def scored(trained, i2i):
    assert i2i("evaluate", trained.run).code == 0
    return trained


def metadata(card):
    return yaml.safe_load(card.split("---\n")[1])


def test_a_run_is_pushed_and_comes_back_as_it_was(hub, scored, i2i, tmp_path):
    done = i2i("push", scored.run, "ann/shoes", "--license", "mit", "--title", "Small *shoes*")
    assert done.code == 0 and "use it as hf://ann/shoes" in done.out, done.err
    pushed = hub.files["ann/shoes"]
    assert set(pushed) == {"model.safetensors", "README.md", "samples.png", "evaluation.json"}
    assert hub.pushed["create"]["name"] == "shoes" and hub.pushed["create"]["organization"] == "ann"
    for content in pushed.values():
        assert str(scored.run.parent).encode() not in content and str(tmp_path).encode() not in content
    card = pushed["README.md"].decode()
    assert metadata(card)["license"] == "mit" and metadata(card)["pipeline_tag"] == "image-to-image"
    assert metadata(card)["library_name"] == "i2i_zoo" and "cyclegan" in metadata(card)["tags"]
    assert "# Small \\*shoes\\*" in card and "![Inputs and their translations](samples.png)" in card
    assert "i2i translate hf://ann/shoes IMAGES --to" in card and "i2i_zoo.load('hf://ann/shoes')" in card
    assert "- training images: 4 edges, 4 shoes" in card and '"train_images": 4' in card
    report = json.loads(pushed["evaluation.json"])
    value = report["values"]["average"]["to_shoes.swd"]
    assert f"| SWD | x 1000 | lower | {value:.4g} |" in card and "4 edges and 4 shoes" in card
    forget()
    image = torch.rand(1, 1, 16, 16) * 2 - 1
    with torch.no_grad():
        one, other = (i2i_zoo.load(name).translate(image, "shoes") for name in ("hf://ann/shoes", scored.run))
    assert torch.equal(one, other)


def test_what_is_pushed_scores_and_begins_trainings(hub, scored, i2i):
    i2i("push", scored.run, "ann/shoes", "--license", "mit")
    forget()
    done = i2i("evaluate", "hf://ann/shoes")
    assert done.code == 0, done.err
    now, then = (json.loads(Path(name).read_text()) for name in ("ann-shoes.evaluation.json", report_file(scored.run)))
    assert now["values"]["exported"] == then["values"]["average"] and now["weights"] == "hf://ann/shoes"
    begun = Run(
        recipe.load("shoes/cyclegan", [*TINY, "model.init=hf://ann/shoes"]),
        scored.run.parent / "b",
        Console(quiet=True),
    )
    assert any("generators.a2b: 9 of 9 tensors loaded" in line for line in begun.init_report)


def test_out_shows_everything_and_pushes_nothing(hub, trained, i2i, tmp_path):
    words = "push", trained.run, "ann/shoes", "--license", "cc-by-4.0", "--half", "--inference"
    done = i2i(*words, "--out", "look")
    assert done.code == 0 and "look: look at its README.md" in done.out, done.err
    assert not hub.files and not hub.pushed
    with safe_open(tmp_path / "look" / "model.safetensors", "pt") as file:
        assert not any(key.startswith("discriminators") for key in file.keys())  # noqa: SIM118
    assert i2i(*words, "--out", "look").err == "error: look: exists already; choose another --out\n"


def test_a_card_without_scores_says_so(hub, tmp_path, i2i):
    model = i2i_zoo.create("munit", ("a_b", "c"), generator={"width": 2, "blocks": 1, "mlp_width": 4}, style_dim=2)
    model.save(tmp_path / "m.safetensors")
    done = i2i("push", "m.safetensors", "ann/m", "--license", "other")
    assert "the card has no scores; to have them, run first: i2i evaluate m.safetensors" in done.out, done.err
    card = hub.files["ann/m"]["README.md"].decode()
    assert "It was not scored." in card and "i2i sample hf://ann/m" in card and "a\\_b to c" in card


@pytest.mark.parametrize(
    "words, said",
    [
        (("ann/m",), "which license? others may use the weights under it: --license mit, apache-2.0"),
        (("ann/m", "--license", "My License"), "--license My License: is no identifier; they are written like mit"),
        (("m", "--license", "mit"), "hf://m: is no address on the Hub; an address on the Hub is hf://owner/name"),
        (("ann/m/x", "--license", "mit"), "hf://ann/m/x: leave out what follows owner/name"),
    ],
)
def test_mistakes_are_said_before_anything_is_done(hub, i2i, words, said):
    done = i2i("push", "nowhere", *words)
    assert done.code == 1 and said in done.err and done.err.count("\n") == 1 and not hub.asked


@pytest.mark.advice("hub/push.py: the Hub must know who you are")
@pytest.mark.advice("hub/push.py: that the token may write there")
def test_refusals_are_one_sentence(hub, trained, i2i, monkeypatch):
    words = "push", trained.run, "ann/shoes", "--license", "mit"
    hub.refused["ann/shoes"] = 403, ""
    done = i2i(*words)
    assert done.code == 1 and "hf://ann/shoes: cannot be pushed (" in done.err and "token may write" in done.err
    monkeypatch.setenv("HF_TOKEN", "")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", "/nowhere/token")
    done = i2i(*words)
    assert done.code == 1 and done.err.strip().endswith("run hf auth login, or set HF_TOKEN, and try again")
    hub.refused.clear()
    monkeypatch.setenv("HF_TOKEN", "secret")
    assert i2i(*words).code == 0


@pytest.mark.advice("hub/push.py: leave it out")
@pytest.mark.parametrize("name", ["model.pth", "pytorch_model.bin", "x.pkl", "x"])
def test_no_pickle_leaves(hub, tmp_path, name):
    (tmp_path / "put").mkdir()
    (tmp_path / "put" / name).write_bytes(b"")
    with pytest.raises(UserError, match=f"{name}: is not pushed"):
        push(tmp_path / "put", parse("hf://ann/m"), "message")
    assert not hub.asked
    (tmp_path / "put" / name).rename(tmp_path / "put" / "model.safetensors")
    push(tmp_path / "put", parse("hf://ann/m"), "message")
    assert set(hub.files["ann/m"]) == {"model.safetensors"}


def test_paths_of_this_machine_stay_here():
    given = {"root": "/home/ann/x", "test": {"root": "C:\\x", "folders": ["~/a", "b"], "size": 64}, "near": "data/x"}
    assert portable(given | {"list": [{"path": "../up", "n": 1}]}) == {
        "test": {"size": 64},
        "near": "data/x",
        "list": [{"n": 1}],
    }
    assert portable_plugins([{"name": "m", "path": "/home/ann/m.py"}]) == [{"name": "m", "path": "m.py"}]
    assert publish.WEIGHTS == "model.safetensors"
