"""`i2i train` from the outside: a process, its exit code, its words and its files."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file
from trainings import TINY, assert_equal, i2i, losses

from i2i_zoo.runs.lock import hold
from i2i_zoo.weights.model import find_checkpoint

TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "-m")


def scores(run: Path) -> list[dict]:
    """The rows of the log that hold scores."""
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [row for row in rows if "scores" in row]


def assert_close(one: Path, two: Path) -> None:
    """The same logs and weights but for rounding."""
    for a, b in zip(losses(one), losses(two), strict=True):
        assert a == pytest.approx(b, rel=1e-4, abs=1e-5)
    weights = [load_file(run / "checkpoints" / "last" / "generators.safetensors") for run in (one, two)]
    for key, weight in weights[0].items():
        assert (weight - weights[1][key]).abs().mean() < 1e-5, key


def test_a_run_from_beginning_to_end_and_what_it_leaves(tmp_path):
    done = i2i("train", "shoes/quickstart", *TINY, "train.steps=4", "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert re.search(r"step 4/4 .* images/s, \d+% waiting for data .* cycle_a \d", done.stdout)
    [command] = [line.strip() for line in done.stdout.splitlines() if line.startswith("  i2i translate")]
    rows = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [2, 4] and rows[0]["losses"]["cycle_b"] > 0 and "data_wait" in rows[0]
    assert (tmp_path / "run" / "samples" / "000000004.png").stat().st_size > 1000
    assert json.loads((tmp_path / "run" / "recipe.json").read_text())["data"]["size"] == 16

    tried = i2i(*command.split()[1:], cwd=tmp_path)
    assert tried.returncode == 0 and "2 images written to translated" in tried.stdout
    assert sorted(p.name for p in (tmp_path / "translated").iterdir()) == ["00.png", "01.png"]

    again = i2i("train", "shoes/quickstart", "--out", tmp_path / "run")
    assert again.returncode == 1 and "exists already; choose another --out" in again.stderr


def test_resume_continues_bit_exactly(tmp_path):
    """Three steps, stop, five more = eight steps at once: every tensor, pools, optimizers and random state included."""
    knobs = ["train.steps=8", "train.save_every=4", "train.ema=0.5", "train.seed=3", "data.train_images=5"]
    knobs += ["train.monitor_every=3", "train.evaluate_every=2", "train.best=cycle_l1", "evaluate.metrics=['cycle']"]
    whole = i2i("train", "shoes/quickstart", *TINY, *knobs, "--out", tmp_path / "whole")
    assert whole.returncode == 0, whole.stderr
    part = i2i("train", "shoes/quickstart", *TINY, *knobs, "--out", tmp_path / "part")
    assert part.returncode == 0, part.stderr
    checkpoints = tmp_path / "part" / "checkpoints"
    for folder in checkpoints.glob("00000000[68]"):  # 6 is there if it was the best
        shutil.rmtree(folder)
    (checkpoints / "last").unlink()

    resumed = i2i("train", "--resume", tmp_path / "part", "data.workers=2")
    assert resumed.returncode == 0, resumed.stderr
    assert "resumed at step 4" in resumed.stdout
    assert_equal(tmp_path / "whole", tmp_path / "part")
    assert losses(tmp_path / "whole") == losses(tmp_path / "part")
    one, two = (scores(tmp_path / run) for run in ("whole", "part"))
    assert one == two and [row["step"] for row in one] == [2, 4, 6, 8]
    best = min(one, key=lambda row: row["value"])["step"]
    assert f"the best by cycle_l1: {tmp_path}/part/checkpoints/best, step {best}\n" in resumed.stdout
    assert [os.readlink(tmp_path / run / "checkpoints" / "best") for run in ("whole", "part")] == [f"{best:09d}"] * 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_with_a_checkpoint_and_the_run_goes_on_exactly(tmp_path, number):
    knobs = [*TINY, "train.steps=150", "train.log_every=1"]
    run = tmp_path / "run"
    command = [sys.executable, "-m", "i2i_zoo", "train", "shoes/quickstart", *knobs, "--out", str(run)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=os.environ | {"OMP_NUM_THREADS": "1"})  # fmt: skip
    log = run / "log.jsonl"
    deadline = time.time() + 120
    while not (log.exists() and len(log.read_text().splitlines()) >= 3) and time.time() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number, err
    assert f"i2i train --resume {run}" in out and "stopped after step" in out
    stopped = json.loads((run / "checkpoints" / "last" / "state.json").read_text())["step"]
    assert 3 <= stopped < 150
    assert i2i("train", "--resume", run).returncode == 0
    if number == signal.SIGTERM:
        assert i2i("train", "shoes/quickstart", *knobs, "--out", tmp_path / "whole").returncode == 0
        assert_equal(tmp_path / "whole", run)


def test_what_would_make_it_another_run_is_refused_and_leaves_the_run_as_it_is(tmp_path, request):
    here, run = request.getfixturevalue("i2i"), tmp_path / "run"  # in this process
    assert here("train", "shoes/quickstart", *TINY, "train.steps=4", "train.save_every=2", "--out", run).code == 0
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    for words, complaint in (
        ((run, "train.optimizer.algorithm=sgd"), "recipe.train.optimizer: cannot change when a run is resumed"),
        ((run, "data.train_images=7"), "recipe.data.train_images: cannot change"),
        ((run, "data.size=24"), "recipe.data.size: cannot change"),
        ((run, "model.pool=2"), "recipe.model.pool: cannot change"),
        ((run, "train.steps=3"), "the run is at step 4 already, past 3"),
        ((run / "checkpoints" / "000000002",), "is not the newest; move 000000004 out of its folder"),
    ):
        done = here("train", "--resume", *words)
        assert done.code == 1 and complaint in done.err and len(done.err.strip().splitlines()) == 1
    assert before == {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}


def test_the_environment_does_not_change_the_arithmetic(tmp_path, monkeypatch):
    knobs = ["shoes/quickstart", *TINY, "train.steps=2"]
    assert i2i("train", *knobs, "--out", tmp_path / "plain").returncode == 0
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "bf16")
    monkeypatch.setenv("ACCELERATE_GRADIENT_ACCUMULATION_STEPS", "4")
    assert i2i("train", *knobs, "--out", tmp_path / "disturbed").returncode == 0
    assert_equal(tmp_path / "plain", tmp_path / "disturbed")


def wait_for_rows(process: subprocess.Popen, log: Path) -> None:
    deadline = time.time() + 120
    while not (log.exists() and len(log.read_text().splitlines()) >= 3) and time.time() < deadline:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


def ranks(process: subprocess.Popen) -> list[int]:
    """The processes that a torchrun has started."""
    lists = Path(f"/proc/{process.pid}/task").glob("*/children")
    children = [int(pid) for children in lists for pid in children.read_text().split()]
    return sorted(pid for pid in children if b"i2i_zoo" in Path(f"/proc/{pid}/cmdline").read_bytes())


def test_a_signal_to_one_of_two_processes_stops_both_with_a_checkpoint(tmp_path):
    run, log = tmp_path / "run", tmp_path / "run" / "log.jsonl"
    knobs = [*TINY, "train.batch=2", "train.steps=4000", "train.log_every=1"]
    command = [sys.executable, *TORCHRUN, "i2i_zoo", "train", "shoes/quickstart", *knobs, "--out", str(run)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            wait_for_rows(process, log)
            os.kill(ranks(process)[-1], signal.SIGTERM)
            out, err = process.communicate(timeout=100)
        finally:
            process.kill()
    assert "stopped after step" in out, err
    assert (run / "checkpoints" / "last" / "state.json").is_file()


def test_a_process_that_dies_ends_the_others_with_a_message(tmp_path):
    run, log = tmp_path / "run", tmp_path / "run" / "log.jsonl"
    knobs = [*TINY, "train.batch=2", "train.steps=4000", "train.log_every=1", "train.save_every=2"]
    command = [sys.executable, *TORCHRUN, "i2i_zoo", "train", "shoes/quickstart", *knobs, "--out", str(run)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            wait_for_rows(process, log)
            os.kill(ranks(process)[-1], signal.SIGKILL)
            killed = time.time()
            _, err = process.communicate(timeout=100)
        finally:
            process.kill()
    assert process.returncode and time.time() - killed < 60
    assert "Signal 9 (SIGKILL) received" in err, err  # torchrun says it, and may be faster than the other process
    with hold(run):  # nobody is left who trains
        assert find_checkpoint(run, everything=True).name.isdigit()


def test_two_processes_equal_one(tmp_path):
    knobs = [*TINY, "train.batch=2", "train.steps=4", "train.log_every=1"]  # the pool of 3 is full after step 2
    knobs += ["train.monitor_every=1", "train.speed=exact"]
    one = i2i("train", "shoes/quickstart", *knobs, "--out", tmp_path / "one")
    assert one.returncode == 0, one.stderr
    two = i2i("train", "shoes/quickstart", *knobs, "--out", tmp_path / "two", launcher=TORCHRUN)
    assert two.returncode == 0, two.stderr
    assert "on cpu x 2" in two.stdout, "there were not two processes"
    assert_close(tmp_path / "one", tmp_path / "two")

    more = i2i("train", "--resume", tmp_path / "two", "train.steps=6")
    assert more.returncode == 0 and "resumed at step 4" in more.stdout, more.stderr
    more = i2i("train", "--resume", tmp_path / "one", "train.steps=6", launcher=TORCHRUN)
    assert more.returncode == 0 and "resumed at step 4" in more.stdout, more.stderr
    assert_close(tmp_path / "one", tmp_path / "two")


def test_a_loss_that_is_no_number_is_named_once(tmp_path):
    knobs = ["train.optimizer.lr=1e30", "train.steps=6", "train.monitor_every=1"]
    done = i2i("train", "shoes/quickstart", *TINY, *knobs, "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    [row] = [row for row in rows if "warning" in row]
    assert row["warning"] == "non-finite loss" and row["step"] == 2 and row["advice"] in done.stdout
    assert [row["step"] for row in rows if "losses" in row] == [2, 4, 6]


def test_trackers_receive_the_losses(tmp_path):
    done = i2i(
        "train", "shoes/quickstart", *TINY, "train.steps=2", "train.trackers=['tensorboard']", "--out", tmp_path / "run"
    )
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "run").rglob("events.out.tfevents.*"))
