"""Weights made ready for the Hub: one safetensors file, a model card, a picture and the scores, without local paths."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import load_file, save_file

from ..errors import FileError, one_line
from ..files import draft_file
from ..recipe.files import packaged
from ..weights.locate import locate
from ..weights.model import description, export, load
from ..weights.portable import portable, portable_plugins
from . import model_card
from .record import read as read_sessions
from .score import report_file

WEIGHTS = "model.safetensors"


def prepare(
    path: Path, folder: Path, repo: str, license: str, title: str | None, half: bool = False, inference: bool = False
) -> list[str]:
    """Write what is pushed of the weights at `path` into `folder`; returns lines on what is missing or to be noticed.

    `half` and `inference` as in `export`. Raises `UserError`.
    """
    model, provenance = load(path), portable(description(path)["provenance"])
    file = folder / WEIGHTS
    export(model, file, provenance, half, inference)
    facts = _without_paths(file)
    report = kept_report(path)
    notes = [] if report else [f"the card has no scores; to have them, run first: i2i evaluate {path}"]
    if report:
        _write(json.dumps(report, indent=2), folder / model_card.REPORT)
    if model.sheet:
        shutil.copyfile(model.sheet, folder / model_card.PICTURE)
        notes.append(f"its picture shows images of the data: {model.sheet}")
    card = model_card.Card(repo, model, license, facts, title, _recipe(path), report, bool(model.sheet))
    _write(model_card.write(card), folder / "README.md")
    return notes


def _without_paths(file: Path) -> dict[str, Any]:
    """Rewrite the description in the header of `file` if plugins left paths in it; returns the description."""
    with safe_open(file, "pt") as opened:
        facts: dict[str, Any] = json.loads(opened.metadata()["model.json"])
    if "plugins" in facts:
        facts["plugins"] = portable_plugins(facts["plugins"])
        tensors = load_file(file)
        with draft_file(file) as draft:
            save_file(tensors, draft, {"model.json": json.dumps(facts, indent=2)})
    return facts


def kept_report(path: Path) -> dict[str, Any] | None:
    """What `i2i evaluate` has kept of these weights; None where there is nothing. Raises `FileError`."""
    file = report_file(path)
    try:
        report: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return portable({key: report[key] for key in _KEPT} | {"step": report.get("step")})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileError(f"{file}: cannot be read as a report of i2i evaluate ({one_line(error)}); remove it") from None


_KEPT = ("format", "model", "domains", "values", "floor", "ceiling", "scores", "missing", "protocol")


def _recipe(path: Path) -> str | None:
    """The name of the packaged recipe of a run."""
    place = locate(path)
    for folder in (place, *place.resolve().parents[1:2]):
        if (folder / "recipe.json").is_file():
            names = [entry.get("recipe") for entry in read_sessions(folder)]
            return next((name for name in names if name in packaged()), None)
    return None


def _write(text: str, path: Path) -> None:
    with draft_file(path) as draft:
        draft.write_text(text + "\n" * (not text.endswith("\n")), encoding="utf-8")
