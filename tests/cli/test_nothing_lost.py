"""What may happen to a training: full disks, deleted folders, damaged checkpoints, two at once, NaN."""

from __future__ import annotations

import errno
import json
import math
import os
import resource
import shutil
from pathlib import Path

import pytest
from safetensors import safe_open

import i2i_zoo.runs.run
from i2i_zoo.runs.lock import hold
from i2i_zoo.training import checkpoint
from i2i_zoo.weights.model import list_checkpoints

TINY = [
    "shoes/quickstart", "model.generator={name='resnet', width=2, blocks=1}", "model.pool=3", "data.size=16",
    "model.discriminator={name='pixelgan', width=2}", "data.train_images=4", "data.test_images=1", "train.samples=1",
    "train.log_every=1",
]  # fmt: skip
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def train(i2i):
    def run(*words):
        return i2i("train", *TINY, *words, "--out", "run")

    return run


@pytest.fixture
def at_step(monkeypatch):
    """Do something to the world in the sample grid of a step, with `train.sample_every=1`."""
    original = i2i_zoo.runs.run.Run.sample

    def install(step, act):
        def sample(run, trainer, losses):
            if trainer.step == step:
                act()
            original(run, trainer, losses)

        monkeypatch.setattr(i2i_zoo.runs.run.Run, "sample", sample)

    return install


def state(run):
    """Every bit of the newest checkpoint but what names the recipe."""
    folder = list_checkpoints(Path(run))[-1]
    found = {"state.json": (folder / "state.json").read_bytes()}
    for path in folder.glob("*.safetensors"):
        with safe_open(path, "np") as file:
            found[path.name] = file.metadata() or {}  # the order of its keys in the file is a matter of chance
            found[path.name] |= {key: file.get_tensor(key).tobytes() for key in file.keys()}  # noqa: SIM118
    return found


def one_line(done):
    assert done.code == 1 and len(done.err.strip().splitlines()) == 1, done.err
    return done.err


def flat(done):
    return " ".join(done.out.split())


def test_a_disk_that_is_full_for_a_while_costs_one_checkpoint(train, monkeypatch):
    seal, calls = checkpoint.seal, []

    def seal_or_fail(folder):
        calls.append(folder)
        if len(calls) == 2:
            raise FULL
        seal(folder)

    monkeypatch.setattr(checkpoint, "seal", seal_or_fail)
    done = train("train.steps=3", "train.save_every=1")
    assert done.code == 0
    assert "run: the checkpoint of step 2 could not be saved (No space left on device); the ones before" in flat(done)
    assert [f.name for f in list_checkpoints(Path("run"))] == ["000000001", "000000003"]
    assert not list(Path("run").rglob(".draft-*"))


def test_a_disk_that_is_full_at_the_end_is_an_error_and_keeps_the_last_whole_checkpoint(train, monkeypatch, i2i):
    assert train("train.steps=1").code == 0
    before = state("run")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, hard))  # no checkpoint fits, a row of the log does
    try:
        done = i2i("train", "--resume", "run", "train.steps=3", "train.save_every=1")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "the checkpoint of step 3 could not be saved" in one_line(done) and "File too large" in done.err
    assert "the checkpoint of step 2 could not be saved" in flat(done)
    assert state("run") == before and [f.name for f in list_checkpoints(Path("run"))] == ["000000001"]
    assert len(Path("run/log.jsonl").read_text().splitlines()) == 3
    assert i2i("train", "--resume", "run", "train.steps=3").code == 0


def test_pictures_and_rows_that_cannot_be_written_are_said_once_and_end_nothing(train, at_step, monkeypatch):
    def log_becomes_a_folder():
        Path("run/log.jsonl").unlink()
        Path("run/log.jsonl").mkdir()

    monkeypatch.setattr(i2i_zoo.runs.run, "save_picture", lambda *_: (_ for _ in ()).throw(FULL))
    at_step(2, log_becomes_a_folder)
    done = train("train.steps=4", "train.sample_every=1")
    assert done.code == 0 and (Path("run") / "checkpoints" / "last" / "state.json").is_file()
    assert flat(done).count("run/samples cannot be written (No space left on device); the training goes on") == 1
    assert flat(done).count("run/log.jsonl cannot be written (Is a directory)") == 1


def test_a_folder_that_is_deleted_under_the_training_is_made_anew(train, at_step, i2i):
    at_step(2, lambda: shutil.rmtree("run"))
    done = train("train.steps=4", "train.sample_every=1")
    assert done.code == 0 and flat(done).count("run: was deleted under the training, which makes it anew") == 1
    assert [json.loads(row)["step"] for row in Path("run/log.jsonl").read_text().splitlines()] == [3, 4]
    assert i2i("train", "--resume", "run", "train.steps=5").code == 0


def test_a_folder_that_cannot_be_made_is_one_sentence(i2i, tmp_path):
    (tmp_path / "file").write_text("")
    for out in ("file/run", "/proc/run", "file"):
        assert out.split("/")[-1] in one_line(i2i("train", *TINY, "train.steps=1", "--out", out))


def flip(path, place=-9):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


