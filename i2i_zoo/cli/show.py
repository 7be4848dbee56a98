"""`i2i show`"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..config import Config
    from .knobs import Knob
    from .sheet import Sheet


def show(name: str, /, *words: str, json: bool = False) -> None:
    """Show every knob of a recipe, model, network, data set or metric: its value, type and meaning.

    Of each meaning the first sentence, or all of it where WORDS choose what is shown. For a recipe with packaged
    weights, their card follows: how they were trained and what they reach.

    Parameters
    ----------
    name
        A recipe (file or packaged name), or a name that `i2i list` shows.
    words
        Parts of it to show, by section or key (data train.optimizer), and changes to the recipe, key=value.
    json
        Print JSON, for programs.
    """
    from .. import plugins, recipe, zoo
    from ..errors import UserError
    from ..registry import REGISTRIES
    from .card import sections
    from .console import console
    from .knobs import knobs

    overrides = [word for word in words if "=" in word]
    parts = [word for word in words if "=" not in word]
    if not any(name in kind for kind in REGISTRIES) and not Path(name).exists() and name not in recipe.packaged():
        plugins.load_known()  # It may be a model of one's own, which a recipe has named before.
    found = {kind.kind: kind[name].Config for kind in REGISTRIES if name in kind}
    if found and overrides:
        raise UserError(f"{name!r} is no recipe, so there is nothing to override; leave out {overrides[0]!r}")
    found = found or {"recipe": recipe.load(name, overrides)}
    if json:
        return _print(found, parts, name, card=not words)
    for kind, config in found.items():
        title = name if len(found) < 2 else f"{name} ({kind})"  # For example, `paired` is data and a metric.
        console.print(_sheet(title, list(knobs(config)), parts))
    if name in zoo.packaged() and not words:
        console.print(*sections(name), sep="\n")


def _print(found: Mapping[str, Config | type[Config]], parts: Sequence[str], name: str, card: bool) -> None:
    """Print, as JSON, the knobs of each config by kind, and the `card` of packaged weights."""
    import json

    from .. import zoo
    from ..zoo.card import read
    from .console import print_json
    from .knobs import knobs

    shown: dict[str, Any] = {
        kind: [knob._asdict() for knob in _chosen(name, list(knobs(config)), parts)] for kind, config in found.items()
    }
    for knob in (knob for rows in shown.values() for knob in rows):
        with suppress(ValueError):  # A name is a word of its own, and no JSON.
            knob["value"] = json.loads(knob["value"] or "null")
    if card and name in zoo.packaged():
        shown["card"] = read(zoo.packaged()[name]).dump()
    print_json(shown)


def _chosen(title: str, knobs: Sequence[Knob], parts: Sequence[str]) -> list[Knob]:
    """The knobs in `parts`, or all of them; raises `UserError` for a part that is none."""
    from ..errors import UserError
    from ..registry import did_you_mean

    sections = {".".join(knob.path.split(".")[:depth]) for knob in knobs for depth in range(1, 9)}
    for part in parts:
        if part not in sections:
            raise UserError(f"{title} has no {part!r}; {did_you_mean(part, sections, most=12)}")
    return [knob for knob in knobs if not parts or any(f"{knob.path}.".startswith(f"{part}.") for part in parts)]


def _sheet(title: str, knobs: Sequence[Knob], parts: Sequence[str]) -> Sheet:
    """The knobs in `parts`, or all of them, as a table; raises `UserError` for a part that is none."""
    from .sheet import Sheet

    sheet = Sheet(title, ["knob", "~value", "~type", "~meaning"])
    for knob in _chosen(title, knobs, parts):
        meaning = knob.meaning if parts else re.split(r"(?<=\.)\s", knob.meaning)[0]
        sheet.add(knob.path, knob.value, knob.kind, meaning)
    return sheet
