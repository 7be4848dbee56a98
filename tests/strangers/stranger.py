"""What every file from a stranger must meet: one sentence, soon, in little memory, and nothing written elsewhere."""

from __future__ import annotations

import hashlib
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from i2i_zoo.errors import UserError


class Hang(BaseException):
    """It took too long; no `except Exception` may hide it."""


@contextmanager
def in_time(seconds: float) -> Iterator[None]:
    """At most so many seconds of work in the block, and six times as many on the clock of a busy machine."""

    def stop(number, frame):
        raise Hang(f"after {seconds} seconds")

    timers = (signal.ITIMER_PROF, signal.SIGPROF, seconds), (signal.ITIMER_REAL, signal.SIGALRM, 6 * seconds)
    before = [(timer, number, signal.signal(number, stop)) for timer, number, _ in timers]
    for timer, _, limit in timers:
        signal.setitimer(timer, limit)
    try:
        yield
    finally:
        for timer, number, handler in before:
            signal.setitimer(timer, 0)
            signal.signal(number, handler)


@contextmanager
def in_memory(megabytes: int) -> Iterator[None]:
    """At most so much more resident memory at any moment of the block; unmeasured where there is no /proc."""
    try:
        Path("/proc/self/clear_refs").write_text("5")  # sets the peak back to what is used now
    except OSError:
        yield
        return
    before = _resident("VmRSS")
    yield
    grown = (_resident("VmHWM") - before) / 1024
    assert grown <= megabytes, f"{grown:.0f} MB"


def _resident(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


@contextmanager
def untouched(folder: Path) -> Iterator[None]:
    """Everything below `folder` is the same after the block: names, kinds, contents."""
    before = tree(folder)
    yield
    assert tree(folder) == before


def tree(folder: Path) -> dict[str, str]:
    """Relative path -> what is there."""
    return {str(path.relative_to(folder)): _content(path) for path in sorted(folder.rglob("*"))}


def _content(path: Path) -> str:
    if path.is_symlink():
        return f"link to {path.readlink()}"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"


def assert_sentence(error: UserError, *names: str) -> None:
    """One line that can be read, with one of the `names` in it."""
    text = str(error)
    assert text.strip() and "\n" not in text and "Traceback" not in text and len(text) < 700, text
    assert any(name in text for name in names), text


def damaged(content: bytes, count: int, seed: int) -> list[bytes]:
    """`count` different damages: cut short, bytes changed, removed and inserted, a piece doubled or blanked."""
    chance, found = random.Random(seed), {content: None}
    while len(found) <= count:
        data, kind = bytearray(content), chance.randrange(5)
        at, length = chance.randrange(len(data)), chance.randint(1, 16)
        if kind == 0:
            del data[at:]
        elif kind == 1:
            for _ in range(length):
                data[chance.randrange(len(data))] = chance.randrange(256)
        elif kind == 2:
            data[at : at + chance.randint(0, 3)] = chance.randbytes(length)
        elif kind == 3:
            data[at:at] = data[at : at + 64]
        else:
            data[at : at + length] = bytes([chance.choice((0, 255))]) * len(data[at : at + length])
        found[bytes(data)] = None
    return list(found)[1:]
