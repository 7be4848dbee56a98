"""One file over HTTP, going on where an earlier attempt stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from .. import __version__
from ..errors import UserError, one_line

Progress = Callable[[int, int | None], None]  # bytes so far, bytes in all if known
TIMEOUT = 30  # seconds without an answer
MOST_BYTES = 40 * 2**30  # of one file; no data set is so large
_CHUNK = 2**16


class NotFetched(UserError):
    """An address that gives nothing, and why."""


def download(address: str, part: Path, progress: Progress) -> None:
    """Fetch `address` into the file `part`. Whatever goes wrong on the way is one `UserError`, `NotFetched` if it is
    the network or the address, and `part` stays.

    Beside `part` a note keeps the address, the size, and the ETag or date of the content, so that only the same
    content is ever continued (RFC 9110, sections 13.1.5 and 14.2).
    """
    note = _read_note(part, address)
    start = part.stat().st_size if note else 0
    if start and start == note["bytes"]:
        return progress(start, start)
    response = _ask(address, start, note.get("validator"))
    if start and response.status not in (200, 206):  # After 416 there is nothing to continue.
        response.close()
        discard(part)
        return download(address, part, progress)
    with response:
        continued = response.status == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
        if response.status == 206 and not continued:
            raise UserError(f"{address} continues at another byte than asked for; remove {part} and try again")
        _save(response, address, part, start if continued else 0, progress)


def discard(part: Path) -> None:
    """Remove a download and its note."""
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def _save(response: HTTPResponse, address: str, part: Path, start: int, progress: Progress) -> None:
    done, total = start, None if response.length is None else start + response.length
    with part.open("ab" if start else "wb") as file:
        if not start:
            _write_note(part, address, total, response)
        progress(done, total)
        while chunk := _read(response, address):
            file.write(chunk)
            if (done := done + len(chunk)) > MOST_BYTES:
                break
            progress(done, total)
    if done > MOST_BYTES:
        discard(part)
        raise NotFetched(f"{address} sends more than {MOST_BYTES} bytes")
    if total not in (None, done):
        raise UserError(f"{address} ended after {done} of {total} bytes; run the same again to go on from there")


def _ask(address: str, start: int, validator: str | None) -> HTTPResponse | HTTPError:
    headers = {"User-Agent": f"i2i_zoo/{__version__}"}
    if start:
        headers |= {"Range": f"bytes={start}-"} | ({"If-Range": validator} if validator else {})
    with _network(address):
        try:
            return urlopen(Request(address, headers=headers), timeout=TIMEOUT)
        except HTTPError as error:
            if error.status == 416:
                return error
            error.close()
            raise


def _read(response: HTTPResponse, address: str) -> bytes:
    with _network(address):
        return response.read(_CHUNK)


@contextmanager
def _network(address: str) -> Iterator[None]:
    try:
        yield
    except (
        OSError,
        HTTPException,
        ValueError,
    ) as error:  # URLError is an OSError; a ValueError says that there is no such address.
        reason = one_line(getattr(error, "reason", None) or error)  # These may be a server's words.
        status = f"{error.code} " if isinstance(error, HTTPError) else ""
        raise NotFetched(f"{address} cannot be fetched ({status}{reason})") from error


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _write_note(part: Path, address: str, total: int | None, response: HTTPResponse) -> None:
    tag = response.headers.get("ETag", "")
    weak = not tag or tag.startswith("W/")  # A weak tag does not promise the same bytes.
    validator = response.headers.get("Last-Modified") if weak else tag
    _note(part).write_text(json.dumps({"address": address, "bytes": total, "validator": validator}), encoding="utf-8")


def _read_note(part: Path, address: str) -> dict[str, str | int | None]:
    """Read what is known of the content of `part`; empty if it is not there or not from `address`."""
    try:
        note = json.loads(_note(part).read_text(encoding="utf-8"))
        return note if part.is_file() and note["address"] == address else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
