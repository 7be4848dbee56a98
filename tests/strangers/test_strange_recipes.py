"""Recipes from strangers, through `i2i check`, `i2i train` and the loader: random tables that are nearly right."""

from __future__ import annotations

import copy
import json
import math
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stranger import in_memory, in_time, untouched

import i2i_zoo.recipe
from i2i_zoo.errors import UserError

NET = {"name": "resnet", "width": 2, "blocks": 1, "norm": "instance", "upsample": "transpose", "dropout": 0.0}
BASE = {  # right, but for its images, which are not there
    "model": {
        "name": "cyclegan", "generator": NET,
        "discriminator": {"name": "patchgan", "width": 2, "layers": 1, "scales": 1},
        "gan": {"objective": "lsgan", "r1": 0.0}, "cycle": 10.0, "identity": 0.5, "pool": 3,
    },
    "data": {
        "name": "unpaired", "root": "nowhere", "domains": ["a", "b"], "channels": [3, 3], "size": 32, "resize": 36,
        "fit": "stretch", "augment": {"flip": 0.5}, "augment_for": {"a": {"flip": 0.1}}, "workers": 0,
    },
    "train": {
        "steps": 5, "batch": 2, "accumulate": 1, "optimizer": {"algorithm": "adam", "lr": 0.1, "betas": [0.5, 0.9]},
        "optimizer_for": {"generators": {"lr": 0.2}}, "schedule": {"name": "linear", "constant": 0.5}, "ema": 0.9,
        "precision": "fp32", "seed": 1, "samples": 2, "best": "swd", "keep": 1, "trackers": [],
    },
    "evaluate": {"images": 4, "batch": 2, "seed": 0},
}  # fmt: skip
VALUES = (
    10**6, 10**9, 2**31, 2**63, 10**30, -1, 0, -0.0, 1.5, 1e308, math.nan, math.inf, -math.inf, True, "x", "",
    "\u202e\u2603\U0001f600", "\x1b[31m\n\rred", "a" * 5000, "../../../etc/passwd", [], [1], [10**9] * 2, ["a"] * 9, {},
    {"name": "x"}, {"name": ["x"]}, {"name": 3}, {"a": {"a": {}}}, [[[]]],
)  # fmt: skip
FILES = {  # text of a recipe, or what is not even text
    "deep-list.toml": b"a = " + b"[" * 50_000,
    "deep-list-closed.toml": b"a = " + b"[" * 90 + b"]" * 90,
    "deep-table.toml": b"[" + b"a." * 3000 + b"a]\nb = 1\n",
    "deep-keys.toml": b"a." * 3000 + b"a = 1\n",
    "deep-inline.toml": b"a = " + b"{a = " * 3000 + b"1" + b"}" * 3000,
    "deep.json": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "deep-enough.json": b'{"a":' * 900 + b"1" + b"}" * 900,
    "digits.toml": b"[train]\nsteps = " + b"9" * 5000,
    "digits.json": b'{"train": {"steps": ' + b"9" * 5000 + b"}}",
    "float.toml": b"[train]\nema = 1e99999\n",
    "large.toml": b"# " + b"x" * 2**21,
    "keys.toml": b"".join(b"k%d = 1\n" % i for i in range(20_000)),
    "mistakes.toml": b"[train]\noptimizer_for = {" + b",".join(b"k%d = 1" % i for i in range(2000)) + b"}\n",
    "long-key.toml": b'"' + b"k" * 500_000 + b'" = 1\n',
    "control.toml": b'"\\u001b[2J\\n\\r" = 1\n',
    "binary.toml": bytes(range(256)),
    "utf16.toml": "steps = 1".encode("utf-16"),
    "latin.toml": "# \xe9".encode("latin-1"),
    "empty.toml": b"",
    "zero.toml": b"\0" * 100,
    "list.json": b"[1, 2]",
    "number.json": b"3",
    "null.json": b"null",
    "surrogate.json": b'{"data": {"name": "\\ud800", "root": "\\udfff"}, "model": {"name": "cyclegan"}}',
    "nan.json": b'{"train": {"steps": NaN}}',
    "self.toml": b'extends = "self.toml"\n',
    "ring.toml": b'extends = "ring2.toml"\n',
    "ring2.toml": b'extends = "ring3.toml"\n',
    "ring3.toml": b'extends = "./x/../ring.toml"\n',
    "null-byte.toml": b'extends = "a\\u0000b"\n',
    "long-name.toml": b'extends = "' + b"n" * 5000 + b'"\n',
    "device.toml": b'extends = "/dev/zero"\n',
    "folder.toml": b'extends = "."\n',
    "pipe.toml": b'extends = "pipe"\n',
    "number.toml": b"extends = 3\n",
    "plugin.toml": b'plugins = ["os.path", "no such module", ""]\n',
    "plugin-relative.toml": b'plugins = ["..evil"]\n',
    "plugin-number.toml": b"plugins = [3]\n",
    "plugin-text.toml": b'plugins = "os"\n',
}
FILES |= {f"chain-{i}.toml": b'extends = "chain-%d.toml"\n' % (i + 1) for i in range(40)}
OVERRIDES = (
    "train.steps=" + "9" * 5000, "a=" + "[" * 50_000, "a=" + "{a=" * 3000, "a." * 3000 + "a=1", "=1",
    "=", ".=1", "..a=1",
    "train=3", "model=3", "model.name.x=1", "\x1b[2J=1", "data.root=\0", "train..steps=1", "train.steps =", "\udcff=1",
    "data.root=" + "r" * 5000, "model.init=/dev/zero", "model.init=.", "extends=3", "train.steps=1979-05-27",
)  # fmt: skip


