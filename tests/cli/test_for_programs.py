"""What programs and scripts read: JSON, the version, completion, output without colors and in pipes."""

import json

import pytest
import torch

import i2i_zoo
from i2i_zoo.cli import app
from i2i_zoo.cli.console import Lasting
from i2i_zoo.cli.sheet import Sheet

TINY = (
    "model.generator={name='resnet', width=2, blocks=1}", "model.discriminator={name='pixelgan', width=2}",
    "data.size=16", "data.train_images=2", "data.test_images=1",
)  # fmt: skip


def test_list_as_json(i2i):
    listed = json.loads(i2i("list", "--json").out)
    assert {"models", "generators", "datasets", "metrics", "recipes", "weights"} <= listed.keys()
    assert listed["models"]["cyclegan"].startswith("Two generators") and "munit_base" not in listed["recipes"]
    assert listed["weights"]["shoes/munit"]["bytes"] > 1e6 and listed["weights"]["shoes/munit"]["title"]


def test_show_as_json(i2i):
    shown = json.loads(i2i("show", "shoes/cyclegan", "train.steps=7", "--json").out)
    knobs = {knob["path"]: knob for knob in shown["recipe"]}
    assert knobs["train.steps"]["value"] == 7 and knobs["model.name"]["value"] == "cyclegan"
    assert knobs["train.epochs"]["value"] is None and "Training iterations" in knobs["train.steps"]["meaning"]
    assert "card" not in shown, "these weights are of another recipe"
    assert json.loads(i2i("show", "shoes/cyclegan", "--json").out)["card"]["training"]["steps"] > 0
    part = json.loads(i2i("show", "patchgan", "norm", "--json").out)
    assert [knob["path"] for knob in part["discriminator"]] == ["norm"]
    missing = i2i("show", "shoes/cyclegan", "trian", "--json")
    assert missing.code == 1 and missing.out == "" and "did you mean 'train'" in missing.err


def test_check_as_json(i2i, tmp_path):
    found = json.loads(i2i("check", "shoes/cyclegan", *TINY, "--json").out)
    assert found["fine"] and found["parameters"].keys() == {"generators", "discriminators"}
    assert [(one["split"], one["domain"], one["count"], one["problems"]) for one in found["images"]] == [
        ("train", "edges", 2, []), ("train", "shoes", 2, []), ("test", "edges", 1, []), ("test", "shoes", 1, []),
    ]  # fmt: skip
    for folder in ("trainA", "trainB"):
        (tmp_path / folder).mkdir()
        for number in range(2):
            (tmp_path / folder / f"{number}.png").write_bytes(b"no picture")
    done = i2i("check", "unpaired/cyclegan", *TINY[:2], f"data.root={tmp_path}", "data.size=16", "--json")
    broken = json.loads(done.out)
    assert done.code == 1 and not broken["fine"] and len(broken["images"][0]["problems"]) == 2
    assert "0.png" in broken["images"][0]["problems"][0]


def test_the_version_names_what_a_report_should(i2i):
    done = i2i("--version")
    assert done.code == 0 and f"i2i_zoo {i2i_zoo.__version__}" in done.out
    assert torch.__version__ in done.out and ("cpu" in done.out or "cuda" in done.out)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_and_options(shell):
    script = app.generate_completion(shell=shell)
    assert "translate" in script and "resume-or-start" in script and "install-completion" in script


def wide_sheet():
    sheet = Sheet("title", ["name", "~meaning"])
    sheet.add("x" * 60, "many words " * 30)
    return sheet


def test_nothing_is_cut_in_a_pipe_nor_in_a_narrow_terminal(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    Lasting(force_terminal=False).print(wide_sheet())
    assert "x" * 60 in capsys.readouterr().out
    Lasting(width=30, force_terminal=True, no_color=True).print(wide_sheet())
    narrow = capsys.readouterr().out
    assert "…" not in narrow and narrow.count("many") == 30 and narrow.count("x") >= 60


def test_no_color_means_none(capsys, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    Lasting(force_terminal=True, color_system="standard").print("[red]word[/]")
    assert "\x1b[31m" not in capsys.readouterr().out
