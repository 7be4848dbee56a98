"""Trainings that begin from weights."""

from __future__ import annotations

import shutil

import pytest
import torch
from rich.console import Console

import i2i_zoo
from i2i_zoo import recipe
from i2i_zoo.errors import UserError
from i2i_zoo.interop import write_official
from i2i_zoo.runs.initial_weights import _drop_shared, compare_weights, load_initial
from i2i_zoo.runs.run import Run
from i2i_zoo.weights.model import export, find_checkpoint

SMALL = {"generator": {"name": "resnet", "width": 2, "blocks": 1}, "discriminator": {"name": "pixelgan", "width": 2}}
RECIPE = """
[model]
name = "cyclegan"
init = "{init}"
generator = {{ name = "resnet", width = 2, blocks = 1 }}
discriminator = {{ name = "pixelgan", width = 2 }}
[data]
name = "shoes"
train_images = 4
test_images = 2
size = 16
[train]
steps = {steps}
samples = 1
optimizer = {{ lr = 1e-9 }}
"""


def tiny(channels=3, domains=("edges", "shoes"), **knobs):
    torch.manual_seed(0)
    return i2i_zoo.create("cyclegan", domains, channels, **SMALL | knobs)


def same(model, other, prefix):
    found = [torch.equal(t, other.state_dict()[k]) for k, t in model.state_dict().items() if k.startswith(prefix)]
    return bool(found) and all(found)


@pytest.mark.parametrize("official", [False, True])
def test_weights_of_ours_and_official_ones(tmp_path, official):
    source, model = tiny(domains=("horse", "zebra")), tiny()
    for weight in source.parameters():
        torch.nn.init.normal_(weight)
    path = tmp_path / ("weights" if official else "weights.safetensors")
    write_official(source, "cyclegan-pytorch", path) if official else export(source, path, {})
    lines = load_initial(model, str(path))
    assert same(model, source, "generators") and same(model, source, "discriminators")
    assert lines[1:] == [f"generators.{r}: 9 of 9 tensors loaded" for r in ("a2b", "b2a")] + [
        f"discriminators.{r}: 5 of 5 tensors loaded" for r in "ab"
    ]


def test_networks_without_memory_are_compared_like_others(tmp_path):
    """As `i2i check` builds them."""
    export(tiny(), tmp_path / "weights.safetensors", {})
    with torch.device("meta"):
        model = tiny()
    assert compare_weights(model, str(tmp_path / "weights.safetensors")).lines[1].endswith("9 of 9 tensors loaded")


