"""The card of packaged weights, as `i2i show` prints it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..zoo.card import Card


def sections(name: str) -> Iterator[Any]:
    """Parts of the card of the weights called `name`, for rich to print: the facts, then the scores."""
    from rich.markup import escape
    from rich.table import Table

    from .. import zoo
    from ..zoo.card import read
    from .evaluate import table

    card = read(zoo.packaged()[name])
    facts = Table(title=f"{name}: weights", title_justify="left", title_style="bold", show_header=False, box=None)
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    for word, text in _facts(card):
        facts.add_row(f"  [cyan]{word}[/]", escape(text))
    yield facts
    found = card.scores
    report = {"values": {"weights": found.values}, "floor": found.floor, "ceiling": found.ceiling}
    report |= {"scores": found.meanings, "protocol": found.protocol, "domains": card.preparation.domains}
    yield table(report | {"model": name, "step": card.training.steps})


def _facts(card: Card) -> Iterator[tuple[str, str]]:
    how, form = card.training, card.preparation
    images = " and ".join(f"{count} {domain}" for domain, count in how.images.items())
    yield "title", card.title
    yield "trained", f"{how.steps} steps in {how.minutes:.0f} minutes on {how.machine}, {how.precision}; {images}"
    yield "recipe", " ".join([how.recipe, *how.changes])
    yield "images", f"size {form.size}, resized to {form.resize or form.size} ({form.fit})"
    yield "license", card.license
    for notice in card.notices:
        yield "notice", notice