def paths(table: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in table.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from paths(value, (*above, key))


def changed(tables: dict[str, Any], path: tuple[str, ...], key: str | None, value: Any) -> dict[str, Any]:
    """A copy in which the value at `path` is another, under another key unless that is None."""
    tables = copy.deepcopy(tables)
    table = tables
    for part in path[:-1]:
        if not isinstance(table := table.get(part), dict):
            return tables
    if key is not None:
        table.pop(path[-1], None)
    table[path[-1] if key is None else key] = value
    return tables


def toml(value: Any) -> str:
    """A value as TOML, tables inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, float):
        return repr(value)  # nan, inf and -inf are TOML
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def written(tables: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(key)} = {toml(value)}\n" for key, value in tables.items())


def assert_lines(text: str) -> None:
    """A line for each mistake, not many, each of a length that can be read, and nothing that moves the cursor."""
    lines = text.split("\n")
    assert 0 < len(lines) <= 21 and all(line.strip() and len(line) < 1100 for line in lines), text[:2000]
    assert "Traceback" not in text and all(line.isprintable() for line in lines), text[:2000]


@pytest.mark.filterwarnings("ignore::i2i_zoo.errors.Notice")  # of knobs without effect
def test_every_knob_with_every_wrong_value(tmp_path):
    """Those that are right after all end at the images, which are not there."""
    count = 0
    for path in paths(BASE):
        for value in VALUES:
            with in_time(10):
                try:
                    loaded = i2i_zoo.recipe.resolve(changed(BASE, path, None, value))
                    loaded.data.build().stream
                    raise AssertionError(f"{path}: {value!r} found images")
                except UserError as error:
                    assert_lines(str(error))
            count += 1
    assert count > 1200


@pytest.fixture
def place(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine").write_bytes(b"mine")
    return tmp_path


leaves = st.one_of(
    st.sampled_from(VALUES), st.integers(), st.floats(), st.booleans(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)  # fmt: skip
anything = st.recursive(leaves, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text("ab\n.", max_size=3), v))
keys = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=9) | st.just("name")
changes = st.lists(st.tuples(st.sampled_from(list(paths(BASE))), keys, anything), min_size=1, max_size=4)
quiet = settings(
    max_examples=100, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


@quiet
@given(changes)
def test_check_of_random_recipes(i2i, place, many):
    tables = BASE
    for path, key, value in many:
        tables = changed(tables, path, key, value)
    (place / "r.toml").write_text(written(tables), encoding="utf-8")
    with untouched(place), in_time(20), in_memory(400):
        done = i2i("check", "r.toml")
    assert done.code == 1 and not done.out
    assert_lines(done.err.rstrip("\n"))


@quiet
@given(st.binary(max_size=80) | st.text("[]{}=.,'\"#\\\n abc019-_:eE+\u2603", max_size=60).map(str.encode))
def test_check_of_noise(i2i, place, content):
    (place / "r.toml").write_bytes(content)
    with untouched(place), in_time(5):
        done = i2i("check", "r.toml")
    assert done.code == 1 and not done.out
    assert_lines(done.err.rstrip("\n"))


def test_files_that_are_no_recipes(i2i, place):
    for name, content in FILES.items():
        (place / name).write_bytes(content)
    os.mkfifo(place / "pipe")
    for command in ("check", "train"):
        for name in FILES:
            with in_time(10), in_memory(200):
                done = i2i(command, name)
            assert done.code == 1 and not done.out, name
            assert_lines(done.err.rstrip("\n"))
    assert {path.name for path in place.iterdir()} == {*FILES, "elsewhere", "pipe"}, "train refuses before it writes"


@pytest.mark.parametrize("command", ["check", "train"])
def test_overrides_that_are_none(i2i, place, command):
    (place / "r.toml").write_text(written(BASE))
    with untouched(place):
        for override in OVERRIDES:
            with in_time(10):
                done = i2i(command, "r.toml", override)
            assert done.code == 1 and not done.out, override[:80]
            assert_lines(done.err.rstrip("\n"))


def test_train_refuses_before_it_writes(i2i, place):
    with untouched(place / "elsewhere"):
        for path in (p for p in paths(BASE) if p[0] == "model" or p[-1] in ("size", "batch", "steps", "channels")):
            for value in (10**9, -1, math.nan, "x\n", {"name": "x"}):
                (place / "r.toml").write_text(written(changed(BASE, path, None, value)))
                with in_time(10):
                    done = i2i("train", "r.toml", "--out", place / "run")
                assert done.code == 1 and not (place / "run").exists(), (path, value)
                assert_lines(done.err.rstrip("\n"))


def test_the_recipe_itself_is_right(tmp_path):
    """What is refused above is refused for what was changed."""
    for kind, size in (("trainA", 2), ("trainB", 2)):
        (tmp_path / kind).mkdir()
        for number in range(size):
            (tmp_path / kind / f"{number}.ppm").write_bytes(b"P6 1 1 255\n123")
    (tmp_path / "r.toml").write_text(written(BASE))
    loaded = i2i_zoo.recipe.load(tmp_path / "r.toml", [f"data.root={tmp_path}"])
    assert loaded.build_model().domains == ("a", "b") and loaded.build_data()[0].stream.epoch_length == 2
