"""Models as a static folder: a page that draws and translates in any browser, with nothing fetched from elsewhere."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .. import page
from ..errors import UserError
from ..files import draft_folder
from ..models.base import Translator
from . import runtime_package
from .export import export as export_graphs
from .shrink import Weights

FORMAT = 1


def export(
    models: Iterable[tuple[str, Translator, str]],
    folder: Path,
    runtime: Path | None = None,
    weights: Weights = "float16",
) -> None:
    """Write the page, the graphs of models, and what runs them, into a new `folder`.

    Each model has a name of its own, and a text on what is known of it.

    `runtime` is where the npm package onnxruntime-web is, as `runtime_package.find` takes it. Raises `UserError` where
    it is missing, for a folder that is there already, and for images that no page can show.
    """
    if folder.exists():
        raise UserError(f"{folder}: exists already; choose another --out, or remove it first")
    package = runtime_package.find(runtime)
    with draft_folder(folder) as draft:
        for name, file in page.files("onnx").items():
            shutil.copyfile(file, draft / name)
        runtime_package.copy(package, draft / "runtime")
        facts = [_describe(name, model, text, draft, weights) for name, model, text in models]
        text = json.dumps({"format": FORMAT, "models": facts}, indent=1, ensure_ascii=False)
        (draft / "models.json").write_text(text, encoding="utf-8")


def _describe(name: str, model: Translator, text: str, folder: Path, weights: Weights) -> dict[str, Any]:
    """Write the graphs of a model; returns what the page is told of it."""
    facts = page.describe(name, model, text)
    stem = name.replace("/", "-")
    export_graphs(model, folder / "models" / f"{stem}.onnx", weights)
    for way in facts["directions"]:
        way["graph"] = _address(stem, f"{way['from']}2{way['to']}")
    encoders = dict.fromkeys(to for _, to in model.directions) if model.style_dim else {}
    return facts | {"encoders": {domain: _address(stem, f"style_{domain}") for domain in encoders}}


def _address(stem: str, graph: str) -> str:
    return quote(f"models/{stem}.{graph}.onnx")
