"""Advice on recipes, taken literally: what a message says to write is written, and then the recipe is built."""

from __future__ import annotations

import inspect
import re
import shlex

import pytest

import i2i_zoo.runs.run
from i2i_zoo.errors import Notice, UserError
from i2i_zoo.recipe.recipe import load
from i2i_zoo.training import Trainer, monitors

TINY = [
    "model.generator={name='resnet', width=2, blocks=1}",
    "model.discriminator={name='patchgan', width=2, layers=2}",
]
NARROW = ["data.root=x", "model.generator.width=2", "model.discriminator.width=2"]
SMALL = {
    "cyclegan": ["unpaired/cyclegan", "data.root=x", *TINY],
    "munit": ["summer2winter/munit", *NARROW, "model.generator.mlp_width=2", "model.generator.blocks=1"],
    "unit": ["summer2winter/unit", *NARROW, "model.generator.blocks=1"],
}


def build(name: str, *overrides: str) -> None:
    """All that is asked of a recipe before its images are looked for."""
    recipe = load(name, overrides)
    i2i_zoo.runs.run.check_batch(recipe, 1)
    recipe.build_data()
    Trainer(recipe.build_model(), recipe.train)


def refusal(name: str, *overrides: str) -> str:
    with pytest.raises(UserError) as error:
        build(name, *overrides)
    assert "\n" not in str(error.value)
    return str(error.value)


def advised(text: str) -> list[str]:
    """The overrides in a message, as a shell reads them when they are copied."""
    quoted = re.findall(r"'[a-z_.]+=[^']*'", text)
    plain = re.findall(r"(?<![\w.'])[a-z_]+(?:\.\w+)+=[^\s,;)]+", re.sub(r"'[^']*'", "", text))
    return shlex.split(" ".join([*quoted, *plain]))


@pytest.mark.advice(
    "data/base.py: is smaller than the crop, size",
    "losses/perceptual.py: set model.perceptual.weight=0",
    "models/cyclegan.py: set model.identity=0",
)
@pytest.mark.parametrize(
    ("model", "mistakes"),
    [
        ("cyclegan", ["data.resize=200"]),
        ("cyclegan", ["data.size=300"]),
        ("cyclegan", ["data.size=[64, 304]"]),
        ("cyclegan", ["data.channels=[1, 3]"]),
        ("munit", ["data.channels=[2, 3]", "model.perceptual.weight=1"]),
    ],
)
def test_the_override_in_a_refusal_mends_the_recipe(model, mistakes):
    words = advised(refusal(*SMALL[model], *mistakes))
    assert words
    build(*SMALL[model], *mistakes, *words)


@pytest.mark.advice(
    "data/base.py: no domain is called",
    "models/base.py: no domain is called so;",
    "training/optimizers.py: recipe.train.optimizer.algorithm: timm has no",
    "training/trainer.py: no such player",
    "config.py: no such key",
    "registry.py: is called",
    "nets/ensemble.py: no such critic",
    "config.py: expected",
)
@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ("train.sampels=3", "sampels"),
        ("model.generator.name=resnt", "resnt"),
        ("evaluate.metrics=['swdd']", "swdd"),
        ("evaluate.knobs.swd.pathces=3", "pathces"),
        ("data.range_for.aa=[0, 1]", "aa"),
        ("data.augment_for.aa.flip=0.5", "aa"),
        ("train.optimizer.algorithm=adm", "adm"),
        ("train.optimizer_for.generator.lr=1e-4", "generator"),
        ("train.schedule.name=linaer", "linaer"),
        ("model.discriminator_for.bb={name='pixelgan', width=2}", "bb"),
        ("model.gan.objective='lsgn'", "lsgn"),
        ("model.discriminator={name='ensemble', critics={one={name='pixelgan', width=2}}, weights={onne=1}}", "onne"),
    ],
)
def test_the_word_that_was_meant_is_taken(wrong, place):
    domains = 'data.domains=["aaa", "bbb"]'
    text = refusal(*SMALL["cyclegan"], domains, wrong)
    found = re.search(r"(?:did you mean|expected) '([^']+)'", text) or re.search(r"known: (\w+)", text)
    build(*SMALL["cyclegan"], domains, wrong.replace(place, found[1]))


