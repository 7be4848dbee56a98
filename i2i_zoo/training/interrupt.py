"""Signals that end a training between two steps, not in the middle of one."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType

INSISTENT = (signal.SIGINT, signal.SIGTERM)  # Ctrl-C and `kill`; a second one of a kind acts as usual
PATIENT = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGXCPU)  # a closed terminal, batch systems' warnings


class Interrupt:
    """A `with` in which a signal is only noted, in `requested`; a second Ctrl-C or SIGTERM acts as usual.

    A closed terminal and a batch system may send theirs several times, so those are noted each time; one that is
    ignored from the start, as SIGHUP is under `nohup`, stays ignored. Signals can be handled in the main thread only;
    in any other the `with` does nothing. It may stand inside another one of the same object.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self._before: dict[signal.Signals, object] = {}
        self._depth = 0

    @property
    def requested(self) -> bool:
        return self.received is not None

    @property
    def exit_code(self) -> int:
        """128 + the signal's number, as a shell reports it; without one (it went to another process), SIGTERM's."""
        return 128 + (self.received or signal.SIGTERM)

    def __enter__(self) -> Interrupt:
        self._depth += 1
        if self._depth == 1 and threading.current_thread() is threading.main_thread():
            heard = [s for s in PATIENT if signal.getsignal(s) is not signal.SIG_IGN]
            self._before = {s: signal.signal(s, self._note) for s in (*INSISTENT, *heard)}
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._depth -= 1
        while self._before and not self._depth:
            signal.signal(*self._before.popitem())

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.received = self.received or signal.Signals(number)
        if number in INSISTENT and number in self._before:
            signal.signal(number, self._before.pop(number))
