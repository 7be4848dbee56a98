"""`i2i_zoo.fit`: a recipe trained from Python, at a prompt and in a notebook."""

import json
import sys
from types import SimpleNamespace

import pytest
import torch
from rich.console import Console

import i2i_zoo
from i2i_zoo.errors import UserError
from i2i_zoo.runs.notebook import NotebookDisplay

TINY = {
    "model": {
        "generator": {"name": "resnet", "width": 2, "blocks": 1},
        "discriminator": {"name": "pixelgan", "width": 2},
    },
    "data": {"size": 16, "train_images": 4, "test_images": 2},
    "train": {"steps": 2, "samples": 1, "log_every": 1, "ema": 0.5},
}


def test_it_trains_goes_on_and_returns_the_model(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    model = i2i_zoo.fit("shoes/cyclegan", **TINY)
    [run] = (tmp_path / "runs").glob("shoes-cyclegan-*")
    assert "step 2/2" in capsys.readouterr().out
    assert "2 training steps" in repr(model) and model.sheet.is_relative_to(run) and not model.training
    averaged = i2i_zoo.load(run)
    assert all(torch.equal(one, two) for one, two in zip(model.parameters(), averaged.parameters(), strict=True))
    [entry] = json.loads((run / "record.json").read_text())
    assert entry["command"] == "i2i_zoo.fit('shoes/cyclegan', ...)" and entry["outcome"] == "finished"

    again = i2i_zoo.fit("shoes/cyclegan", out=run, resume=True, quiet=True, **TINY, **{"train.steps": 3})
    assert "3 training steps" in repr(again) and capsys.readouterr().out == ""
    with pytest.raises(UserError, match="exists already; choose another --out, or continue it with"):
        i2i_zoo.fit("shoes/cyclegan", out=run, **TINY)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ({"recipe": "shoes/cylcegan"}, "did you mean 'shoes/cyclegan'"),
        ({"train": {"stesp": 2}}, "recipe.train.stesp: no such key; did you mean 'steps'"),
        ({"train.stesp": 2}, "recipe.train.stesp: no such key"),
        ({"resume": True}, "name its folder"),
    ],
)
def test_a_mistake_is_one_sentence_and_leaves_nothing(tmp_path, monkeypatch, words, error):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=error):
        i2i_zoo.fit(**{"recipe": "shoes/cyclegan"} | words)
    assert not list(tmp_path.iterdir())


def test_a_notebook_shows_a_bar_in_place(monkeypatch):
    shown = []
    handle = SimpleNamespace(update=lambda bundle, raw: shown.append(bundle))
    module = SimpleNamespace(display=lambda bundle, raw, display_id: shown.append(bundle) or handle)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    with NotebookDisplay(Console(quiet=True, force_jupyter=False), 0, 10) as display:
        display.tick(SimpleNamespace(step=5), {})
        display.write({"step": 5, "losses": {"a<b": 0.25}, "images_per_second": 3.0, "data_wait": 0.0})
    assert "value='0' max='10'" in shown[0]["text/html"] and "step 0/10" in shown[0]["text/plain"]
    assert "value='5'" in shown[-1]["text/html"] and "a&lt;b 0.250" in shown[-1]["text/html"]
    assert shown[-1]["text/plain"].startswith("step 5/10  3 images/s")
