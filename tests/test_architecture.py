"""The design, kept: who imports whom, and that no file grows beyond reading."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import i2i_zoo

ROOT = Path(i2i_zoo.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
BASICS = {"errors", "plugins", "registry", "config", "files", "distributed", "score_key"}
ALLOWED = {  # package -> what it may import of ours
    "errors": set(),
    "plugins": {"errors", "files"},
    "registry": {"errors", "plugins"},
    "config": {"errors", "registry"},
    "files": set(),
    "distributed": set(),
    "score_key": set(),
    "zoo": BASICS | {"zoo"},
    "hub": BASICS | {"hub"},
    "nets": BASICS | {"nets", "hub"},
    "losses": BASICS | {"losses", "nets", "hub"},
    "data": BASICS | {"data"},
    "models": BASICS | {"models", "nets", "losses", "data"},
    "speed": BASICS | {"speed", "nets"},
    "weights": BASICS | {"weights", "zoo", "hub", "interop", "models", "nets", "data"},
    "inference": BASICS | {"inference", "speed", "models", "data"},
    "page": BASICS | {"page", "models", "data"},
    "onnx": BASICS | {"onnx", "page", "inference", "models", "data"},
    "demo": BASICS | {"demo", "page", "inference", "models", "data"},
    "training": BASICS | {"training", "weights", "speed", "models", "nets", "losses", "data"},
    "evaluation": BASICS | {"evaluation", "models", "hub", "data"},
    "interop": BASICS | {"interop", "models", "nets", "data"},
}
BELOW = {*ALLOWED}
ALLOWED |= {  # each may import those before it, too
    "recipe": BELOW | {"recipe"},
    "catalog": BASICS | {"zoo", "recipe"},
    "runs": BELOW | {"recipe", "runs"},
    "compare": BELOW | {"recipe", "runs", "compare"},
}


def imports(path: Path) -> set[str]:
    """The modules of ours that a file imports, as paths below the package."""
    package = path.relative_to(ROOT).parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*package[: len(package) - node.level + 1], *(node.module or "").split(".")]
            stem = ".".join(part for part in base if part)
            found |= {stem} if stem else {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_who_may_import_whom(path):
    package = path.relative_to(ROOT).with_suffix("").parts[0]
    if package in ALLOWED:
        assert {name.split(".")[0] for name in imports(path)} <= ALLOWED[package] | {"__version__"}


@pytest.mark.parametrize("package", ["nets", "losses", "models", "data"])
def test_a_network_as_built_is_plain_torch(package):
    """What makes it fast is applied from outside, at any depth of its imports."""
    reached, ahead = set(), {*(ROOT / package).rglob("*.py")}
    while ahead:
        reached |= (now := ahead)
        found = {ROOT.joinpath(*name.split(".")) for path in now for name in imports(path)}
        ahead = {
            one for path in found for one in (path.with_suffix(".py"), path / "__init__.py") if one.exists()
        } - reached
    assert not {path for path in reached if path.relative_to(ROOT).parts[0] == "speed"}


def test_training_knows_no_concrete_model():
    known = {name for path in (ROOT / "training").glob("*.py") for name in imports(path) if name.startswith("models.")}
    assert known <= {"models.base"}


def test_every_model_file_registers():
    for path in (ROOT / "models").glob("*.py"):
        if path.stem not in ("__init__", "base", "pool", "saving", "summary", "official_names"):
            assert f'@models.register("{path.stem}")' in path.read_text(), path
            assert path.stem in i2i_zoo.models
            assert len(path.read_text().splitlines()) <= 130, "a paper is one screen"


def test_files_stay_short():
    lengths = sorted(len(path.read_text().splitlines()) for path in FILES)
    assert lengths[-1] <= 300
    assert lengths[len(lengths) // 2] < 100


def test_functions_stay_short():
    nodes = [node for path in FILES for node in ast.walk(ast.parse(path.read_text()))]
    lengths = sorted(
        n.end_lineno - n.lineno + 1 for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert lengths[len(lengths) * 9 // 10] < 25
    assert lengths[-1] <= 45
