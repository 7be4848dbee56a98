"""Advice on what became of a run, its images and its checkpoints, taken literally."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from test_advice_runs import TINY, noise, overrides, refused, there, whole  # noqa: F401  (fixtures)

import i2i_zoo
from i2i_zoo.errors import UserError
from i2i_zoo.registry import models
from i2i_zoo.runs import run as runs
from i2i_zoo.runs.lock import hold
from i2i_zoo.runs.score import report_file

advice = pytest.mark.advice
pytestmark = pytest.mark.filterwarnings("default::i2i_zoo.errors.Notice")
MODULE = """
from i2i_zoo.models.cyclegan import CycleGAN
from i2i_zoo.registry import models

@models.register("a_model_of_mine")
class Mine(CycleGAN):
    class Config(CycleGAN.Config):
        pass
"""
RESUME = "train", "--resume", "my run", "train.steps=3"
TRANSLATE = "the images/trainA/0.png", "--to", "shoes", "--out", "out"
NEWEST = Path("my run/checkpoints/000000002")


def works(done):
    assert done.code == 0, done.err


@pytest.mark.parametrize("way", ["put back", "as it is now"])
@pytest.mark.parametrize(
    "recorded",
    [
        pytest.param(True, marks=advice("runs/images.py: put them back, or go on with what is there now")),
        pytest.param(False, marks=advice("runs/resume.py: put them back, or go on with what is there now")),
    ],
)
def test_images_that_are_gone(there, i2i, recorded, way):  # noqa: F811
    if not recorded:
        Path("my run/images.json").unlink()
    file = shutil.move("the images/trainA/3.png", "3.png")
    option = re.search(r"--changed-images$", refused(i2i(*RESUME)))[0]
    if way == "put back":
        shutil.move(file, "the images/trainA/3.png")
    works(i2i(*RESUME, *([] if way == "put back" else [option])))


@advice("data/record.py: remove it to go on with the images as they are now")
def test_a_damaged_record_of_images_is_removed(there, i2i):  # noqa: F811
    Path("my run/images.json").write_text("{")
    Path(re.match("error: (.*): cannot be read", refused(i2i(*RESUME)))[1]).unlink()
    works(i2i(*RESUME))


@pytest.mark.parametrize("way", ["mended", "allowed"])
@advice("runs/images.py: mend or remove what is damaged, or allow so many with data.damaged=")
def test_more_damage_than_is_allowed(there, i2i, way):  # noqa: F811
    Path("the images/trainA/3.png").write_bytes(b"no picture")
    words = *TINY, "--out", "new", "data.damaged=0", "train.steps=9", "train.log_every=1"
    [allowed] = overrides(refused(i2i("train", *words)).partition("or allow")[2])
    noise(Path("the images/trainA/3.png")) if way == "mended" else None
    works(i2i("train", *words, *([allowed] if way == "allowed" else [])))


@advice("data/damage.py: replace or remove what is damaged (i2i check names all)")
def test_damaged_test_images_are_named_by_check(there, i2i):  # noqa: F811
    words = (
        "train",
        *TINY,
        "train.evaluate_every=1",
        "evaluate.metrics=['cycle']",
        "train.best=cycle_l1",
        "--out",
        "new",
    )
    for name in ("testA/1.png", "testB/1.png", "testB/2.png"):
        noise(Path("the images", name), 5)
    Path("the images/testB/2.png").write_bytes(b"no picture")
    assert "replace or remove" in refused(i2i(*words))
    named = {line.partition(" cannot be read")[0] for line in i2i("check", *TINY).err.splitlines()}
    assert any(name.endswith("the images/testB/2.png") for name in named), named
    Path("the images/testB/2.png").unlink()
    works(i2i(*words))


@advice("data/images/finding.py: rename one of them")
def test_two_folders_of_almost_one_name(there, i2i):  # noqa: F811
    shutil.move("the images/trainA", "the images/train_a")
    shutil.copytree("the images/train_a", "the images/TrainA")
    assert "rename one of them" in refused(i2i("check", *TINY))
    Path("the images/train_a").rename("the images/trainA")
    works(i2i("check", *TINY))


@advice("weights/model.py: the newest whole one is")
def test_of_a_damaged_checkpoint_a_whole_one_is_named(there, i2i):  # noqa: F811
    (NEWEST / "generators.safetensors").write_bytes(b"junk")
    other = re.search("the newest whole one is (.*)", refused(i2i("translate", NEWEST, *TRANSLATE)))[1]
    works(i2i("translate", other, *TRANSLATE))


@advice("weights/model.py: is used instead")
def test_of_a_run_the_newest_whole_checkpoint_is_taken(there, i2i):  # noqa: F811
    (NEWEST / "generators.safetensors").write_bytes(b"junk")
    done = i2i("translate", "my run", *TRANSLATE)
    assert done.code == 0 and "000000001 is used instead" in done.err


@advice("weights/model.py: so begin a new run")
def test_without_a_whole_checkpoint_there_is_a_new_run(there, i2i):  # noqa: F811
    for file in Path("my run").rglob("*generators.safetensors"):
        file.write_bytes(b"junk")
    assert "so begin a new run" in refused(i2i("translate", "my run", *TRANSLATE))
    works(i2i("train", "my run/recipe.json", "--out", "new"))
    works(i2i("translate", "new", *TRANSLATE))


@advice("weights/model.py: has no model description in its header; give a file")
@advice("weights/model.py: is not a safetensors file")
@advice("weights/model.py: take another checkpoint, or get the file again")
def test_files_of_weights_are_those_that_export_wrote(there, i2i):  # noqa: F811
    save_file({"x": torch.zeros(1)}, "bare.safetensors")
    Path("text.safetensors").write_text("hello")
    for name in ("bare", "text"):
        assert "give a file that `i2i export` wrote" in refused(i2i("translate", f"{name}.safetensors", *TRANSLATE))
    (NEWEST / "checksums.json").unlink()
    (NEWEST / "generators.average.safetensors").write_bytes(b"junk")
    assert "take another checkpoint" in refused(i2i("translate", NEWEST, *TRANSLATE))
    works(i2i("export", NEWEST.with_name("000000001"), "--out", "w.safetensors"))
    works(i2i("translate", "w.safetensors", *TRANSLATE))


@advice("evaluation/direction.py: take an earlier checkpoint")
def test_of_a_training_that_diverged_an_earlier_checkpoint_is_scored(there, i2i):  # noqa: F811
    file = NEWEST / "generators.average.safetensors"
    save_file({key: tensor * torch.nan for key, tensor in load_file(file).items()}, file)
    (NEWEST / "checksums.json").unlink()
    assert "take an earlier checkpoint" in refused(i2i("evaluate", NEWEST, "evaluate.metrics=['cycle']"))
    works(i2i("evaluate", NEWEST.with_name("000000001"), "evaluate.metrics=['cycle']"))


@pytest.mark.parametrize("word", ["train.optimizer.lr=1e-4", "train.clip=1.0"])
@advice(
    "runs/run.py: try a new run with a smaller train.optimizer.lr or with train.clip=1.0 (model.init can begin there)"
)
def test_after_a_divergence_a_new_run_begins_at_the_last_checkpoint(there, i2i, monkeypatch, word):  # noqa: F811
    lr = "train.optimizer.lr=1e38", "train.schedule.name=constant", "train.steps=30", "train.save_every=1000"
    text = refused(i2i("train", *TINY, *lr, "--out", "wild"))
    assert word.partition("=")[0] in text
    last = re.search("the last checkpoint is (.*?);", text)[1]
    init = [f"model.init={last}"] if Path(last).exists() else ["model.init=my run"]
    works(i2i("train", *TINY, word, *init, "--out", "tame"))


@advice("runs/run.py: is not installed; pip install")
def test_a_tracker_is_installed(there, i2i, monkeypatch):  # noqa: F811
    tracked = *TINY, "train.trackers=['tensorboard']"
    with monkeypatch.context() as patch:
        patch.setattr(runs, "find_spec", lambda name: None)
        package = refused(i2i("check", *tracked)).rpartition("pip install ")[2]
    pytest.importorskip(package)
    works(i2i("check", *tracked))


@advice("runs/lock.py: wait for it, or stop it first")
def test_a_run_that_is_being_trained_is_waited_for(there, i2i):  # noqa: F811
    with hold(Path("my run")):
        assert "wait for it, or stop it first" in refused(i2i(*RESUME))
    works(i2i(*RESUME))


@advice("runs/publish.py: remove it")
def test_a_damaged_report_is_removed(there, i2i):  # noqa: F811
    words = "push", "my run", "a/b", "--license", "mit", "--out", "card"
    report = report_file(Path("my run"))
    report.parent.mkdir(exist_ok=True)
    report.write_text("{")
    Path(re.match("error: (.*): cannot be read", refused(i2i(*words)))[1]).unlink()
    works(i2i(*words))


@advice("runs/initial_weights.py: build the same ones")
def test_networks_of_other_weights_are_built(there, i2i):  # noqa: F811
    wrong = [
        *TINY, "model.init=my run", "model.generator={name='unet', width=3, depth=4}",
        "model.discriminator={name='patchgan', width=3, layers=2}",
    ]  # fmt: skip
    done = i2i("check", *wrong, *overrides(refused(i2i("check", *wrong))))
    assert done.code == 0 and "9 of 9 tensors loaded" in done.out, done.err


@advice("runs/fit.py: name its folder")
def test_fit_resumes_the_run_that_is_named(there):  # noqa: F811
    with pytest.raises(UserError, match="name its folder"):
        i2i_zoo.fit("my run/recipe.json", resume=True, quiet=True)
    assert i2i_zoo.fit("my run/recipe.json", out="my run", resume=True, quiet=True).provenance["step"] == 2


@advice("plugins.py: ; rename")
def test_a_plugin_called_like_a_module_is_renamed(there, i2i):  # noqa: F811
    Path("json.py").write_text("x = 1\n")
    file = Path(re.search("rename (.*?json.py)", refused(i2i("check", *TINY, "plugins=['json.py']")))[1])
    file.rename("json_of_mine.py")
    works(i2i("check", *TINY, "plugins=['json_of_mine.py']"))


@advice("weights/model.py: set the environment variable I2I_PLUGINS")
def test_a_module_that_is_trusted_is_named(there, i2i, monkeypatch):  # noqa: F811
    described = NEWEST / "model.json"
    facts = json.loads(described.read_text())
    facts["model"]["name"], facts["module"] = "a_model_of_mine", "a_module_of_mine"
    described.write_text(json.dumps(facts))
    (NEWEST / "checksums.json").unlink()
    Path("a_module_of_mine.py").write_text(MODULE)
    monkeypatch.setattr(models, "_classes", dict(models._classes))
    variable, _, name = re.search(
        r"set the environment variable (\S+)$", refused(i2i("translate", NEWEST, *TRANSLATE))
    )[1].partition("=")
    monkeypatch.syspath_prepend(there)
    monkeypatch.setenv(variable, name)
    works(i2i("translate", NEWEST, *TRANSLATE))
