"""Messages to the user instead of the programmer: one exception with kinds of it for files, and one warning."""

from __future__ import annotations

import shlex


def one_line(error: object, most: int = 160) -> str:
    """Put a library's message on one line of at most `most` letters; the kind of the error where it has none."""
    return " ".join(str(error).split())[:most] or type(error).__name__


def plural(count: int, one: str, more: str = "") -> str:
    """The form of a word for `count` of it; `more` is the plural where it is not `one` with an s."""
    return one if count == 1 else more or f"{one}s"


def counted(count: int, one: str, more: str = "") -> str:
    """A number and its word, such as `1 image` or `2 images`; see `plural`."""
    return f"{count} {plural(count, one, more)}"


def pasted(key: str, value: str) -> str:
    """`key=value` in the quotes that a shell needs, so that it can be copied from a message to the command line."""
    return shlex.quote(f"{key}={value}")


def printable(word: object, most: int = 80) -> str:
    """A word of a stranger's on one line: without control characters, and of at most `most` letters."""
    text = str(word)
    text = text if len(text) <= most else f"{text[: most - 3]}..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class UserError(ValueError):
    """A mistake that the user can mend, stated in one sentence.

    The command line prints its text and no traceback; from Python it is an ordinary `ValueError`.
    """


class FileError(UserError, OSError):
    """A file that is missing, damaged or of another kind; one sentence; from Python it is an `OSError` too."""


class DamagedFile(FileError):
    """An image that cannot be read, stated in one sentence: `fact`, and then what to do."""

    def __init__(self, fact: str, advice: str = "replace it or remove it"):
        super().__init__(f"{fact}; {advice}")
        self.fact = fact


class Notice(UserWarning):
    """Something that went another way than asked, stated in one sentence; the command line prints its text."""
