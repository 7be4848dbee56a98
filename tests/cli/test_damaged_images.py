"""Images that are cut off, removed or added: a training goes on, exactly, and says so."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file


def noise(path, seed):
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (16, 16), np.uint8)).save(path)


def cut_off(path):
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])


@pytest.fixture
def words(tmp_path):
    for seed in range(5):
        noise(tmp_path / "trainA" / f"{seed}.png", seed)
        noise(tmp_path / "trainB" / f"{seed}.png", 10 + seed)
    for domain in "AB":
        noise(tmp_path / f"test{domain}" / "0.png", 99)
    return [
        "edges2shoes/cyclegan", "data.root=.", "data.channels=[1, 1]", "data.size=16", "data.resize=16",
        "data.workers=0", "model.generator={name='resnet', width=2, blocks=1}", "model.pool=3",
        "model.discriminator={name='pixelgan', width=2}", "train.steps=12", "train.batch=1", "train.samples=1",
        "train.log_every=2", "train.save_every=4", "train.keep=9", "train.speed=exact",
    ]  # fmt: skip


def weights(run):
    return load_file(Path(run) / "checkpoints" / "000000012" / "generators.safetensors")


def same(one, two):
    a, b = weights(one), weights(two)
    return all(a[key].equal(b[key]) for key in a)


def back_to(run, step):
    for folder in (Path(run) / "checkpoints").glob("0*"):
        if int(folder.name) > step:
            shutil.rmtree(folder)
    (Path(run) / "checkpoints" / "last").unlink()


def test_a_damaged_image_is_left_out_by_name_and_a_resumed_run_is_the_same(i2i, words):
    cut_off(Path("trainB/3.png"))
    done = i2i("train", *words, "--out", "run")
    assert done.code == 0, done.err
    assert done.out.count("warning: trainB/3.png cannot be read as an image") == 1
    assert "1 damaged image was left out; run/images.json names them" in done.out
    record = json.loads(Path("run/images.json").read_text())
    assert list(record["damaged"]["shoes"]) == ["3.png"] and record["train"]["shoes"][3] == "3.png"

    assert i2i("train", *words, "data.workers=1", "--out", "workers").code == 0
    assert same("run", "workers")
    for harm in (lambda: None, Path("trainB/3.png").unlink, lambda: noise(Path("trainB/3.png"), 7)):
        harm()  # then it is gone, then it is mended
        back_to("run", 4)
        done = i2i("train", "--resume", "run")
        assert done.code == 0 and "3.png" not in done.out, done.err
        assert same("run", "workers")


def test_too_many_end_the_training_with_a_checkpoint_and_the_advice_holds(i2i, words):
    for number in (1, 3):
        cut_off(Path(f"trainB/{number}.png"))
    done = i2i("train", *words, "--out", "run")
    assert done.code == 1 and "2 of 5 training images of shoes are damaged, more than data.damaged = 0.05" in done.err
    [allowed] = [word for word in done.err.split() if word.startswith("data.damaged=")]
    assert sorted(Path("run/checkpoints").glob("0*"))
    assert i2i("train", "--resume", "run", allowed).code == 0
    assert i2i("train", *words, allowed, "--out", "whole").code == 0
    assert same("run", "whole")
    for number in (1, 3):
        noise(Path(f"trainB/{number}.png"), number)
    done = i2i("train", "--resume", "run", "--changed-images", "train.steps=14")
    assert done.code == 0 and "damaged" not in done.out, "what was mended is taken again"


def test_headers_are_looked_at_before_anything_is_written(i2i, words):
    for number in (1, 3):
        Path(f"trainB/{number}.png").write_bytes(b"no picture")
    done = i2i("train", *words, "--out", "run")
    assert done.code == 1 and "2 of 5 training images of shoes are damaged" in done.err
    assert not Path("run/recipe.json").exists()


def test_images_added_are_left_out_and_images_removed_are_refused_until_asked_for(i2i, words):
    assert i2i("train", *words, "--out", "run").code == 0
    shutil.copytree("run", "first", symlinks=True)
    noise(Path("trainA/7.png"), 7)
    back_to("run", 4)
    done = i2i("train", "--resume", "run")
    assert done.code == 0 and "1 image was added to edges" in done.out and same("run", "first")
    Path("trainB/2.png").unlink()
    back_to("run", 4)
    done = i2i("train", "--resume", "run")
    assert done.code == 1 and "1 training image of shoes is gone since the run began, for example 2.png" in done.err
    done = i2i("train", "--resume", "run", done.err.split()[-1])
    assert done.code == 0 and "edges 1 more and 0 gone, shoes 0 more and 1 gone" in done.out
    assert not same("run", "first")
    record = json.loads(Path("run/images.json").read_text())
    assert "7.png" in record["train"]["edges"] and "2.png" not in record["train"]["shoes"]
    [change] = record["changes"]
    assert change["step"] == 4 and change["added"]["edges"] == ["7.png"] and change["removed"]["shoes"] == ["2.png"]
    back_to("run", 8)
    assert i2i("train", "--resume", "run").code == 0, "they are the run's images now"


def test_a_record_that_cannot_be_read_is_one_sentence_whose_advice_holds(i2i, words):
    assert i2i("train", *words, "--out", "run").code == 0
    back_to("run", 4)
    Path("run/images.json").write_text("[]")
    done = i2i("train", "--resume", "run")
    assert done.code == 1 and "remove it to go on" in done.err
    Path("run/images.json").unlink()
    assert i2i("train", "--resume", "run").code == 0


def test_a_training_that_an_error_ends_saves_first(i2i, words, monkeypatch):
    noise(Path("testA/1.png"), 3)
    with monkeypatch.context() as later:
        later.setattr("i2i_zoo.runs.run.refuse_damaged", lambda *_: cut_off(Path("testA/1.png")))
        _ends_at_the_first_score(i2i, words)
    Path("testA/1.png").unlink()
    assert i2i("train", "--resume", "run").code == 0


def _ends_at_the_first_score(i2i, words):
    knobs = ["train.evaluate_every=3", "train.best=cycle_l1", "evaluate.metrics=['cycle']"]
    done = i2i("train", *words, *knobs, "--out", "run")
    assert done.code == 1 and "1.png cannot be read as an image" in done.err
    assert Path("run/checkpoints/000000003").is_dir()


def test_changed_images_belongs_to_resume(i2i, words):
    done = i2i("train", *words, "--out", "run", "--changed-images")
    assert done.code == 1 and "name the run with --resume" in done.err
