"""What keeps `huggingface_hub` within bounds while it talks to a server, and makes a sentence of how it fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import FileError, UserError, one_line
from .address import Address

MOST_BYTES = 4 * 2**30  # of one file; generators have a tenth of it at most
SLACK = 2**24  # bytes by which a bar may run ahead of what was announced
SERVER = "check HF_ENDPOINT"
_HEX = set("0123456789abcdef")


@contextmanager
def in_one_sentence(where: Address) -> Iterator[None]:
    """What goes wrong inside is a `FileError` that names the address and says what to do."""
    from huggingface_hub import constants
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    known = {
        GatedRepoError: f"its owner asks for consent: give it at {constants.ENDPOINT}/{where.repo}, then hf auth login",
        RepositoryNotFoundError: f"{constants.ENDPOINT} has no such repository, or a private one; check the name, or "
        "log in with hf auth login",
        RevisionNotFoundError: f"has no revision {where.revision or 'main'!r}",
        EntryNotFoundError: "there is no such file in it",
    }
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # of httpx, of the transfer, of the system
        said = next((text for kind, text in known.items() if isinstance(error, kind)), None)
        if isinstance(error, FileNotFoundError):  # what is not in the cache either; the cause is why it was looked for
            said = None
        reason = one_line(error.__cause__ or error, 300)
        raise FileError(f"{where}: {said or f'cannot be had ({reason}); try again'}") from error


@contextmanager
def guarded(where: Address) -> Iterator[None]:
    """Inside, `huggingface_hub` takes no answer that names a place outside of the cache, or a file without measure.

    It joins the tag of a file to a path as it is.
    """
    from huggingface_hub import get_session

    def check(response: Any) -> None:
        headers = response.headers
        if response.request.method != "HEAD":
            if response.is_error:  # its words may have no end
                without_body(response).raise_for_status()
            return
        tag = (headers.get("X-Linked-Etag") or headers.get("ETag") or "").removeprefix("W/").strip('"')
        if set(tag) & set("/\\\0") or tag in (".", ".."):
            raise FileError(
                f"{where}: the server gives it a tag that leads out of the cache, so nothing was fetched; {SERVER}"
            )
        commit = headers.get("X-Repo-Commit")
        if commit is not None and (len(commit) != 40 or set(commit) - _HEX):
            raise FileError(f"{where}: the server gives it a commit that is none, so nothing was fetched; {SERVER}")
        size = headers.get("X-Linked-Size") or headers.get("Content-Length") or ""
        if size.isdecimal() and int(size[:20]) > MOST_BYTES:
            raise FileError(
                f"{where}: has {int(size[:20]):,} bytes, and no weights that are read here more than "
                f"{MOST_BYTES:,}; name another file"
            )

    session = get_session()
    before = session.event_hooks
    session.event_hooks = {**before, "response": [*before["response"], check]}
    try:
        yield
    finally:
        session.event_hooks = before


def without_body(response: Any) -> Any:
    """The same answer of a server, with nothing in it but its headers."""
    headers = {k: v for k, v in response.headers.items() if k.startswith("x-")}
    return type(response)(response.status_code, headers=headers, request=response.request)


def limited_bar(where: Address) -> type:
    """The bar of `huggingface_hub`, which ends a file that goes on beyond its size."""
    from huggingface_hub.utils import tqdm

    class Bar(tqdm):
        seen = 0

        def update(self, n: float | None = 1) -> bool | None:
            self.seen += n or 0
            if self.seen > min(MOST_BYTES, (self.total or MOST_BYTES) + SLACK):
                raise FileError(f"{where}: sends more bytes than it announced, so nothing of it was kept; {SERVER}")
            return super().update(n)

    return Bar
