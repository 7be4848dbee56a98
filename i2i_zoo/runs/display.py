"""The display of a training: live in a terminal, plain lines elsewhere."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from ..models.base import Losses
from ..training.log import Row
from ..training.trainer import Trainer

NARROW = 100  # columns of a terminal below which the bar and what is less urgent are left out


class Display:
    """A display of step, losses, images/s, the share of time spent waiting for data, and the time left."""

    def __init__(self, console: Console, step: int, steps: int):
        self.console = console
        self.steps = steps
        self._narrow = console.width < NARROW
        bar = () if self._narrow else (BarColumn(bar_width=None),)
        spent = () if self._narrow else (TimeElapsedColumn(),)
        self._progress = Progress(
            TextColumn("step"),
            MofNCompleteColumn(),
            *bar,
            TextColumn("{task.fields[speed]}"),
            *spent,
            TimeRemainingColumn(elapsed_when_finished=False),
            TextColumn("left"),
            console=console,
            expand=not self._narrow,
            speed_estimate_period=120,
        )
        self._task = self._progress.add_task("", total=steps, completed=step, speed="")
        self._live = Live(self._progress, console=console, refresh_per_second=4, transient=False)

    def __enter__(self) -> Display:
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.console.is_terminal:
            self._live.stop()

    def tick(self, trainer: Trainer, losses: Losses) -> None:
        """Move the bar; an observer of every step, which asks nothing of the device."""
        self._progress.update(self._task, completed=trainer.step)

    @property
    def left(self) -> str:
        """The time left, as `0:01:20 left`; "" where it is not known, or nothing is left."""
        remaining = self._progress.tasks[0].time_remaining
        return f"{timedelta(seconds=ceil(remaining))} left" if remaining else ""

    def write(self, row: Row) -> None:
        """Show a row of a `Log`."""
        speed = f"{row['images_per_second']:.3g} images/s, {row['data_wait']:.0%} waiting for data"
        if not self.console.is_terminal:
            losses = "  ".join(f"{name} {value:.3f}" for name, value in row["losses"].items())
            words = (f"step {row['step']}/{self.steps}", speed, self.left, losses)
            self.console.print("  ".join(word for word in words if word), soft_wrap=True, highlight=False)
            return
        self._progress.update(self._task, speed=speed.split(",")[0] if self._narrow else speed)
        table = Table.grid(padding=(0, 2))
        pairs = list(row["losses"].items())
        most = max(len(name) for name, _ in pairs) + 9  # columns of a loss with its number and the space around it
        across = max(min(self.console.width // most, 4), 1)
        for start in range(0, len(pairs), across):
            table.add_row(*(f"[dim]{name}[/] {value:.3f}" for name, value in pairs[start : start + across]))
        self._live.update(Group(table, self._progress))

    def scored(self, row: Row) -> None:
        """Show a row of `BestCheckpoint` as one line, which stays above the live display."""
        value = "no number" if row["value"] is None else f"{row['value']:.4g}"
        so_far = ", the best so far" if row["best"] else ""
        text = f"step {row['step']}: {row['score']} {value}{so_far}"
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def warn(self, row: Row) -> None:
        """Show a warning of the monitors as one line, which stays above the live display."""
        where = row.get("domain") or row.get("loss")
        text = f"{row['warning']} ({where}, step {row['step']}): {row['advice']}"
        self.console.print(Text("warning: ", style="bold yellow") + Text(text, style="default"), soft_wrap=True)
