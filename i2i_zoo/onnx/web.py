"""Models as a static folder: a page that draws and translates in any browser, with nothing fetched from elsewhere."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..data.preparation import choose_preparation
from ..errors import UserError
from ..files import draft_folder
from ..models.base import Translator
from . import runtime_package
from .export import export as export_graphs
from .shrink import Weights

PAGE = Path(__file__).parents[1] / "page"
FORMAT = 1
NATIVE = 256  # pixels to draw on, where a model has no size of its own


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
        _copy_page(draft)
        runtime_package.copy(package, draft / "runtime")
        facts = [_describe(name, model, text, draft, weights) for name, model, text in models]
        text = json.dumps({"format": FORMAT, "models": facts}, indent=1, ensure_ascii=False)
        (draft / "models.json").write_text(text, encoding="utf-8")


def _copy_page(folder: Path) -> None:
    """The page's files, with the engine that needs no server."""
    for file in sorted(PAGE.iterdir()):
        if file.suffix in (".html", ".js", ".css") and not file.stem.startswith("engine_"):
            shutil.copyfile(file, folder / file.name)
    shutil.copyfile(PAGE / "engine_onnx.js", folder / "engine.js")


def _describe(name: str, model: Translator, text: str, folder: Path, weights: Weights) -> dict[str, Any]:
    """Write the graphs of a model; returns what the page is told of it."""
    for domain, count in model.channels.items():
        if count not in (1, 3):
            raise UserError(f"{name}: {domain} has {count} channels, and a page shows 1 or 3; use --to onnx")
    stem = name.replace("/", "-")
    export_graphs(model, folder / "models" / f"{stem}.onnx", weights)
    preparation = choose_preparation(model.preparation)
    directions = [{"from": a, "to": b, "graph": _address(stem, f"{a}2{b}")} for a, b in model.directions]
    encoders = dict.fromkeys(to for _, to in model.directions) if model.style_dim else {}
    return {
        "name": name,
        "title": name,
        "domains": list(model.domains),
        "directions": directions,
        "encoders": {domain: _address(stem, f"style_{domain}") for domain in encoders},
        "size": list(preparation.size) if preparation else [NATIVE, NATIVE],
        "preparation": preparation.dump() if preparation else None,
        "channels": dict(model.channels),
        "style": model.style_dim or None,
        "text": text,
    }


def _address(stem: str, graph: str) -> str:
    return quote(f"models/{stem}.{graph}.onnx")
