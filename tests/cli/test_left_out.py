"""Each command that takes a folder says what it left out there, and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

HEIC = "trainA: passed over 1 (ending .heic)"
STACK = "trainB: 1 of 4 images: 3 pages, the first is taken"


@pytest.fixture
def words(tmp_path):
    """Overrides for a tiny model of grey images, in which there is a HEIC file and a stack."""
    for folder in ("trainA", "trainB"):
        (tmp_path / folder).mkdir()
        for number in range(3):
            Image.new("L", (16, 16), 40 * number).save(tmp_path / folder / f"{number}.png")
    (tmp_path / "trainA" / "3.heic").touch()
    frames = [Image.new("L", (16, 16), 40 * n) for n in range(3)]
    frames[0].save(tmp_path / "trainB" / "3.tif", save_all=True, append_images=frames[1:])
    return [
        "edges2shoes/cyclegan", "data.root=.", "data.channels=1", "data.channels=[1, 1]", "data.size=16",
        "data.resize=16", "data.workers=0", "model.generator={name='resnet', width=2, blocks=1}",
        "model.discriminator={name='pixelgan', width=2}", "train.steps=1", "train.batch=1", "train.samples=1",
        "train.ema=0.0", "evaluate.metrics=['cycle']",
    ]  # fmt: skip


def said(done, *lines):
    assert done.code == 0, done.err
    assert [done.out.count(line) for line in lines] == [1] * len(lines), done.out


def test_all_of_them(i2i, words):
    said(i2i("check", *words), HEIC, STACK)
    said(i2i("train", *words, "--out", "run"), HEIC, STACK)
    said(i2i("evaluate", "run"), HEIC)
    said(i2i("translate", "run", "trainA", "--to", "shoes", "--out", "shoes"), HEIC)
    said(i2i("translate", "run", "trainB", "--to", "edges", "--out", "edges"), STACK)
    said(i2i("compare", "run", "--out", "compared"), HEIC)


def test_scores_of_training_images_are_headed_so_until_a_share_is_set_aside(i2i, words):
    words += ["train.evaluate_every=1", "train.best=cycle_l1"]
    done = i2i("train", *words, "--out", "run")
    assert "samples and scores are of training images (edges and shoes); in a new run, data.test=0.2" in done.out
    assert "the best by cycle_l1 of training images (edges and shoes)" in done.out
    assert "3 edges (training images) and 4 shoes (training images)" in " ".join(i2i("evaluate", "run").out.split())
    said(i2i("compare", "run", "--out", "compared"), "are of training images (edges and shoes)")
    assert "are of training images (edges and shoes)" in Path("compared/report.html").read_text()

    done = i2i("train", *words, "data.test=0.2", "--out", "other")
    assert done.code == 0 and "training images" not in done.out, done.out
    aside = json.loads(Path("other/images.json").read_text())["test"]["shoes"]
    Image.new("L", (16, 16)).save(f"trainB/{aside[0].replace('.', '0.')}")
    done = i2i("evaluate", "other")
    assert "1 edges and 1 shoes" in done.out and "training images" not in done.out


def test_samples_too(i2i, words):
    words = [word for word in words if not word.startswith("model.generator")]
    words = ["edges2shoes/munit", *words[1:], "model.generator={width=2, blocks=1, mlp_width=4, halvings=1}"]
    assert i2i("train", *words, "--out", "run").code == 0
    said(i2i("sample", "run", "trainA", "--to", "shoes", "--out", "out"), HEIC)
