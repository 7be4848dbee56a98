"""The two consoles: what was asked for goes to stdout, complaints to stderr."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from ..errors import printable

console = Console(highlight=False)
_errors = Console(stderr=True, highlight=False)


def complain(message: str) -> None:
    """Print each line of `message` as one line on stderr, however long; what a terminal would obey is spelled out."""
    for line in message.strip().split("\n"):
        _errors.print(Text("error: ", style="bold red") + Text(printable(line, most=10_000)), soft_wrap=True)


def say(message: str) -> None:
    """Print one line, with rich's markup, that is never wrapped, so that it can be copied."""
    console.print(message, soft_wrap=True)
