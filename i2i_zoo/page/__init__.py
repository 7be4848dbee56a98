"""The page that draws and translates: its files, and what it is told of a model. `engine_*.js` run the models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..data.preparation import choose_preparation
from ..errors import UserError
from ..models.base import Translator

HERE = Path(__file__).parent
NATIVE = 256  # pixels to draw on, where a model has no size of its own


def files(engine: str) -> dict[str, Path]:
    """The page's files by the names they are served under, with one of the engines: "onnx" or "server"."""
    found = {file.name: file for file in sorted(HERE.iterdir()) if file.suffix in (".html", ".js", ".css")}
    return {name: file for name, file in found.items() if not name.startswith("engine_")} | {
        "engine.js": HERE / f"engine_{engine}.js"
    }


def describe(name: str, model: Translator, text: str) -> dict[str, Any]:
    """What the page is told of a model, JSON-able; `text` is what is known of it.

    Raises `UserError` for images that no page can show.
    """
    for domain, count in model.channels.items():
        if count not in (1, 3):
            raise UserError(f"{name}: {domain} has {count} channels, and a page shows 1 or 3; use `i2i translate`")
    preparation = choose_preparation(model.preparation)
    return {
        "name": name,
        "title": name,
        "domains": list(model.domains),
        "directions": [{"from": a, "to": b} for a, b in model.directions],
        "size": list(preparation.size) if preparation else [NATIVE, NATIVE],
        "preparation": preparation.dump() if preparation else None,
        "channels": dict(model.channels),
        "style": model.style_dim or None,
        "text": text,
    }
