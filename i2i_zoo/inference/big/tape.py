"""Statistics of one picture, for the translation of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Tape:
    """What a network asks of a whole picture, means and extremes, in the order in which it asks.

    The first time they are recorded; after each `rewind` the recorded ones are the answers.
    """

    def __init__(self) -> None:
        self.recorded: list[Any] = []
        self.place: int | None = None  # None: still recording

    def rewind(self) -> None:
        """Begin with the first answer again."""
        self.place = 0

    def answer(self, find: Callable[[], Any]) -> Any:
        """What was recorded here, or else what `find` gives now."""
        if self.place is None:
            self.recorded.append(find())
            return self.recorded[-1]
        self.place += 1
        return self.recorded[self.place - 1]