HARMS = {
    "a bit of the weights": lambda f: flip(f / "generators.safetensors"),
    "a bit of the optimizer": lambda f: flip(f / "generators.optimizer.safetensors"),
    "cut short": lambda f: os.truncate(f / "memory.safetensors", 100),
    "gone": lambda f: (f / "discriminators.safetensors").unlink(),
    "another version": lambda f: (f / "model.json").write_text((f / "model.json").read_text().replace('1', '9', 1)),
    "no list": lambda f: (f / "checksums.json").write_text("{"),
    "empty": lambda f: [file.unlink() for file in f.iterdir()],
}  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of four steps with a checkpoint of each."""
    from i2i_zoo.cli.train import train

    folder = tmp_path_factory.mktemp("trained") / "run"
    assert train(*TINY, "train.steps=4", "train.save_every=1", "train.keep=9", out=folder) == 0
    return folder


@pytest.mark.filterwarnings("default::i2i_zoo.errors.Notice")
@pytest.mark.parametrize("harm", HARMS)
def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(i2i, trained, harm):
    shutil.copytree(trained, "run", symlinks=True)
    HARMS[harm](Path("run/checkpoints/000000004"))
    before = state(trained)
    done = i2i("train", "--resume", "run")
    assert done.code == 0 and "resumed at step 3" in done.out, done.err
    assert len(done.err.splitlines()) == 1 and "run/checkpoints/000000004: " in done.err
    assert "; 000000003 is used instead" in done.err
    assert state("run") == before, "the step is learnt again, to the last bit"


@pytest.mark.filterwarnings("default::i2i_zoo.errors.Notice")
def test_translating_falls_back_too_and_a_named_checkpoint_is_refused(i2i, trained, tmp_path):
    shutil.copytree(trained, "run", symlinks=True)
    damaged = Path("run/checkpoints/000000004")
    words = ("run/examples/edges", "--to", "shoes", "--out", "out")
    flip(damaged / "generators.optimizer.safetensors")  # nobody reads it to translate
    done = i2i("translate", "run", *words)
    assert done.code == 0 and not done.err
    flip(damaged / "generators.safetensors")
    done = i2i("translate", "run", *words)
    assert done.code == 0 and "000000004: generators.safetensors is damaged" in done.err
    for command in (("translate", damaged, *words), ("train", "--resume", "run/checkpoints/last")):
        complaint = one_line(i2i(*command))
        assert "generators.safetensors is damaged" in complaint or "generators.optimizer" in complaint
        assert complaint.strip().endswith("the newest whole one is " + str(tmp_path / "run/checkpoints/000000003"))
    for folder in list_checkpoints(Path("run")):
        (folder / "model.json").unlink()
    assert one_line(i2i("translate", "run", *words)).endswith(
        "; no whole checkpoint is left in run, so begin a new run\n"
    )


def test_a_second_training_in_a_folder_is_refused_and_told_who_is_there(i2i, trained):
    shutil.copytree(trained, "run", symlinks=True)
    for words in (("--resume", "run"), (*TINY, "--out", "run"), (*TINY, "--out", "new")):
        with hold(Path(words[-1])):
            complaint = one_line(i2i("train", *words))
        assert f"{words[-1]}: is being trained already by process {os.getpid()} on" in complaint
    assert not Path("new").exists() and not Path("run/.lock").exists()
    assert i2i("train", "--resume", "run", "train.steps=5").code == 0


def test_a_training_that_gives_up_says_what_is_left_and_what_to_try(train, i2i):
    knobs = ["train.optimizer.lr=1e30", "train.nonfinite=3", "train.save_every=1", "train.keep=9", "train.steps=50"]
    done = train(*knobs, "train.monitor_every=10", "train.speed=exact")  # in which all losses overflow
    for words in ("in 3 steps in a row", "the last checkpoint is run/checkpoints/last", "smaller train.optimizer.lr"):
        assert words in one_line(done)
    assert "cycle_a" in done.err
    rows = [json.loads(line) for line in Path("run/log.jsonl").read_text().splitlines()]
    [warning] = [row for row in rows if "warning" in row]
    skipped = [row["skipped"] for row in rows if "losses" in row]
    assert skipped[-1] == skipped[-3] + 2 and warning["warning"] == "non-finite loss"
    assert [math.isfinite(sum(row["losses"].values())) for row in rows if "losses" in row] == [s == 0 for s in skipped]

    stopped = rows[-1]["step"]
    again = i2i("train", "--resume", "run", "train.nonfinite=6")
    assert f"in 6 steps in a row, up to step {stopped + 3};" in one_line(again), "the count goes on where it was"


def test_a_process_that_is_gone_is_one_sentence(train, monkeypatch):
    def fit(*_):
        raise RuntimeError("[gloo/transport/tcp/pair.cc:547] Connection closed by peer [127.0.0.1]")

    monkeypatch.setattr(i2i_zoo.runs.run.Trainer, "fit", fit)
    complaint = one_line(train("train.steps=4"))
    assert "a process of this training is gone" in complaint and "go on with i2i train --resume run" in complaint


def test_the_same_recipe_is_the_same_run_with_any_number_of_workers_and_from_recipe_json(i2i):
    knobs = [*TINY, "train.steps=6", "train.ema=0.5", "train.seed=5"]
    assert i2i("train", *knobs, "--out", "one").code == 0
    assert i2i("train", *knobs, "data.workers=4", "--out", "two").code == 0
    assert i2i("train", "one/recipe.json", "--out", "three").code == 0
    assert state("one") == state("two") == state("three") and len(state("one")) == 7
    assert i2i("train", *knobs, "train.seed=6", "--out", "four").code == 0
    assert state("one") != state("four")
