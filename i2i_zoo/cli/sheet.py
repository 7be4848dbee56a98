"""Tables that can be read at any width: as a table where it fits, else row by row; nothing is cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .console import WIDE

COMFORT = 16  # letters that a column of prose must have room for, or else the table is shown row by row

LINE = 72  # letters of prose in a line, at most


class Sheet:
    """Rows of text under `columns`; one whose name begins with `>` is aligned to the right, one with `~` is prose.

    The first column names the row. Text is taken as it is, without markup. `narrower` are shown in its place where it
    does not fit.
    """

    def __init__(self, title: str, columns: Sequence[str], narrower: Sequence[Sheet] = ()):
        self.title, self.columns = title, [column.lstrip(">~") for column in columns]
        self.right = [column.startswith(">") for column in columns]
        self.prose = [column.startswith("~") for column in columns]
        self.narrower = narrower
        self.rows: list[tuple[str, ...]] = []

    def add(self, *cells: str) -> None:
        """Add a row, with a cell for each column."""
        self.rows.append(cells)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        table = self._table()
        if Measurement.get(console, options.update(width=WIDE), table).minimum <= options.max_width:
            yield table
        elif self.narrower:
            yield from self.narrower
        else:
            yield Text(self.title, style="bold")
            for row in self.rows:
                yield from self._row(row)

    def _table(self) -> Table:
        style = {"title_justify": "left", "title_style": "bold", "row_styles": ["", "dim"]}
        table = Table(title=Text(self.title), **style)
        for place, name in enumerate(self.columns):
            lines = [line for cell in (name, *(row[place] for row in self.rows)) for line in cell.split("\n")]
            longest = max(map(cell_len, lines))
            column: dict[str, Any] = {"justify": "right" if self.right[place] else "left", "overflow": "fold"}
            widths = {"min_width": min(longest, COMFORT), "max_width": LINE}
            column |= widths if self.prose[place] else {"min_width": longest, "no_wrap": True}
            table.add_column(Text(name), **column)
        for row in self.rows:
            table.add_row(*map(Text, row))
        return table

    def _row(self, row: Sequence[str]) -> Iterator[RenderableType]:
        yield Text(row[0], style="cyan", overflow="fold")
        for name, cell in zip(self.columns[1:], row[1:], strict=True):
            if cell:
                label = " ".join(name.split()) + ": " if name else ""
                yield Padding(Text.assemble((label, "dim"), cell, overflow="fold"), (0, 0, 0, 2), expand=False)
