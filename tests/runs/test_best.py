"""The best checkpoint: by which score, kept how long, and what is refused before a training begins."""

from __future__ import annotations

import os
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from rich.console import Console

from i2i_zoo.errors import UserError
from i2i_zoo.recipe.recipe import load
from i2i_zoo.runs.best import BestCheckpoint, pick
from i2i_zoo.runs.run import Run
from i2i_zoo.weights.model import list_checkpoints

TINY = [
    "model.generator={name='resnet', width=2, blocks=1}", "model.discriminator={name='patchgan', width=2, layers=2}",
    "data.size=16", "data.train_images=4", "data.test_images=2", "train.samples=2", "train.evaluate_every=1",
    "train.best=cycle_l1", "evaluate.metrics=['cycle']",
]  # fmt: skip


def test_a_score_of_one_direction_or_the_mean_of_both():
    values = {"to_a.l1": 1.0, "to_b.l1": 3.0, "to_a.ssim": None, "to_b.ssim": 0.5, "to_a.psnr": None}
    assert pick(values, "l1") == 2.0 and pick(values, "to_b.l1") == 3.0
    assert pick(values, "ssim") == 0.5 and pick(values, "psnr") is None


class Trainer:
    """What `BestCheckpoint` needs of a trainer."""

    def __init__(self):
        self.step, self.accelerator = 0, SimpleNamespace(is_main_process=True)

    def inference(self):
        return nullcontext("model")


def follow(folder, values, higher, past=(), score="l1"):
    """The rows of trainings steps 1, 2, ... with these values, and the target of the link."""
    trainer, rows, found = Trainer(), [], iter(values)

    def save(trainer, losses):
        (folder / f"{trainer.step:09d}").mkdir(parents=True)

    best = BestCheckpoint(score, higher, lambda model: {"to_a.l1": next(found)}, save, folder, [rows.append], past)
    for trainer.step in range(1, len(values) + 1):
        best(trainer, {})
    link = folder / "best"
    return [row["best"] for row in rows], os.readlink(link) if link.is_symlink() else None


def test_the_link_follows_the_best_value(tmp_path):
    low = [3.0, 2.0, 2.0, None, 5.0, 1.0, 1.5]
    assert follow(tmp_path / "low", low, False) == ([True, True, False, False, False, True, False], "000000006")
    assert follow(tmp_path / "high", low, True) == ([True, False, False, False, True, False, False], "000000005")


def test_a_resumed_run_remembers_and_mends_the_link(tmp_path):
    for name in ("000000007", "000000008"):
        (tmp_path / name).mkdir()
    past = [
        {"step": 7, "score": "l1", "value": 2.0, "best": True},
        {"step": 8, "score": "ssim", "value": 0.1, "best": True},
        {"step": 9, "losses": {}},
    ]
    assert follow(tmp_path, [2.5], False, past) == ([False], "000000007")


def test_the_best_checkpoint_outlives_newer_ones(tmp_path, monkeypatch):
    recipe = load("shoes/quickstart", [*TINY, "train.steps=5", "train.save_every=1", "train.keep=2"])
    run = Run(recipe, tmp_path / "run", Console(quiet=True))
    found = iter([5.0, 1.0, 4.0, 3.0, 2.0])
    monkeypatch.setattr(
        "i2i_zoo.runs.run.evaluate",
        lambda *words, **options: SimpleNamespace(values={"to_edges.cycle_l1": next(found)}),
    )
    assert run.train() == 0
    assert [folder.name for folder in list_checkpoints(tmp_path / "run")] == ["000000002", "000000004", "000000005"]
    assert os.readlink(tmp_path / "run" / "checkpoints" / "best") == "000000002"
    assert os.readlink(tmp_path / "run" / "checkpoints" / "last") == "000000005"


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        (["train.best=cycle_l2"], "'cycle_l2' is no score of evaluate.metrics; did you mean 'cycle_l1'"),
        (["train.best=to_boots.cycle_l1"], "'to_boots.cycle_l1' is no score"),
        (["train.best=swd"], "known: cycle_l1, cycle_psnr"),
        (["train.best=real_diversity", "evaluate.metrics=['diversity']"], "neither better when low nor when high"),
        (
            ["train.best=fid", "evaluate.metrics=['fid']", "evaluate.knobs.fid.backbone=inception"],
            "'fid' cannot be computed; ",
        ),
    ],
)
def test_scores_that_cannot_choose_are_refused_before_anything_is_written(tmp_path, monkeypatch, knobs, words):
    monkeypatch.setenv("I2I_WEIGHTS", str(tmp_path / "no-weights"))
    monkeypatch.setattr("i2i_zoo.evaluation.metrics.inception.SOURCE", "http://127.0.0.1:1")
    with pytest.raises(UserError, match="recipe.train.best: .*" + words):
        Run(load("shoes/quickstart", [*TINY, *knobs]), tmp_path / "run", Console(quiet=True))
    assert not (tmp_path / "run").exists()
