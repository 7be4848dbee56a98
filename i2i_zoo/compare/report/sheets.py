"""Tables of pictures: test images in rows; models, or the styles of one model, in columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..result import Comparison, Entry, Pictures
from .embed import Picture

Embed = Callable[[str], Picture]


class Shown(NamedTuple):
    """A picture and what it shows, in words."""

    picture: Picture
    label: str


class Column(NamedTuple):
    title: str
    note: str = ""


class Sheet(NamedTuple):
    columns: list[Column]
    rows: list[list[Shown | None]]
    """A row of pictures, of which the first is the input."""


class Direction(NamedTuple):
    """All pictures of one direction."""

    source: str
    to: str
    seed: int | None
    outputs: Sheet
    styles: list[tuple[str, Sheet]]
    """The outputs by the name of the entry."""


def sheets(comparison: Comparison, embed: Embed) -> list[Direction]:
    """Arrange the outputs of all entries side by side for each direction, and a sheet of styles for those with some."""
    return [_direction(comparison, shown, embed) for shown in comparison.pictures]


def _direction(comparison: Comparison, shown: Pictures, embed: Embed) -> Direction:
    source = next(domain for domain in comparison.domains if domain != shown.to)
    inputs = [Shown(embed(path), f"{source} {n}") for n, path in enumerate(shown.inputs, 1)]
    styles = [
        (entry.name, _style_sheet(shown, entry.name, inputs, embed))
        for entry in comparison.entries
        if shown.styles.get(entry.name)
    ]
    return Direction(source, shown.to, shown.seed, _output_sheet(comparison.entries, shown, inputs, embed), styles)


def _output_sheet(entries: list[Entry], shown: Pictures, inputs: list[Shown], embed: Embed) -> Sheet:
    entries = [entry for entry in entries if entry.name in shown.outputs]
    columns = [Column("Input"), *(Column(entry.name, entry.model) for entry in entries)]
    rows: list[list[Shown | None]] = []
    for number, given in enumerate(inputs):
        row: list[Shown | None] = [given]
        for entry in entries:
            path = shown.outputs[entry.name][number]
            row.append(path and Shown(embed(path), f"{given.label} as {shown.to}, {entry.name}"))
        if shown.truths:
            row.append(Shown(embed(shown.truths[number]), f"{given.label}, true {shown.to}"))
        rows.append(row)
    return Sheet(columns + ([Column("Truth")] if shown.truths else []), rows)


def _style_sheet(shown: Pictures, name: str, inputs: list[Shown], embed: Embed) -> Sheet:
    outputs = shown.styles[name]
    width = max(len(row) for row in outputs)
    rows: list[list[Shown | None]] = []
    for given, paths in zip(inputs, outputs, strict=False):  # Styles are shown for the first inputs only.
        labels = [f"{given.label} as {shown.to}, {name}, style {n}" for n in range(1, width + 1)]
        row = [Shown(embed(path), label) for path, label in zip(paths, labels, strict=False)]
        rows.append([given, *row, *[None] * (width - len(row))])
    return Sheet([Column("Input"), *(Column(str(n)) for n in range(1, width + 1))], rows)
