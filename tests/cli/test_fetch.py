"""`i2i fetch`, from a local archive."""

import zipfile

import pytest
from cyclopts import App

from i2i_zoo.cli.fetch import fetch


@pytest.fixture
def i2i(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    app = App(name="i2i", result_action="return_value")
    app.command(fetch)
    return app


def test_fetch_says_where_it_is_and_how_to_train_on_it(i2i, tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
        archive.writestr("horse2zebra/trainA/1.jpg", b"1")
    i2i(["fetch", "horse2zebra", "--source", str(tmp_path / "mine.zip"), "--out", str(tmp_path / "sets")])
    folder = tmp_path / "sets" / "horse2zebra"
    assert (folder / "trainA" / "1.jpg").read_bytes() == b"1"
    said = capsys.readouterr().out
    assert f"horse2zebra is in {folder}" in said
    assert "i2i train " in said and f"data.root={folder}" in said


def test_help_names_every_set(i2i, capsys):
    from i2i_zoo.hub.datasets import NAMES

    i2i(["fetch", "--help"])
    said = capsys.readouterr().out
    assert all(name in said for name in NAMES)
    assert "--sha256" in said
