"""`i2i export --to web`: the folder, and what it says of itself."""

import json
import shutil
from pathlib import Path

import pytest

from i2i_zoo.errors import UserError
from i2i_zoo.onnx import runtime_package
from i2i_zoo.onnx.export import export as export_graphs
from i2i_zoo.onnx.web import export
from i2i_zoo.weights.locate import short_names


def test_the_folder_holds_all_and_names_all_it_holds(exported):
    described = {model["name"]: model for model in json.loads((exported / "models.json").read_text())["models"]}
    styled, plain = described["runs/styled"], described["plain"]
    assert (styled["size"], styled["style"], styled["preparation"]["fit"]) == ([16, 24], 3, "cover")
    assert (plain["size"], plain["style"], plain["preparation"]) == ([256, 256], None, None)
    assert plain["text"] == "plain:\nknown"
    assert plain["channels"] == {"a b": 1, "3d": 3} and plain["encoders"] == {}
    graphs = [one["graph"] for model in described.values() for one in model["directions"]]
    graphs += styled["encoders"].values()
    assert "models/plain.a%20b23d.onnx" in graphs
    files = {str(file.relative_to(exported)) for file in exported.rglob("*") if file.is_file()}
    assert {graph.replace("%20", " ") for graph in graphs} < files
    assert {"engine.js", "worker_onnx.js", "runtime/ort.js", "runtime/ort.wasm", "runtime/license.txt"} < files
    assert not {file for file in files if file.endswith((".py", ".mjs", ".map")) or "server" in file}


def test_no_file_tells_paths_of_the_machine(exported):
    for file in (*exported.rglob("*.onnx"), exported / "models.json"):
        assert b".py" not in file.read_bytes() and str(exported.parent).encode() not in file.read_bytes()


@pytest.mark.advice("onnx/web.py: choose another --out, or remove it first")
def test_what_is_there_stays(exported, runtime, tmp_path):
    with pytest.raises(UserError, match="exists already; choose another --out"):
        export((), exported, runtime)
    export((), tmp_path / "another", runtime)
    shutil.rmtree(tmp_path / "another")
    export((), tmp_path / "another", runtime)


@pytest.mark.parametrize("above", [0, 1, 2])
def test_the_package_is_found(runtime, above):
    assert runtime_package.find([runtime, *runtime.parents][above]).samefile(runtime)


def test_the_package_is_found_in_this_folder(runtime, monkeypatch):
    monkeypatch.chdir(runtime.parents[1])
    assert runtime_package.find().samefile(runtime)


@pytest.mark.advice("onnx/runtime_package.py: again in this folder, or name its node_modules with --runtime")
@pytest.mark.advice("onnx/runtime_package.py: : is version")
@pytest.mark.advice("onnx/runtime_package.py: : is missing; remove")
def test_a_missing_package_is_one_sentence(tmp_path, monkeypatch, runtime):
    """What `npm install` makes is copied from `runtime`."""
    monkeypatch.chdir(tmp_path)
    for place in (None, tmp_path):
        with pytest.raises(UserError, match=r"run `npm install onnxruntime-web@[\d.]+`, then") as caught:
            export((), tmp_path / "site", place)
        assert "\n" not in str(caught.value)
    package = tmp_path / "node_modules" / "onnxruntime-web"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"name": "onnxruntime-web", "version": "1.2.0"}')
    with pytest.raises(UserError, match=r"is version 1.2.0, not [\d.]+; run `npm install onnxruntime-web@[\d.]+`"):
        runtime_package.find()
    (package / "package.json").write_bytes((runtime / "package.json").read_bytes())
    with pytest.raises(UserError, match=r"is missing; remove .* and run `npm install"):
        export((), tmp_path / "site")
    assert not (tmp_path / "site").exists()
    shutil.rmtree(package)
    shutil.copytree(runtime, package)
    export((), tmp_path / "site")
    export((), tmp_path / "other", tmp_path / "node_modules")


def test_models_have_short_names_and_each_its_own(tmp_path):
    (tmp_path / "one.safetensors").touch()
    given = ["shoes/munit", "hf://me/shoes@main/m.safetensors", tmp_path / "one.safetensors", tmp_path / "x" / "one"]
    assert short_names([*map(Path, given)]) == ["shoes/munit", "me/shoes", "one", "one (2)"]


@pytest.mark.advice("cli/export.py: --runtime: is for --to web; leave it out, or add --to web")
def test_the_command_checks_before_it_works(i2i, runtime, tmp_path):
    refused = i2i("export", "emoji/cyclegan", "--to", "web", "--out", "site")
    assert refused.code == 1 and "then again in this folder, or name its node_modules with --runtime" in refused.err
    for words, message in (
        (["emoji/cyclegan", "--to", "web", "--int8", "--half"], "leave one of them out"),
        (["emoji/cyclegan", "shoes/unit"], "shoes/unit: is for --to web; leave it out, or add --to web"),
        (["emoji/cyclegan", "--runtime", runtime], "--runtime: is for --to web; leave it out, or add --to web"),
        (["emoji/cyclegn", "--to", "web", "--runtime", runtime], "did you mean 'emoji/cyclegan'"),
    ):
        refused = i2i("export", *words, "--out", "site")
        assert refused.code == 1 and message in refused.err, refused.err
    assert not (tmp_path / "site").exists()


@pytest.mark.advice("page/__init__.py: channels, and a page shows 1 or 3; use `i2i translate`")
def test_a_page_has_grey_or_color(models, runtime, tmp_path):
    deep = type(models["plain"])(("scan", "map"), (7, 3), 0).eval()
    with pytest.raises(UserError, match="deep: scan has 7 channels, and a page shows 1 or 3; use `i2i translate`"):
        export([("deep", deep, "")], tmp_path / "site", runtime)
    assert not [*tmp_path.iterdir()]
    assert export_graphs(deep, tmp_path / "deep.onnx")
