"""The lock that allows one training per folder. The system drops it when its process ends: no stale locks.

Not by `filelock`: its lock is a file of its own, which a read-only look at a run could not test without making it, and
which forked loader processes would hold on to.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import UserError

HOLDER = ".lock"  # a file that names the holder; the lock is on the folder itself


@contextmanager
def hold(folder: Path) -> Iterator[Path]:
    """Keep other trainings out of `folder`, which is made; and removed again if it is still empty at the end.

    Raises `UserError` that names the holder. Where a folder cannot be made or locked (read-only, some network file
    systems) nothing happens.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    handle = _locked(folder)
    try:
        yield folder
    finally:
        if handle is not None:
            with suppress(OSError):
                (folder / HOLDER).unlink()
            for path in made:
                with suppress(OSError):
                    path.rmdir()
            handle.close()


def is_held(folder: Path) -> bool:
    """Return True if a training holds `folder` now, as far as this machine's file system says."""
    try:
        number = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(number, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass
    finally:
        os.close(number)
    return False


def _locked(folder: Path) -> _Handle | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = _Handle(folder)
    except OSError:
        return None
    try:
        fcntl.flock(handle.number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        raise UserError(f"{folder}: is being trained already{_holder(folder)}; wait for it, or stop it first") from None
    except OSError:
        pass
    with suppress(OSError):
        since = time.strftime("%Y-%m-%d %H:%M:%S")
        (folder / HOLDER).write_text(f"process {os.getpid()} on {socket.gethostname()}, since {since}")
    return handle


def _holder(folder: Path) -> str:
    try:
        return f" by {(folder / HOLDER).read_text()}"
    except (OSError, ValueError):
        return ""


class _Handle:
    """An open folder, which forked loader processes close at once: they may outlive a killed training by seconds."""

    def __init__(self, folder: Path):
        self.number: int | None = os.open(folder, os.O_RDONLY)
        os.register_at_fork(after_in_child=self.close)

    def close(self) -> None:
        if self.number is not None:
            os.close(self.number)
        self.number = None
