"""The display of a training in a notebook: a bar and the losses in place, which stay when it has ended."""

from __future__ import annotations

import time
from html import escape
from types import TracebackType
from typing import Any

from rich.console import Console

from ..models.base import Losses
from ..training.log import Row
from ..training.trainer import Trainer
from .display import Display

PAUSE = 0.5  # seconds between two updates, at least


class NotebookDisplay(Display):
    """The same as `Display`, as HTML with a text beside it for notebooks that are shown without."""

    def __init__(self, console: Console, step: int, steps: int):
        super().__init__(console, step, steps)
        self._row: Row = {"step": step, "losses": {}}
        self._step, self._shown, self._then = step, None, 0.0

    def __enter__(self) -> NotebookDisplay:
        from IPython.display import display

        self._shown = display(self._bundle(), raw=True, display_id=True)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._update()

    def tick(self, trainer: Trainer, losses: Losses) -> None:
        """Observer of every step."""
        super().tick(trainer, losses)
        self._step = trainer.step
        if time.perf_counter() - self._then > PAUSE:
            self._update()

    def write(self, row: Row) -> None:
        """Writer of a `Log`."""
        self._row = row
        self._update()

    def _update(self) -> None:
        self._then = time.perf_counter()
        if self._shown is not None:
            self._shown.update(self._bundle(), raw=True)

    def _bundle(self) -> dict[str, Any]:
        speed = f"{self._row['images_per_second']:.3g} images/s" if "images_per_second" in self._row else ""
        words = [f"step {self._step}/{self.steps}", speed, self.left]
        line = "  ".join(word for word in words if word)
        losses = "  ".join(f"{name} {value:.3f}" for name, value in self._row["losses"].items())
        bar = f"<progress value='{self._step}' max='{self.steps}' style='width:20em'></progress>"
        html = f"<div>{bar} {escape(line)}</div><div><small>{escape(losses)}</small></div>"
        return {"text/plain": f"{line}\n{losses}".strip(), "text/html": html}
