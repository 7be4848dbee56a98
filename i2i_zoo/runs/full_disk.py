"""What a training can do without for a while, and what it says when it has to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Spare:
    """Wraps what writes: where it fails (`OSError`: disk full, folder gone, ...), the training goes on.

    `say` is called with one sentence, and again only when it has worked in between.
    """

    def __init__(self, say: Callable[[str], None]):
        self.say = say
        self._failing: set[str] = set()

    def __call__(self, what: str, write: Callable[..., None]) -> Callable[..., None]:
        """`write`, which never raises an `OSError`; `what` names it."""

        def attempt(*arguments: Any) -> None:
            try:
                write(*arguments)
                self._failing.discard(what)
            except OSError as error:
                if what not in self._failing:
                    self._failing.add(what)
                    self.say(f"{what} cannot be written ({error.strerror or error}); the training goes on without it")

        return attempt
