"""The two consoles: what was asked for goes to stdout, complaints to stderr."""

from __future__ import annotations

import errno
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console, ConsoleDimensions
from rich.text import Text

from ..errors import Notice, printable

WIDE = 10_000  # columns


class Lasting(Console):
    """A console that outlasts its readers.

    Rich ends the program when nobody reads what it prints any more (`i2i train ... | head`); a training goes on, also
    when its terminal is closed, long enough to save. What is no terminal has room for lines of any length.
    """

    @property
    def size(self) -> ConsoleDimensions:
        known = self._width is not None or "COLUMNS" in os.environ or self.is_terminal
        return super().size if known else ConsoleDimensions(WIDE, 25)

    @size.setter
    def size(self, new: tuple[int, int]) -> None:
        Console.size.fset(self, new)

    def _check_buffer(self) -> None:
        try:
            super()._check_buffer()
        except OSError as error:
            if error.errno != errno.EIO:  # Writing to a closed terminal ends in it.
                raise
            self.on_broken_pipe()

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), (sys.stderr if self.stderr else sys.stdout).fileno())


console = Lasting(highlight=False)
_errors = Lasting(stderr=True, highlight=False)


def complain(message: str) -> None:
    """Print each line of `message` as one line on stderr, however long; what a terminal would obey is spelled out."""
    for line in message.strip().split("\n"):
        _errors.print(Text("error: ", style="bold red") + Text(printable(line, most=10_000)), soft_wrap=True)


def show_notices() -> None:
    """Show each `Notice` from here on as one line on stderr, and other warnings as ever."""
    usual = warnings.showwarning

    def show(message: Warning, category: type[Warning], *rest: Any) -> None:
        if issubclass(category, Notice):
            _errors.print(Text("warning: ", style="bold yellow") + Text(str(message), style="default"), soft_wrap=True)
        else:
            usual(message, category, *rest)

    warnings.showwarning = show


def say(message: str) -> None:
    """Print one line, with rich's markup, that is never wrapped, so that it can be copied."""
    console.print(message, soft_wrap=True)


@contextmanager
def hushed(wanted: bool) -> Iterator[None]:
    """Print nothing but complaints inside the `with`, if it is `wanted`: for output that a program reads."""
    before, console.quiet = console.quiet, console.quiet or wanted
    try:
        yield
    finally:
        console.quiet = before


def print_json(data: Any) -> None:
    """Print data as JSON, for programs."""
    print(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))


def say_left_out(notes: Iterable[str]) -> None:
    """Print each line about files and pages that were left out, once."""
    from rich.markup import escape

    for line in dict.fromkeys(notes):
        say(escape(line))


@contextmanager
def progress_bar(label: str, transient: bool = False, disable: bool = False) -> Iterator[Callable[..., None]]:
    """Show a bar while something is done; gives a function that is told how many are done of all, and of a problem."""
    from rich.progress import Progress

    with Progress(console=console, transient=transient, disable=disable) as bar:
        task = bar.add_task(label, total=None, visible=False)

        def advance(done: int, total: int, problem: str = "") -> None:
            bar.update(task, completed=done, total=total, visible=True)
            if problem:
                complain(problem)

        yield advance
