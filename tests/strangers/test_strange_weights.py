"""Weights from strangers, loaded in Python and given to `i2i translate`, `export` and `convert`."""

from __future__ import annotations

import subprocess
import sys

import pytest
from bad_weights import descriptions, files, headers, pickles, split
from PIL import Image
from stranger import assert_sentence, in_memory, in_time, untouched

import i2i_zoo
from i2i_zoo.errors import UserError
from i2i_zoo.interop import load_official


@pytest.fixture
def place(tmp_path, exported):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine").write_bytes(b"mine")
    Image.new("RGB", (9, 9)).save(tmp_path / "x.png")
    return tmp_path


def test_they_differ(exported):
    wrong, odd, bad = files(exported)
    contents = [*wrong.values(), *odd.values(), *bad.values()]
    assert len({*contents}) > 250 and len(contents) - len({*contents}) < 8


def test_each_is_loaded_or_refused_in_one_sentence(place, exported):
    wrong, odd, _ = files(exported)
    loaded = set()
    for name, content in (wrong | odd).items():
        (place / "m.safetensors").write_bytes(content)
        with untouched(place), in_time(20), in_memory(300):
            try:
                i2i_zoo.load(place / "m.safetensors")
                loaded.add(name)
            except UserError as error:
                assert_sentence(error, "m.safetensors")
    assert not loaded & wrong.keys(), loaded & wrong.keys()
    assert 0 < len(loaded) < len(odd)


def test_each_pickle_is_refused_in_one_sentence(place):
    """In a process of its own: some would end it without a word."""
    (place / "bad").mkdir()
    for name, content in pickles().items():
        (place / "bad" / f"{name}_net_G_A.pth").write_bytes(content)
    code = "import test_strange_weights as t, sys, pathlib; t.refuse_all(pathlib.Path(sys.argv[1]))"
    path = ":".join(sys.path)
    with untouched(place):
        words = [sys.executable, "-c", code, place / "bad"]
        done = subprocess.run(words, env={"PYTHONPATH": path}, cwd=place / "elsewhere", capture_output=True, text=True)
    assert done.returncode == 0, f"{done.returncode} {done.stderr[-2000:]}"
    assert done.stdout.split() == sorted(path.name for path in (place / "bad").iterdir())


def refuse_all(folder):
    """Load every file of `folder`; prints the names of those that are refused as they should be."""
    for path in sorted(folder.iterdir()):
        with in_time(20), in_memory(300), pytest.raises(UserError) as error:
            load_official(path, ("a", "b"))
        assert_sentence(error.value, path.name)
        print(path.name, flush=True)


@pytest.mark.parametrize(
    "name", ["text-6", "domains-3", "channels-5", "entry-0", "name-0", "length-0", "knob-'generator'-0"]
)
def test_the_commands_say_one_line_and_write_nothing(place, exported, i2i, name):
    content = (descriptions(exported.read_bytes()) | headers(exported.read_bytes()))[name]
    (place / "m.safetensors").write_bytes(content)
    with untouched(place):
        for words in (
            ("translate", "m.safetensors", "x.png", "--to", "b", "--out", "out"),
            ("export", "m.safetensors", "--out", "out.safetensors"),
            ("convert", "m.safetensors", "--to", "cyclegan-pytorch", "--out", "out"),
            ("check", "shoes/quickstart", "model.init=m.safetensors"),
        ):
            done = i2i(*words)
            assert done.code == 1 and done.err.startswith("error: ") and done.err.count("\n") == 1, words


@pytest.mark.parametrize("name", ["code-0", "underflow"])
def test_convert_runs_nothing(place, i2i, name):
    (place / "latest_net_G_A.pth").write_bytes(pickles()[name])
    with untouched(place):
        done = i2i("convert", "latest_net_G_A.pth", "--domains", "a", "b", "--out", "out.safetensors")
    assert done.code == 1 and done.err.startswith("error: ") and done.err.count("\n") == 1


def test_a_checkpoint_with_a_text_that_is_none(place):
    (place / "run").mkdir()
    for content in (b"\xff\xfe", b"", b"[" * 100_000, b"{}"):
        (place / "run" / "model.json").write_bytes(content)
        with pytest.raises(UserError) as error:
            i2i_zoo.load(place / "run")
        assert_sentence(error.value, "run")


def test_the_model_itself_is_right(exported):
    header, _ = split(exported.read_bytes())
    assert "model.json" in header["__metadata__"] and i2i_zoo.load(exported).domains == ("a", "b")
