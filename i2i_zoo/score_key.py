"""Names of the numbers that an evaluation finds."""

from __future__ import annotations

from typing import NamedTuple, Self


class ScoreKey(NamedTuple):
    """A score of the translations to one domain; as text, in recipes and reports: `to_<domain>.<score>`.

    Without a domain ("") it stands for the score of all directions, and its text is the score alone.
    """

    to: str
    score: str

    def __str__(self) -> str:
        return f"to_{self.to}.{self.score}" if self.to else self.score

    @classmethod
    def parse(cls, text: str) -> Self:
        """The inverse of `str`. A domain may hold dots, a score has none; what begins otherwise is all score."""
        direction, dot, score = text.rpartition(".")
        named = dot and direction.startswith("to_")
        return cls(direction.removeprefix("to_"), score) if named else cls("", text)

    def covers(self, other: ScoreKey) -> bool:
        """Return True if `other` is this score, of the same domain or of any if this one names none."""
        return other.score == self.score and self.to in ("", other.to)
