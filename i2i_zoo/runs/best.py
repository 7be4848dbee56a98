"""The best checkpoint of a run: scores every so many steps, and a link to the checkpoint that had the best."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import fmean

from ..files import link
from ..models.base import Losses, Translator
from ..score_key import ScoreKey
from ..training.log import Row, Writer
from ..training.trainer import Observer, Trainer

Values = Mapping[str, float | None]  # text of a `ScoreKey` -> number, as `evaluate` finds them


class BestCheckpoint:
    """An observer that scores the averaged weights, and saves a checkpoint to link to where `score` is the best ever.

    `score` is one of the values, or a name without its `to_<domain>.`: the mean of the directions that have it. A row
    has `step`, `scores` (all values), `score`, `value` (its number) and `best` (whether it was the best so far).
    `past` are the rows of a resumed run.
    """

    def __init__(
        self,
        score: str,
        higher: bool,
        evaluate: Callable[[Translator], Values],
        save: Observer,
        checkpoints: Path,
        writers: Sequence[Writer],
        past: Iterable[Row] = (),
    ):
        self.score, self.higher, self.evaluate, self.save = score, higher, evaluate, save
        self.checkpoints, self.writers = checkpoints, writers
        self.value: float | None = None
        for row in past:
            if row.get("score") == score and row["best"]:
                self.value = row["value"]
                self._link(row["step"])  # A killed run may have come no further than the row.

    def __call__(self, trainer: Trainer, losses: Losses) -> None:
        with trainer.inference() as model:
            values = self.evaluate(model)
        value = pick(values, self.score)
        best = value is not None and (self.value is None or (value > self.value if self.higher else value < self.value))
        if best:
            self.value = value
        if trainer.accelerator.is_main_process:
            row = {"step": trainer.step, "scores": values, "score": self.score, "value": value, "best": best}
            for write in self.writers:
                write(row)
        if best:
            self.save(trainer, losses)
            if trainer.accelerator.is_main_process:
                self._link(trainer.step)

    def _link(self, step: int) -> None:
        folder = self.checkpoints / f"{step:09d}"
        if folder.is_dir():
            with suppress(OSError):  # The log and the save have warned of the disk.
                link(self.checkpoints / "best", folder.name)


def pick(values: Values, score: str) -> float | None:
    """The value of `score`, or the mean over the directions that have it; None where none has."""
    wanted = ScoreKey.parse(score)
    known = [v for key, v in values.items() if v is not None and wanted.covers(ScoreKey.parse(key))]
    return fmean(known) if known else None
