"""Models of one's own beside a recipe: found, remembered, and run only if somebody named them here."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest
from trainings import TINY

from i2i_zoo import plugins
from i2i_zoo.registry import models

CODE = """
from i2i_zoo.models.cyclegan import CycleGAN
from i2i_zoo.registry import models

with open("ran", "a") as file:
    file.write("x")

@models.register("ours")
class Ours(CycleGAN):
    class Config(CycleGAN.Config):
        extra: float = 1.0
        \"\"\"A knob of ours.\"\"\"
"""
NAME = "a_model_of_ours"


@pytest.fixture
def forget(monkeypatch, tmp_path):
    """Makes this process one that has imported no plugin."""

    def clean():
        plugins._loaded.clear()
        sys.modules.pop(NAME, None)
        models._classes.pop("ours", None)

    monkeypatch.setattr(plugins, "_memory", lambda: tmp_path / "cache" / "plugins.json")
    clean()
    yield clean
    clean()


@pytest.fixture
def trained(i2i, forget, tmp_path):
    """The command that is printed after a training with a plugin."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / f"{NAME}.py").write_text(CODE)
    (mine / "base.toml").write_text(
        f'plugins = ["{NAME}"]\n[model]\nname = "ours"\nextra = 2.0\n[data]\nname = "shoes"'
    )
    (tmp_path / "recipe.toml").write_text('extends = "mine/base.toml"\n[train]\nsteps = 2')
    done = i2i("train", "recipe.toml", *TINY, "--out", "run")
    assert done.code == 0 and f"plugin {NAME}: {mine / NAME}.py" in done.out, done.err
    forget()
    return shlex.split(done.out.strip().splitlines()[-1])[1:]


def test_the_printed_command_works_and_the_run_knows_its_plugin(i2i, trained, forget, tmp_path):
    [kept] = json.loads((tmp_path / "run/checkpoints/last/model.json").read_text())["plugins"]
    assert kept["name"] == NAME and kept["path"] == str(tmp_path / "mine" / f"{NAME}.py") and len(kept["sha256"]) == 64
    assert i2i(*trained).code == 0
    for words in (
        ["train", "--resume", "run", "train.steps=3"],
        ["evaluate", "run", "evaluate.metrics=['cycle']"],
        ["export", "run", "--out", "x.safetensors"],
        ["show", "run", "model.extra"],
        ["show", "ours"],
    ):
        forget()
        done = i2i(*words)
        assert done.code == 0, done.err
    assert "A knob of ours." in done.out


@pytest.mark.filterwarnings("always::i2i_zoo.errors.Notice")
def test_a_plugin_that_changed_is_said_and_runs_only_if_it_is_named(i2i, trained, forget, tmp_path, monkeypatch):
    file = tmp_path / "mine" / f"{NAME}.py"
    file.write_text(CODE + "\n# changed\n")
    ran = Path("ran").read_text()
    refused = i2i(*trained)
    assert refused.code == 1 and "has changed since the run was trained" in refused.err
    assert i2i("train", "--resume", "run").code == 1
    assert Path("ran").read_text() == ran, "nothing was run"
    advice = refused.err.strip().rpartition(" ")[2]
    assert advice == f"I2I_PLUGINS={file}"
    monkeypatch.setenv(*advice.split("="))
    named = i2i(*trained)
    assert named.code == 0 and "has changed since the run was trained" in named.err
    monkeypatch.delenv("I2I_PLUGINS")
    forget()
    again = i2i(*trained)
    assert again.code == 0 and "has changed" in again.err, "it was named once"
    forget()
    resumed = i2i("train", "--resume", "run", "train.steps=3")
    assert resumed.code == 0 and f"plugin {file} has changed since the run was last saved" in resumed.out


def test_a_run_from_elsewhere_runs_no_code(i2i, trained, forget, monkeypatch, tmp_path):
    monkeypatch.setattr(plugins, "_memory", lambda: tmp_path / "another" / "plugins.json")
    ran = Path("ran").read_text()
    for words in (trained, ["train", "--resume", "run"], ["evaluate", "run"], ["show", "run"], ["show", "ours"]):
        done = i2i(*words)
        assert done.code == 1, words
    assert Path("ran").read_text() == ran
    assert "never ran on this machine; if you trust it, name it: I2I_PLUGINS=" in i2i(*trained).err


def test_mistakes_in_plugins_are_one_line(i2i, forget, tmp_path, monkeypatch):
    (tmp_path / f"{NAME}.py").write_text("1 / 0")
    done = i2i("show", "shoes/quickstart", f"plugins=['{NAME}']")
    assert done.code == 1 and "cannot import" in done.err and "ZeroDivisionError" in done.err
    monkeypatch.setenv("I2I_PLUGINS", "nowhere.py")
    done = i2i("show", "shoes/quickstart")
    assert done.code == 1 and "I2I_PLUGINS: cannot import 'nowhere.py'" in done.err
    assert len(done.err.strip().splitlines()) == 1