def test_a_home_is_one_in_python_too(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    export(tiny(), tmp_path / "weights.safetensors", {})
    (tmp_path / "r.toml").write_text(RECIPE.format(init="~/weights.safetensors", steps=1))
    assert i2i_zoo.load("~/weights.safetensors").domains == recipe.load("~/r.toml").data.domains
    load_initial(tiny(), recipe.load("~/r.toml").init)


def test_what_was_not_loaded_is_said(tmp_path):
    source = tiny(channels=(1, 3))
    source.missing_networks = ("discriminators.a",)
    export(source, tmp_path / "m.safetensors", {})
    lines = load_initial(tiny(generator={"name": "resnet", "width": 2, "blocks": 2}), str(tmp_path / "m.safetensors"))
    assert lines[0].endswith("m.safetensors (cyclegan, edges and shoes)")
    assert lines[1].startswith(
        "generators.a2b: 8 of 11 tensors loaded; not a2b.stem.0.weight is (2, 1, 7, 7) there and"
    )
    assert "no a2b.blocks.1.residual.0.weight" in lines[1]
    assert lines[3] == "discriminators.a: nothing loaded, the file has none; it begins at random"
    assert lines[4] == "discriminators.b: 5 of 5 tensors loaded"


def test_what_cannot_begin_a_training(tmp_path):
    export(tiny(), tmp_path / "m.safetensors", {})
    with pytest.raises(UserError, match=r"recipe.model.init: .*next to nothing in it fits this unit"):
        load_initial(
            i2i_zoo.create("unit", ("edges", "shoes"), generator={"width": 2}), str(tmp_path / "m.safetensors")
        )
    with pytest.raises(UserError, match=r"recipe.model.init: .*nowhere: no such file or folder"):
        load_initial(tiny(), str(tmp_path / "nowhere"))
    with pytest.raises(
        UserError, match=r"recipe.data.domains: must be in the order of recipe.model.init, 'data.domains="
    ):
        load_initial(tiny(domains=("shoes", "edges")), str(tmp_path / "m.safetensors"))


def run(tmp_path, steps, checkpoint=None, source=None):
    (tmp_path / "r.toml").write_text(RECIPE.format(init=source or tmp_path / "weights", steps=steps))
    return Run(recipe.load(tmp_path / "r.toml"), tmp_path / "run", Console(quiet=True), checkpoint)


def test_a_run_begins_there_and_resumes_without_the_file(tmp_path):
    source = tiny()
    write_official(source, "cyclegan-pytorch", tmp_path / "weights")
    first = run(tmp_path, steps=1)
    assert same(first.model, source, "generators")
    first.train()
    text = (tmp_path / "run" / "init.txt").read_text()
    assert "generators.a2b: 9 of 9 tensors loaded" in text and str(tmp_path / "weights") in text
    shutil.rmtree(tmp_path / "weights")
    resumed = run(tmp_path, steps=2, checkpoint=find_checkpoint(tmp_path / "run"))
    assert resumed.init_report == [] and resumed.trainer.step == 1
    resumed.train()
    assert (tmp_path / "run" / "init.txt").read_text() == text
    with pytest.raises(UserError, match=r"recipe.model.init: cannot change when a run is resumed"):
        run(tmp_path, steps=3, checkpoint=find_checkpoint(tmp_path / "run"), source="elsewhere")


def test_init_is_a_key_of_the_model_table_and_no_knob_of_the_model(tmp_path):
    (tmp_path / "r.toml").write_text(RECIPE.format(init="weights", steps=1))
    loaded = recipe.load(tmp_path / "r.toml")
    assert loaded.init == "weights" and loaded.dump()["model"]["init"] == "weights" and "init" not in loaded.dump()
    assert recipe.Recipe.parse(loaded.dump()) == loaded
    assert not hasattr(loaded.model, "init")
    assert recipe.load(tmp_path / "r.toml", ["model.init=other"]).init == "other"
    assert "init" not in recipe.load("shoes/quickstart").dump()["model"]
    for override, words in (("init=x", "it is a key of recipe.model"), ("model.init=5", "recipe.model.init: expected")):
        with pytest.raises(UserError, match=words):
            recipe.load(tmp_path / "r.toml", [override])
    schema = recipe.Recipe.model_json_schema()["properties"]
    assert "init" not in schema and all("init" in table["properties"] for table in schema["model"]["anyOf"])


def test_what_is_shared_here_and_not_there_is_taken_from_the_first_domain():
    small = {"generator": {"width": 2, "blocks": 2}, "discriminator": {"name": "pixelgan", "width": 2}}
    torch.manual_seed(0)
    apart, shared = (i2i_zoo.create("unit", ("a", "b"), **small, shared_blocks=n) for n in (0, 1))
    ours = shared.generators.state_dict(keep_vars=True)
    found = {key: tensor.clone() for key, tensor in apart.generators.state_dict().items()}
    assert _drop_shared(ours, found) == 4, "two convolutions of a block in the encoder, two in the decoder"
    shared.generators.load_state_dict(found, strict=False)
    one, other = shared.generators.values()
    assert torch.equal(one.encode.blocks[-1].first.weight, apart.generators["a"].encode.blocks[-1].first.weight)
    assert other.encode.blocks[-1] is one.encode.blocks[-1]
