"""Runs that end and go on: signals, requeued jobs, and what the messages advise."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from trainings import TINY, assert_equal, losses

ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}


def begin(*words: object, **options) -> subprocess.Popen:
    command = [sys.executable, "-m", "i2i_zoo", "train", "shoes/quickstart", *TINY, *map(str, words)]
    return subprocess.Popen(command, env=ENVIRONMENT, **options)


def wait_for_step(process: subprocess.Popen, run: Path, step: int) -> None:
    log, deadline = run / "log.jsonl", time.time() + 120
    while not (log.exists() and any(f'"step": {n},' in log.read_text() for n in range(step, step + 50))):
        assert process.poll() is None and time.time() < deadline
        time.sleep(0.02)


def step_of(run: Path) -> int:
    return json.loads((run / "checkpoints" / "last" / "state.json").read_text())["step"]


def test_a_closed_terminal_ends_with_a_checkpoint(tmp_path):
    run, (main, terminal) = tmp_path / "run", os.openpty()
    lead = lambda: fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)  # noqa: E731
    streams = {"stdin": terminal, "stdout": terminal, "stderr": terminal, "start_new_session": True}
    process = begin("train.steps=4000", "train.log_every=1", "--out", run, preexec_fn=lead, **streams)
    os.close(terminal)
    wait_for_step(process, run, 2)
    os.close(main)
    assert process.wait(timeout=60) == 128 + signal.SIGHUP
    assert 2 <= step_of(run) < 4000


def test_one_command_starts_goes_on_after_two_kills_and_ends(i2i, tmp_path):
    run = tmp_path / "run"
    words = ["train.steps=60", "train.log_every=1", "train.save_every=10", "--out", run, "--resume-or-start"]
    (run / "samples").mkdir(parents=True)  # killed before its first checkpoint
    (run / "recipe.json").write_text("{}")
    for until in (12, 32):
        killed = begin(*words, stdout=subprocess.DEVNULL)
        wait_for_step(killed, run, until)
        killed.kill()
        killed.wait()
    ended = i2i("train", "shoes/quickstart", *TINY, *words)
    assert ended.code == 0 and re.search(r"resumed at step [345]0", ended.out), ended.err
    again = i2i("train", "shoes/quickstart", *TINY, *words)
    assert again.code == 0 and "resumed at step 60" in again.out and "i2i translate" in again.out
    whole = tmp_path / "whole"
    assert i2i("train", "shoes/quickstart", *TINY, *words[:-3], "--out", whole).code == 0
    assert_equal(whole, run)
    assert losses(whole) == losses(run)


@pytest.fixture
def finished(i2i, tmp_path) -> Path:
    """A run of four steps."""
    done = i2i("train", "shoes/quickstart", *TINY, "train.steps=4", "train.save_every=2", "--out", tmp_path / "run")
    assert done.code == 0, done.err
    return tmp_path / "run"


def advice(text: str) -> list[str]:
    """The words of the command with which a message ends."""
    return shlex.split(text.strip().splitlines()[-1].partition(": i2i ")[2])


@pytest.mark.parametrize(
    ("changes", "begins"),
    [
        (["train.batch=2"], True),
        (["train.optimizer.lr=1e-4"], True),
        (["data.train_images=7"], True),
        (["model.generator.width=4", "model.discriminator.width=4"], False),
    ],
)
def test_what_cannot_change_is_refused_with_the_command_that_changes_it(i2i, finished, changes, begins):
    refused = i2i("train", "--resume", finished, *changes)
    assert refused.code == 1 and "cannot change when a run is resumed; a new run can" in refused.err
    words = advice(refused.err)
    assert (f"model.init={finished}" in words) == begins and set(changes) <= set(words)
    done = i2i(*words)
    assert done.code == 0, done.err
    assert ("tensors loaded" in done.out) == begins


def test_a_requeued_job_of_another_recipe_is_refused_with_a_command_that_works(i2i, finished):
    words = ["shoes/quickstart", *TINY, "train.steps=4", "model.pool=2"]
    refused = i2i("train", *words, "--out", finished, "--resume-or-start")
    assert "recipe.model.pool: cannot change" in refused.err
    done = i2i(*advice(refused.err))
    assert done.code == 0 and "tensors loaded" in done.out, done.err


def test_the_advice_on_resume_and_out_works(i2i, finished, tmp_path):
    there = i2i("train", "shoes/quickstart", *TINY, "train.steps=4", "--out", finished)
    assert there.code == 1 and i2i(*advice(there.err)).code == 0
    both = i2i("train", "--resume", finished, "--out", tmp_path / "new")
    assert both.code == 1 and i2i(*advice(both.err)).code == 0
    assert step_of(tmp_path / "new") == 4
    short = i2i("train", "--resume", finished, "train.steps=3")
    assert short.err.strip().endswith("past 3; give 4 or more")
    assert i2i("train", "--resume", finished, "train.steps=4").code == 0
    lost = i2i("train", "shoes/quickstart", "--resume-or-start")
    assert lost.code == 1 and advice(lost.err)[-1] == "--resume-or-start"


def rates(run: Path) -> list[float]:
    """The learning rate after each step that is in the log: that of the next step."""
    return [json.loads(line)["lr"] for line in (run / "log.jsonl").read_text().splitlines() if '"lr"' in line]


def test_a_longer_run_says_its_rate_before_and_after_and_may_go_on_without_a_jump(i2i, tmp_path):
    words = [*TINY, "train.log_every=1", "train.optimizer.lr=2e-4", "train.schedule.constant=0.5", "train.save_every=2"]
    for run in ("whole", "part"):
        assert i2i("train", "shoes/quickstart", *words, "train.steps=4", "--out", run).code == 0
    done = i2i("train", "--resume", "whole", "train.steps=8", "train.schedule_from=here")
    assert done.code == 0 and "8 steps in place of 4: the learning rate stays 0.0001 at step 4" in done.out, done.err
    assert rates(Path("whole"))[3:] == pytest.approx([0, 1e-4, 1e-4, 5e-5, 0])
    assert json.loads(Path("whole/recipe.json").read_text())["train"]["schedule_from"] == [4, 0.5]

    once = i2i("train", "--resume", "part", "train.steps=8", "train.schedule_from=here", "train.save_every=1")
    assert once.code == 0
    for late in (*Path("part/checkpoints").glob("*7"), *Path("part/checkpoints").glob("*8")):
        shutil.rmtree(late)
    Path("part/checkpoints/last").unlink()
    again = i2i("train", "--resume", "part", "train.schedule_from=here")  # a job that is requeued says it again
    assert again.code == 0 and "resumed at step 6" in again.out and "in place of" not in again.out
    assert_equal(Path("whole"), Path("part"))
    assert rates(Path("whole")) == rates(Path("part"))
    longer = i2i("train", "--resume", "whole", "train.steps=12")
    assert "rate goes from" in longer.out and "; train.schedule_from=here goes" in longer.out, "a second jump"


def test_without_it_the_jump_is_said_with_the_way_around_it(i2i, finished):
    done = i2i("train", "--resume", finished, "train.steps=8", "train.log_every=1")
    said = re.search(
        r"8 steps in place of 4: the learning rate goes from (\S+) to (\S+) at step 4; (\S+) goes", done.out
    )
    assert said and float(said[1]) < float(said[2]) and said[3] == "train.schedule_from=here"
    same = i2i("train", "--resume", finished)
    assert same.code == 0 and "in place of" not in same.out
    there = i2i("train", "--resume", finished, "train.steps=10", said[3])
    assert "the learning rate stays" in there.out
