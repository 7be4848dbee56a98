"""`i2i runs`, the record of a run, and what trackers are told."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from trainings import TINY

from i2i_zoo.runs import history, record
from i2i_zoo.runs.lock import hold
from i2i_zoo.training.trackers import Report

SCORED = ["train.evaluate_every=2", "train.best=cycle_l1", "evaluate.metrics=['cycle']"]


@pytest.fixture
def run(i2i):
    """Trains four steps into a folder; more words may change that."""

    def train(folder, *words):
        done = i2i("train", "shoes/quickstart", *TINY, "train.steps=4", *words, "--out", folder)
        assert done.code == 0, done.err
        return Path(folder)

    return train


def test_runs_are_listed_from_their_files(i2i, run):
    scored = run("runs/deep/scored", *SCORED)
    plain = run("runs/plain")
    killed = run("runs/killed")
    for path in (killed / "checkpoints").iterdir():  # as if it had been killed early
        path.unlink() if path.is_symlink() else path.rename(path.with_name("000000002"))
    table = i2i("runs").out
    rows = {line.split("│")[1].strip(): line for line in table.splitlines() if "shoes/quickstart" in line}
    assert rows.keys() == {"deep/scored", "plain", "killed"}
    assert "4/4" in rows["plain"] and "finished" in rows["plain"]
    assert "2/4" in rows["killed"] and "stopped" in rows["killed"]
    log = [json.loads(line) for line in (scored / "log.jsonl").read_text().splitlines()]
    best = min(row["value"] for row in log if "value" in row)
    assert f"cycle_l1 {best:.4g}" in rows["deep/scored"]
    facts = history.facts(plain)
    assert facts.size > 20_000 and 0 < facts.minutes < 5
    with hold(plain):
        assert history.facts(plain).state == "running"
    none = i2i("runs", "nowhere")
    assert none.code == 1 and "nowhere: no such folder; give the folder of your runs" in none.err
    assert i2i("evaluate", plain, *SCORED[2:]).code == 0
    assert history.facts(plain).score == "", "swd is what this recipe asks for"
    assert history.facts(scored).score.startswith("cycle_l1 ")


def test_a_failed_run_is_listed_as_such(i2i, monkeypatch):
    monkeypatch.setattr("i2i_zoo.runs.run.Run._fit", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        i2i("train", "shoes/quickstart", *TINY, "--out", "runs/x")
    assert history.facts(Path("runs/x")).state == "failed"
    assert record.read(Path("runs/x"))[-1]["reason"] == "division by zero"


def test_the_record_says_how_a_run_came_about(i2i, run, tmp_path, monkeypatch):
    monkeypatch.setenv("A_SECRET", "do not tell")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    (tmp_path / "mine.toml").write_text('extends = "shoes/quickstart"\n')
    for words in (["init", "-q"], ["add", "mine.toml"], ["commit", "-qm", "a recipe"]):
        subprocess.run([*git, *words], check=True)
    assert i2i("train", "mine.toml", *TINY, "train.steps=2", "--out", "run").code == 0
    (tmp_path / "mine.toml").write_text('extends = "shoes/quickstart"\n# changed\n')
    assert i2i("train", "mine.toml", *TINY, "train.steps=3", "--out", "run", "--resume-or-start").code == 0
    first, second = record.read(Path("run"))
    assert first["command"].startswith("i2i train mine.toml") and "--out run" in first["command"]
    assert (first["step"], first["steps"], first["last_step"], first["outcome"]) == (0, 2, 2, "finished")
    assert (second["step"], second["steps"]) == (2, 3)
    assert first["versions"].keys() == {"i2i_zoo", "torch", "python"}
    assert first["machine"]["cpu"] and first["machine"]["cores"] >= 1 and first["machine"]["processes"] == 1
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
    assert first["git"] == {"commit": head, "dirty": False} and second["git"] == {"commit": head, "dirty": True}
    assert "do not tell" not in (tmp_path / "run" / "record.json").read_text()


def test_finished_runs_of_unequal_length_are_compared_and_it_is_said(i2i, run):
    one, other = run("runs/short", *SCORED), run("runs/long", *SCORED, "train.steps=6")
    done = i2i("compare", one, other, "--out", "comparison")
    assert done.code == 0 and "runs of unequal length, in steps: short 4, long 6" in done.out, done.err
    assert json.loads(Path("comparison/compare.json").read_text())["budget"] == {
        "steps": 4, "most_steps": 6, "seconds": None,
    }  # fmt: skip
    assert "4 to 6 steps" in Path("comparison/report.html").read_text()


def test_two_trainings_begun_in_one_second_get_two_folders(i2i, monkeypatch):
    monkeypatch.setattr(time, "strftime", lambda *args: "now")
    for _ in range(2):
        assert i2i("train", "shoes/quickstart", *TINY, "train.steps=1").code == 0
    assert sorted(p.name for p in Path("runs").iterdir()) == ["shoes-quickstart-now", "shoes-quickstart-now-2"]


class Fake:
    """A tracker that keeps what it is told."""

    name = "fake"

    def __init__(self):
        self.told = []

    def log_images(self, images, step):
        self.told.append((images, step))


def test_trackers_are_shown_sample_grids():
    class Accelerator:
        trackers = [Fake()]

    Report(Accelerator()).samples(Image.new("RGBA", (8, 4), "red"), 7)
    [(images, step)] = Accelerator.trackers[0].told
    assert step == 7 and images["samples"].shape == (1, 4, 8, 3) and images["samples"].dtype == np.uint8


def test_tensorboard_has_losses_scores_and_samples_under_the_runs_own_name(run):
    folder = run("runs/mine", *SCORED, "train.trackers=['tensorboard']")
    [events] = folder.glob("events.out.tfevents.*")
    written = events.read_bytes()
    for tag in (b"cycle_a", b"to_shoes.cycle_l1", b"samples", b"recipe"):
        assert tag in written
    assert not [path for path in folder.iterdir() if path.is_dir() and path.name not in
                ("samples", "examples", "checkpoints")]  # fmt: skip