@pytest.mark.advice("recipe/recipe.py: take a multiple of")
@pytest.mark.parametrize("model", SMALL)
def test_a_size_that_is_advised_fits_the_networks(model):
    text = refusal(*SMALL[model], "data.size=7", "data.resize=512")
    stride, least = map(int, re.search(r"take a multiple of (\d+), at least (\d+)", text).groups())
    for size in (-(-least // stride) * stride, -(-(least + 50) // stride) * stride):
        build(*SMALL[model], f"data.size={size}", "data.resize=512")


@pytest.mark.advice("runs/run.py: take a multiple of")
def test_a_batch_that_is_advised_can_be_shared():
    knobs = *SMALL["cyclegan"], "train.accumulate=3"
    factor = int(re.search(r"take a multiple of (\d+)$", refusal(*knobs, "train.batch=4"))[1])
    for batch in (factor, 5 * factor):
        build(*knobs, f"train.batch={batch}")


def test_a_choice_is_a_table_of_the_form_that_is_shown():
    text = refusal(*SMALL["cyclegan"], "model.generator=unet")
    words = [f"model.generator={re.search('{.*}', text)[0]}", "model.generator.width=2", "model.generator.depth=5"]
    build(*SMALL["cyclegan"], *words)


@pytest.mark.advice(
    "recipe/recipe.py: leave them out",
    "recipe/recipe.py: it is a key of recipe.model",
    "recipe/recipe.py: expected the path of weights",
    "evaluation/config.py: leave out `name`",
)
@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["test={name='paired', domains=['x', 'y']}"], "recipe.test: its domains and channels .*; leave them out"),
        (["evaluate.metrics=['fid']", "evaluate.knobs.fid={name='kid'}"], "leave out `name`"),
        (["init=weights"], "recipe.init: no such key; it is a key of recipe.model"),
        (["data.root=", "model.init=3"], "recipe.model.init: expected the path of weights"),
    ],
)
def test_what_is_to_be_left_out_or_moved(overrides, words):
    assert re.search(words, refusal(*SMALL["cyclegan"], *overrides))
    mended = [
        word.replace(", domains=['x', 'y']", "").replace("{name='kid'}", "{}").replace("init=weights", "model.init=w")
        for word in overrides
    ]
    build(*SMALL["cyclegan"], *(word.replace("model.init=3", "model.init=weights") for word in mended))


@pytest.mark.advice("data/datasets/unpaired.py: leave out one of them")
@pytest.mark.advice("recipe/recipe.py: keep one of them")
def test_a_file_with_two_lengths_or_two_kinds_of_test_images_keeps_one(tmp_path):
    for table, lines in (("train", ["steps = 5", "epochs = 2"]), ("data", ["test = 0.2", "test_folders = ['a', 'b']"])):
        for kept in (lines, lines[:1], lines[1:]):
            head = "[model]\nname = 'cyclegan'\n"
            data = "[data]\nname = 'unpaired'\nroot = 'x'\ndomains = ['a', 'b']\nsize = 64\n"
            body = "\n".join(kept)
            text = head + data + (body if table == "data" else f"[train]\n{body}")
            (tmp_path / "r.toml").write_text(text)
            if kept is lines:
                assert re.search("keep one of them|leave out one of them", refusal(tmp_path / "r.toml", *TINY))
            else:
                build(tmp_path / "r.toml", *TINY)


def test_an_override_takes_the_place_of_the_other_way_to_say_it(tmp_path):
    (tmp_path / "r.toml").write_text("extends = 'unpaired/cyclegan'\n[data]\ntest_folders = ['c', 'd']\nroot = 'x'")
    with pytest.warns(Notice, match=r"data.test=0.2 takes the place of test_folders"):
        build(tmp_path / "r.toml", *TINY, "data.test=0.2")
    with pytest.warns(Notice, match=r"data.resize has no effect with data.fit = 'none'"):
        build(*SMALL["cyclegan"], "data.fit=none")


def test_every_override_that_a_monitor_or_a_training_advises_is_taken_by_a_model():
    """A knob of a model is one of some model; the others are knobs of all."""
    sources = [inspect.getsource(module) for module in vars(monitors).values() if inspect.ismodule(module)]
    advice = " ".join([*sources, inspect.getsource(i2i_zoo.runs.run)]).replace("{{", "{").replace("}}", "}")
    words = set(re.findall(r"\b(?:train|model|data)\.[a-z_.0-9]+=(?:\{[a-z]+=[\de.-]+\}|[\d.]+\d)", advice))
    assert {"model.gan.r1=1.0", "train.clip=1.0", "train.optimizer_for.discriminators={lr=5e-5}"} <= words
    assert len(words) > 6
    for word in words:
        taken = []
        for model in SMALL:
            try:
                load(SMALL[model][0], [*SMALL[model][1:], word])
                taken.append(model)
            except UserError as error:
                assert "no such key" in str(error), word
        assert taken and (word.startswith("model.") or len(taken) == len(SMALL)), word
