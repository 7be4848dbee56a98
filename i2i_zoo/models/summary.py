"""A model in a few words, and with its samples: what a prompt or a notebook shows of it."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from html import escape
from typing import TYPE_CHECKING

from PIL import Image

from ..errors import counted, plural

if TYPE_CHECKING:
    from .base import Translator

WIDEST = 900  # pixels of a sample sheet in a notebook


def facts(model: Translator) -> Iterator[tuple[str, str]]:
    """Pairs of a word and what is known of the model: domains, image size, styles, parameters, training."""
    channels = {counted(count, "channel") for count in model.channels.values()}
    kinds = channels.pop() if len(channels) == 1 else " and ".join(map(str, model.channels.values())) + " channels"
    if len(model.directions) == 1 or len(model.domains) > 2:
        names = ", ".join(f"{source} -> {to}" for source, to in model.directions)
    else:
        names = " <-> ".join(model.domains)
    yield "domains", f"{names} ({kinds})"
    if model.preparation:
        height, width = model.preparation.size
        native = ", or of their own size" if model.preparation.fit == "none" else ""
        yield "images", f"{height} x {width} pixels{native}"
    if model.style_dim:
        yield "styles", f"styles of {model.style_dim} numbers"
    counts = {player: learned(model, player) for player in model.players}
    parts = ", ".join(f"{player} {count:,}" for player, count in counts.items() if count)
    yield "parameters", f"{sum(counts.values()):,} parameters ({parts})"
    if isinstance(step := model.provenance.get("step"), int):
        yield "training", f"{step:,} {plural(step, 'training step')}"


def learned(model: Translator, player: str) -> int:
    """The numbers that a player learned or learns, without the sub-networks that its file lacked."""
    without = tuple(f"{path}." for path in model.missing_networks)
    named = model.player(player).named_parameters()
    return sum(weight.numel() for name, weight in named if not f"{player}.{name}".startswith(without))


def text(model: Translator) -> str:
    """One line: `<munit: edges <-> shoes (3 channels); 64 x 64 pixels; styles of 8 numbers; ...>`."""
    return f"<{model.name}: {'; '.join(fact for _, fact in facts(model))}>"


def html(model: Translator) -> str:
    """A table of the facts and below it the sample sheet as a JPEG in the text, where there is one that can be read."""
    rows = "".join(
        f"<tr><th style='text-align:left'>{word}</th><td style='text-align:left'>{escape(fact)}</td></tr>"
        for word, fact in facts(model)
    )
    return f"<div><b>{escape(model.name)}</b><table>{rows}</table>{_sheet(model)}</div>"


def _sheet(model: Translator) -> str:
    if model.sheet is None:
        return ""
    stream = io.BytesIO()
    with suppress(OSError, ValueError, Image.DecompressionBombError), Image.open(model.sheet) as opened:
        sheet = opened.convert("RGB")
        sheet.thumbnail((WIDEST, 10 * WIDEST))
        sheet.save(stream, format="JPEG", quality=85)
    if not stream.getvalue():  # the run is gone, or the file damaged
        return ""
    label = escape(f"samples of {' and '.join(model.domains)}")
    return f"<img alt='{label}' src='data:image/jpeg;base64,{b64encode(stream.getvalue()).decode()}'>"
