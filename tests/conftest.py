"""What holds for every test: one thread, as the suite may share its cores with other processes, and the same random
numbers each time. And the command line, in-process."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace

import pytest
import torch
from hub_server import running

from i2i_zoo import plugins
from i2i_zoo.cli import main
from i2i_zoo.errors import Notice, UserError

torch.set_num_threads(1)
os.environ.pop("COLUMNS", None)  # pytest-xdist sets it, and a console that is made later would keep to it


@pytest.fixture(autouse=True)
def seeded():
    """Whatever a test draws without a seed of its own is the same in every run and in any order of tests."""
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def no_plugins(monkeypatch, tmp_path_factory):
    """No test finds the plugins of another one, nor those that a user of this machine has named."""
    monkeypatch.setattr(plugins, "_loaded", {})
    monkeypatch.setattr(plugins, "_memory", lambda: tmp_path_factory.getbasetemp() / "plugins.json")


@pytest.fixture(autouse=True)
def followed(request, monkeypatch):
    """A test with `@pytest.mark.advice("file.py: part of a message", ...)` meets one of these; see `test_advice.py`."""
    marks = [mark.args for mark in request.node.iter_markers("advice")]
    said = []

    def heard(kind):
        def begin(self, *words):
            said.append(" ".join(map(str, words)))
            super(kind, self).__init__(*words)

        monkeypatch.setattr(kind, "__init__", begin)

    if marks:
        heard(UserError)
        heard(Notice)
    yield
    missed = [parts for parts in marks if not any(part.partition(": ")[2] in text for part in parts for text in said)]
    assert not missed, f"none of {missed} in {said}"


@pytest.fixture
def i2i(monkeypatch, capsys, tmp_path):
    """Run a command line in an empty folder; gives `code`, `out` and `err`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["i2i", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        return SimpleNamespace(code=stop.value.code, out=out, err=err)

    return run


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A hub on this machine, the only one that is known in this test, and an empty cache."""
    from huggingface_hub import close_session, constants

    from i2i_zoo.weights import locate

    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("HF_TOKEN", "secret")
    with running() as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        close_session()
        locate.forget()
        yield hub
        locate.forget()
        close_session()
