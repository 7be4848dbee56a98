"""What may be compared, and for how long."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pytest
from rich.console import Console

from i2i_zoo.compare import plan
from i2i_zoo.compare.speed import steps_in
from i2i_zoo.data.record import Record
from i2i_zoo.errors import Notice, UserError
from i2i_zoo.recipe.recipe import load
from i2i_zoo.runs.run import Run
from i2i_zoo.speed import choice
from i2i_zoo.training import Trainer

TINY = ["data.size=64", "data.train_images=4", "model.generator.width=2"]
QUICK = ["model.generator.pretrained=false", "model.discriminator={name='patchgan', width=2, layers=2}"]


def trained(run, *overrides, recipe="shoes/munit"):
    """Make what a run leaves after 9 steps, as far as a plan looks at it."""
    checkpoint = run / "checkpoints" / "000000009"
    checkpoint.mkdir(parents=True)
    load(recipe, overrides).save(run / "recipe.json")
    (checkpoint / "model.json").write_text(json.dumps({"provenance": {"step": 9}}))
    return str(run)


def touched(*files):
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def test_recipes_times_seeds(tmp_path):
    planned = plan(["shoes/cyclegan", "shoes/munit"], tmp_path, [*TINY, "train.steps=9"], seeds=2)
    assert planned.names == ["shoes/cyclegan", "shoes/munit"]
    assert [(p.name, p.seed, p.steps, p.finished) for p in planned.parts] == [
        (name, seed, 9, False) for name in planned.names for seed in (0, 1)
    ]
    assert all(p.recipe.train.seed == p.seed and p.recipe.model.generator.width == 2 for p in planned.parts)
    assert len({p.folder for p in planned.parts}) == 4


def test_patterns_name_packaged_recipes(tmp_path):
    assert plan(["ablations/g*"], tmp_path, steps=5).names == [
        "ablations/gan", "ablations/gan_backward", "ablations/gan_forward",
    ]  # fmt: skip
    assert len(plan(["ablations/maps/*"], tmp_path, seeds=2).parts) == 10


def test_a_budget_of_steps_replaces_the_recipes_own(tmp_path):
    for part in plan(["shoes/quickstart", "shoes/munit"], tmp_path, TINY, steps=7).parts:
        assert part.steps == part.recipe.train.steps == 7


def test_a_budget_of_time_becomes_steps_that_are_kept(tmp_path):
    tiny = [*TINY, *QUICK]
    one = plan(["shoes/cyclegan"], tmp_path, tiny, seeds=2, seconds=300).parts
    assert one[0].steps == one[1].steps > 30, "a tiny model takes more than a step in ten seconds"
    (one[0].folder).mkdir(parents=True)
    one[0].recipe.save(one[0].folder / "recipe.json")
    assert plan(["shoes/cyclegan"], tmp_path, tiny, seeds=1, seconds=300).parts[0].steps == one[0].steps
    few, many = (steps_in(one[0].recipe, seconds) for seconds in (10, 1000))
    assert few * 20 < many


def test_the_steps_that_are_timed_are_those_of_the_training(tmp_path, monkeypatch):
    """Their arithmetic, optimizers, micro-batches and memory."""
    seen, kept = [], []

    def advance(trainer, micro_batches, wrapped=Trainer.advance):
        fused = [bool(optimizer.defaults["fused"]) for optimizer in trainer.optimizers.values()]
        sizes = [len(images) for batch in micro_batches for images in batch.values()]
        seen.append((trainer.speed, fused, sizes, len(kept)))
        return wrapped(trainer, micro_batches)

    monkeypatch.setattr(Trainer, "advance", advance)
    monkeypatch.setattr(choice, "retain_freed_memory", lambda: kept.append(True))
    monkeypatch.setattr("i2i_zoo.compare.speed.return_memory", kept.clear)
    tiny = [*TINY, *QUICK, "train.batch=4", "train.accumulate=2", "train.steps=1"]
    recipe = load("shoes/cyclegan", [*tiny, "train.evaluate_every=0", "train.monitor_every=0", "train.samples=1"])
    steps_in(recipe, 1.0)
    assert len(seen) == 13 and not kept, "the memory is returned"
    Run(recipe, tmp_path / "run", Console(quiet=True)).train()
    timed, trained = seen[0], seen[-1]
    assert timed == trained and trained[0].fused and all(trained[1]) and trained[2] == [2] * 4 and trained[3] == 1


@pytest.mark.parametrize(
    ("sources", "knobs", "sentence"),
    [
        (["shoes/quickstart", "shoes/munit"], {}, "shoes/quickstart takes 300 steps and shoes/munit 1000"),
        (["shoes/munit", "edges2shoes/munit"], {}, "cannot be compared: their data"),
        (["shoes/munit", "shoes/munit"], {}, "named twice"),
        (["shoes/x*"], {}, "no packaged recipe matches"),
        (["shoes/munitt"], {}, "did you mean 'shoes/munit'"),
        ([], {}, "what is to be compared"),
        (["shoes/munit"], {"seeds": 0}, "must be positive"),
        (["shoes/munit"], {"steps": 5, "seconds": 5.0}, "two budgets"),
        (["shoes/munit"], {"overrides": ["data.size=30"]}, "does not fit the model's networks"),
    ],
)
def test_what_would_be_unfair_or_impossible_is_one_sentence(tmp_path, sources, knobs, sentence):
    with pytest.raises(UserError, match=sentence) as caught:
        plan(sources, tmp_path, **knobs)
    assert "\n" not in str(caught.value)


def test_runs_of_other_images_are_refused_without_a_knob_that_comes_too_late(tmp_path):
    runs = [trained(tmp_path / f"r{size}", *TINY, f"data.size={size}") for size in (64, 128)]
    with pytest.raises(UserError, match=r"their data\.size differ; compare runs of the same images"):
        plan(runs, tmp_path / "out")


@pytest.mark.advice("compare/plan.py: compare them on test images that neither was trained on")
def test_runs_that_set_other_test_images_aside_need_test_images_of_both(tmp_path):
    words = ["data.domains=['a', 'b']", f"data.root={tmp_path / 'photos'}", "data.test=0.2"]
    runs = [trained(tmp_path / name, *words, recipe="unpaired/cyclegan") for name in ("early", "late")]
    for run, aside in zip(runs, ("1.png", "7.png"), strict=True):
        Record(test={"a": [aside], "b": ["2.png"]}).write(Path(run))
    with pytest.raises(UserError, match=r"early and .*late have set other test images aside.*test\.root=FOLDER"):
        plan(runs, tmp_path / "out")
    with pytest.warns(Notice, match=r"data\.test sets images aside that nothing uses"):
        advised = plan(runs, tmp_path / "out", ["test.name=unpaired", f"test.root={tmp_path / 'others'}"])
    touched(*(tmp_path / "others" / f"test{letter}" / "x.png" for letter in "AB"))
    assert advised.tests.pile("test", "a").names == ["x.png"]
    Record(test={"a": ["1.png"], "b": ["2.png"]}).write(Path(runs[1]))
    touched(*(tmp_path / "photos" / f"train{letter}" / f"{number}.png" for letter, number in product("AB", range(9))))
    tests = plan(runs, tmp_path / "out").tests
    assert [tests.pile("test", domain).names for domain in "ab"] == [["1.png"], ["2.png"]], "those of the record"


@pytest.mark.advice("compare/plan.py: choose another --out, or remove it")
def test_a_run_of_other_settings_is_not_gone_on_with(tmp_path):
    words = ["data.root=x", "data.size=64", "model.generator={name='resnet', width=2, blocks=1}"]
    [part] = plan(["unpaired/cyclegan"], tmp_path, words, steps=9).parts
    part.folder.mkdir(parents=True)
    part.recipe.save(part.folder / "recipe.json")
    assert plan(["unpaired/cyclegan"], tmp_path, words, steps=9).parts[0].step == 0
    with pytest.raises(UserError, match="was begun with other settings"):
        plan(["unpaired/cyclegan"], tmp_path, [*words, "model.cycle=2.0"], steps=9)
    assert plan(["unpaired/cyclegan"], tmp_path / "other", [*words, "model.cycle=2.0"], steps=9).parts


def test_runs_that_are_there_are_seeds_of_one_entry(tmp_path):
    for seed in (0, 3):
        trained(tmp_path / f"mine-{seed}", f"train.seed={seed}")
    parts = plan([str(tmp_path / "mine-0"), str(tmp_path / "mine-3")], tmp_path / "out").parts
    assert [(p.name, p.seed, p.steps, p.finished) for p in parts] == [("mine", 0, 9, True), ("mine", 3, 9, True)]
    (tmp_path / "mine-3" / "checkpoints" / "000000009" / "model.json").unlink()
    with pytest.raises(UserError, match="has no checkpoint yet"):
        plan([str(tmp_path / "mine-3")], tmp_path / "out")
