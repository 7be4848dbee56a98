"""`i2i evaluate`: a table, a file, and the same numbers from several processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import timm
import torch
from safetensors.torch import save_file

import i2i_zoo
from i2i_zoo import recipe
from i2i_zoo.weights.model import export

TINY = [
    "model.generator={name='resnet', width=2, blocks=1}", "model.discriminator={name='patchgan', width=2, layers=2}",
    "data.size=16", "data.train_images=4", "data.test_images=3", "train.samples=2", "train.steps=2", "train.ema=0.5",
]  # fmt: skip
BACKBONE = "test_resnet.r160_in1k"


@pytest.fixture(autouse=True)
def no_weights(monkeypatch, tmp_path):
    """No pretrained weights, nowhere to download them from, and a table that is not cut."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("I2I_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr("i2i_zoo.evaluation.metrics.inception.SOURCE", "http://127.0.0.1:1")


def test_a_run_is_scored_with_its_own_recipe(i2i, tmp_path):
    assert i2i("train", "shoes/quickstart", *TINY, "--out", "run").code == 0
    words = "evaluate.metrics=['cycle', 'paired', 'fid']", "evaluate.knobs.fid.backbone='inception'"
    done = i2i("evaluate", "run", *words, "--weights", "both")
    assert done.code == 1, "as something that was asked for is missing"
    assert (
        "pt_inception-2015-12-05-6726825d.pth: these pretrained weights are needed" in done.err
        and done.err.count("error:") == 1
    )
    assert "cyclegan at step 2, 3 edges and 3 shoes" in done.out and "to shoes" in done.out
    [fid] = [line for line in done.out.splitlines() if "FID" in line]
    assert fid.count("–") == 4 and done.out.count("copied") == done.out.count("real ") == 2
    report = json.loads((tmp_path / "run" / "evaluation" / "000000002.json").read_text())
    averaged, last = report["values"]["average"], report["values"]["last"]
    assert averaged["to_shoes.l1"] != last["to_shoes.l1"] and averaged["to_shoes.fid"] is None
    assert report["ceiling"]["to_shoes.l1"] == 0 < report["floor"]["to_shoes.l1"]
    assert report["scores"]["psnr"] == {"title": "PSNR to the truth", "better": "higher", "unit": "dB"}
    assert report["protocol"]["data"]["test_images"] == 3 and report["step"] == 2

    assert i2i("evaluate", "run/checkpoints/000000002", "evaluate.metrics=['paired']", "--out", "one.json").code == 0
    again = json.loads((tmp_path / "one.json").read_text())["values"]
    assert again["average"]["to_shoes.l1"] == averaged["to_shoes.l1"]

    assert i2i("export", "run", "--out", "m.safetensors").code == 0
    done = i2i("evaluate", "m.safetensors", "evaluate.metrics=['paired']", "--json")
    assert done.code == 0, "the file knows its recipe"
    written = json.loads((tmp_path / "m.evaluation.json").read_text())
    assert json.loads(done.out) == written
    exported = written["values"]
    assert exported["exported"]["to_shoes.l1"] == averaged["to_shoes.l1"]


@pytest.fixture
def weights(tmp_path):
    """An exported model of unknown origin."""
    torch.manual_seed(0)
    small = {"generator": {"width": 4, "blocks": 1, "mlp_width": 8}, "discriminator": {"name": "pixelgan", "width": 2}}
    export(i2i_zoo.create("munit", ("edges", "shoes"), (1, 3), **small), tmp_path / "m.safetensors", {})
    return tmp_path / "m.safetensors"


def test_mistakes_are_one_sentence(i2i, weights):
    done = i2i("evaluate", weights)
    assert done.code == 1 and "holds no recipe that names test images; give one with --recipe" in done.err
    done = i2i("evaluate", weights, "--recipe", "shoes/munit", "data.channels=[3, 3]")
    assert done.code == 1 and "the model translates 'edges' (1 channel)" in done.err
    done = i2i("evaluate", weights, "--recipe", "shoes/munit", "evaluate.metrics=['fidd']")
    assert done.code == 1 and "recipe.evaluate.metrics: no metric is called 'fidd'; did you mean 'fid'?" in done.err
    assert i2i("evaluate", "nowhere").err.startswith("error: nowhere: no such file or folder")
    assert all(len(done.err.splitlines()) == 1 for done in (done, i2i("evaluate", weights, "--recipe", "nope")))


def test_two_processes_find_what_one_finds(i2i, weights, tmp_path):
    """Bit by bit: batches are the same whole ones, sums are of integers or of zeros but for one number."""
    torch.manual_seed(0)
    (tmp_path / "weights").mkdir()
    save_file(timm.create_model(BACKBONE).state_dict(), tmp_path / "weights" / f"{BACKBONE}.safetensors")
    names = ["swd", "diversity", "cycle", "paired", "edges", "labels", "segmentation", "styles", "silhouette"]
    names += ["fid", "kid", "coverage"]
    words = [
        "evaluate", str(weights), "--recipe", "shoes/munit", "data.channels=[1, 3]", "data.size=32",
        "data.test_images=9", f"evaluate.metrics={names}", "evaluate.batch=4", "evaluate.knobs.styles.inputs=2",
        *(f"evaluate.knobs.{name}.backbone='{BACKBONE}'" for name in ("fid", "kid", "coverage")),
    ]  # fmt: skip
    assert i2i(*words, "--out", "one.json").code == 0
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "-m", "i2i_zoo"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [*command, *words, "--out", "two.json"], capture_output=True, text=True, env=environment, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("munit") == 1, "one of them speaks"
    one, two = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("one", "two"))
    assert two["protocol"]["processes"] == 2 and len(one["values"]["exported"]) > 40
    assert two["values"] == one["values"]


def test_a_resumed_run_may_be_scored_otherwise():
    from i2i_zoo.runs.resume import _differences

    before = recipe.load("shoes/quickstart").dump()
    del before["evaluate"]  # of a run before there were metrics
    now = recipe.load("shoes/quickstart", ["evaluate.images=5"]).dump()
    assert list(_differences(before, now)) == ["evaluate"]
