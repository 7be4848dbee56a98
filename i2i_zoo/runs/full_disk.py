"""Writers that a training can do without while a disk is full or a folder is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def tolerate_full_disk(what: str, write: Callable[..., None], warn: Callable[[str], None]) -> Callable[..., None]:
    """Return `write`, which never raises an `OSError`: then `warn` gets one sentence that names `what`.

    It gets another one only when a write has succeeded in between.
    """
    failing = False

    def attempt(*arguments: Any) -> None:
        nonlocal failing
        try:
            write(*arguments)
            failing = False
        except OSError as error:
            if not failing:
                failing = True
                warn(f"{what} cannot be written ({error.strerror or error}); the training goes on without it")

    return attempt
