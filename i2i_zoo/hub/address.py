"""Names of weights on the Hugging Face Hub: `hf://owner/name`, with `@revision` and `/file` where they are needed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

from ..errors import UserError, printable

_NAME = r"[A-Za-z0-9_][\w.-]*"
_REVISION = r"refs/(?:pr|convert)/[\w.-]+|[^/@]+"
_ADDRESS = re.compile(rf"hf:/{{1,2}}({_NAME}/{_NAME})(?:@({_REVISION}))?(?:/(.+))?", re.ASCII)
HELP = "an address on the Hub is hf://owner/name, with @revision and /file where they are needed"


class Address(NamedTuple):
    """A repository of models, and what is meant of it; `path` is a file or a folder in it, "" all of it."""

    repo: str
    revision: str | None = None
    path: str = ""

    def __str__(self) -> str:
        known = self.revision and self.revision.startswith("refs/")
        revision = f"@{quote(self.revision, safe='/' if known else '')}" if self.revision else ""
        return f"hf://{self.repo}{revision}{'/' if self.path else ''}{self.path}"


def is_address(path: str | Path) -> bool:
    """Return True if `path` begins like an address; a `Path` has made one of its two slashes."""
    return _text(path).startswith("hf:/")


def parse(path: str | Path) -> Address:
    """The address that `path` is; raises `UserError` for one that is none, or leads out of the repository."""
    text = _text(path)
    match = _ADDRESS.fullmatch(text.rstrip("/"))
    if not match or ".." in match[1] or "--" in match[1]:
        raise UserError(f"{printable(text)}: is no address on the Hub; {HELP}")
    revision = unquote(match[2]) if match[2] else None
    if not all(is_inside(part) for part in (revision, match[3]) if part):
        raise UserError(f"{printable(text)}: leads out of the repository; {HELP}")
    return Address(match[1], revision, match[3] or "")


def is_inside(name: str) -> bool:
    """Return True if `name` is a plain relative path, which stays below its folder on any system."""
    parts = name.split("/")
    return name.isprintable() and not set(name) & set('\\:*?"<>|') and not {"", ".", ".."} & {*parts}


def _text(path: str | Path) -> str:
    return path if isinstance(path, str) else path.as_posix()
