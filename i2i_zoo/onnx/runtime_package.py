"""The npm package onnxruntime-web, which runs graphs in a browser, as it lies in `node_modules`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from ..errors import UserError, printable

NAME, VERSION = "onnxruntime-web", "1.30.0"
INSTALL = f"npm install {NAME}@{VERSION}"
FILES = {"ort.wasm.bundle.min.mjs": "ort.js", "ort-wasm-simd-threaded.wasm": "ort.wasm"}  # .js: every host knows it
LICENSE = Path(__file__).with_name("runtime_license.txt")  # The package has none of its own.


def find(place: Path | None = None) -> Path:
    """The folder of the package: `place` itself, in it, or in its node_modules; None: in those of this folder.

    Raises `UserError` that says how to install it, if it is not there in the version that was tried.
    """
    start = place or Path()
    places = [start, start / NAME, start / "node_modules" / NAME][0 if place else 2 :]
    for folder in places:
        if (version := _version(folder)) == VERSION:
            return folder
        if version is not None:
            raise UserError(f"{folder}: is version {printable(version)}, not {VERSION}; run `{INSTALL}`")
    where = f"{place}: holds no" if place else "a page needs the npm package"
    named = "name its node_modules" if place else "again in this folder, or name its node_modules with --runtime"
    raise UserError(f"{where} {NAME}; run `{INSTALL}`, then {named}")


def copy(package: Path, folder: Path) -> None:
    """Copy what runs graphs on a processor, and its license, into a new `folder`."""
    folder.mkdir()
    try:
        for name, ours in FILES.items():
            shutil.copyfile(package / "dist" / name, folder / ours)
    except FileNotFoundError as error:
        raise UserError(f"{error.filename}: is missing; remove {package} and run `{INSTALL}`") from None
    shutil.copyfile(LICENSE, folder / "license.txt")


def _version(folder: Path) -> object:
    """The version of the package in a folder; None: it is not there, or it is another package."""
    try:
        facts = json.loads((folder / "package.json").read_bytes())
    except (OSError, ValueError):
        return None
    return facts.get("version", "unknown") if isinstance(facts, dict) and facts.get("name") == NAME else None
