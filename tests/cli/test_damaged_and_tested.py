"""Damaged images, links and images that are gone, beside test images: those of a folder and those set aside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_damaged_images import cut_off, noise, words  # noqa: F401  (a fixture)
from test_train import TORCHRUN
from trainings import i2i as processes

from i2i_zoo.data.datasets.unpaired import Unpaired

SCORED = ["train.evaluate_every=6", "train.best=swd", "evaluate.metrics=['swd']"]


def test_scores_of_real_images_do_without_damaged_training_images(i2i, words):  # noqa: F811
    for domain in "AB":
        for number in range(1, 5):
            noise(Path(f"test{domain}/{number}.png"), 50 + number)
    cut_off(Path("trainB/3.png"))
    done = i2i("train", *words, *SCORED, "--out", "run")
    assert done.code == 0, done.err
    done = i2i("evaluate", "run", "evaluate.metrics=['swd']")
    assert done.code == 0, done.err
    [report] = Path("run/evaluation").glob("*.json")
    assert json.loads(report.read_text())["ceiling"]["to_shoes.swd"] is not None


def test_a_training_looks_at_the_images_that_it_will_be_scored_on_before_it_begins(i2i, words):  # noqa: F811
    for number in (1, 2):
        noise(Path(f"testB/{number}.png"), 3)
        cut_off(Path(f"testB/{number}.png"))
    done = i2i("train", *words, *SCORED, "--out", "run")
    assert done.code == 1 and "2 of 3 test images of shoes are damaged: testB/1.png cannot be read" in done.err
    assert not Path("run/recipe.json").exists()
    for number in (1, 2):
        Path(f"testB/{number}.png").unlink()
    assert i2i("train", *words, *SCORED, "--out", "run").code == 0


def test_a_resumed_run_says_which_test_images_are_gone(i2i, words):  # noqa: F811
    for domain in "AB":
        Path(f"test{domain}/0.png").unlink()
        Path(f"test{domain}").rmdir()
    assert i2i("train", *words, "data.test=0.4", "train.steps=4", "--out", "run").code == 0
    gone, kept = json.loads(Path("run/images.json").read_text())["test"]["edges"]
    Path("trainA", gone).unlink()
    done = i2i("train", "--resume", "run", "train.steps=6")
    assert done.code == 0 and f"1 of 2 test images of edges is gone since the run began, for example {gone}" in done.out
    noise(Path("trainA", gone), 0)
    done = i2i("train", "--resume", "run", "train.steps=8", "--changed-images")
    assert done.code == 0 and "gone since" not in done.out
    record = json.loads(Path("run/images.json").read_text())
    assert record["test"]["edges"] == [gone, kept] and gone not in record["train"]["edges"], "it stays a test image"


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_a_link_to_a_training_image_is_no_test_image(tmp_path, share):
    for domain in "AB":
        for number in range(10):
            noise(tmp_path / f"train{domain}" / f"{number}.png", number)
        best = tmp_path / f"train{domain}" / "best"
        best.mkdir()
        for number in range(0, 10, 2):
            (best / f"{number}.png").symlink_to(f"../{number}.png")
    data = Unpaired(Unpaired.Config(root=str(tmp_path), domains=("a", "b"), test=share))
    train, test = ({path.resolve() for path in data.pile(split, "a").paths} for split in ("train", "test"))
    assert train and test and train.isdisjoint(test)


def test_test_folders_that_are_links_to_training_folders_are_known_to_be_trained_on(i2i, words):  # noqa: F811
    Path("testA/0.png").unlink()
    Path("testA").rmdir()
    Path("testA").symlink_to("trainA")
    done = i2i("train", *words, "--out", "run")
    assert done.code == 0 and "samples and scores are of training images (edges)" in done.out


def without_test_folders():
    for domain in "AB":
        Path(f"test{domain}/0.png").unlink()
        Path(f"test{domain}").rmdir()


def test_a_new_image_of_a_series_that_is_set_aside_is_never_trained_on(i2i, words):  # noqa: F811
    without_test_folders()
    assert i2i("train", *words, "data.test=0.4", "train.steps=2", "--out", "run").code == 0
    tested = json.loads(Path("run/images.json").read_text())["test"]["edges"]
    twin = f"0{tested[-1]}"  # before the cut of the series, by its number
    noise(Path("trainA", twin), 50)
    noise(Path("trainA/99.png"), 51)
    for resumed in ([], ["--changed-images"], []):
        done = i2i("train", "--resume", "run", *resumed)
        assert done.code == 0, done.err
        record = json.loads(Path("run/images.json").read_text())
        assert twin not in record["train"]["edges"] and record["test"]["edges"] == tested
    assert "99.png" in record["train"]["edges"]


def test_a_damaged_first_image_does_not_stop_a_start_without_test_images(i2i, words):  # noqa: F811
    without_test_folders()
    cut_off(Path("trainA/0.png"))
    done = i2i("train", *words, "train.steps=6", *SCORED, "--out", "run")
    assert done.code == 0 and "trainA/0.png cannot be read" in done.out, done.err
    assert i2i("evaluate", "run", "evaluate.metrics=['swd']").code == 0


def test_a_comparison_looks_at_its_test_images_before_it_trains(i2i, words, monkeypatch):  # noqa: F811
    noise(Path("testB/1.png"), 3)
    cut_off(Path("testB/1.png"))
    monkeypatch.setattr("i2i_zoo.compare.train", lambda *_: pytest.fail("trained"))
    done = i2i("compare", *words, "--out", "c", "evaluate.metrics=['swd']")
    assert done.code == 1 and "1 of 2 test images of shoes is damaged: testB/1.png cannot be read" in done.err


def test_two_processes_leave_the_same_images_out(tmp_path, words):  # noqa: F811
    cut_off(tmp_path / "trainB/3.png")
    knobs = [*words, "train.batch=2", "train.log_every=2", "train.steps=6"]
    done = processes("train", *knobs, "--out", "two", launcher=TORCHRUN, cwd=tmp_path)
    assert done.returncode == 0 and "on cpu x 2" in done.stdout, done.stderr
    assert done.stdout.count("warning: trainB/3.png cannot be read as an image") == 1
    assert list(json.loads((tmp_path / "two/images.json").read_text())["damaged"]["shoes"]) == ["3.png"]
    done = processes("train", *knobs, "data.damaged=0.0", "--out", "none", launcher=TORCHRUN, cwd=tmp_path)
    assert done.returncode != 0 and "1 of 5 training images of shoes is damaged" in done.stderr
