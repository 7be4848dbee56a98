"""The parts of a comparison, trained and scored; what is done already is not done again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..recipe.recipe import Recipe
from ..runs import score as scores
from ..runs.lock import hold
from .plan import Part


class Stopped(Exception):
    """The end of a training by a signal; `code` is the exit code it asks for."""

    def __init__(self, code: int):
        super().__init__(f"stopped with code {code}")
        self.code = code


def train(part: Part, say: Callable[[str], None]) -> None:
    """Train a part to its end, in a process of its own, so that memory is its own and a crash costs only the part."""
    if part.finished:
        return
    if part.existing:
        raise AssertionError("an existing run is never trained further")
    if part.step:
        words = ["--resume", str(part.folder)]
    else:
        with hold(part.folder):
            shutil.rmtree(
                part.folder, ignore_errors=True
            )  # A training that failed before its first checkpoint left it.
        recipe = part.folder.with_suffix(".json")
        part.recipe.save(recipe)
        words = [str(recipe), "--out", str(part.folder)]
    say(f"{part.name}, seed {part.seed}: training from step {part.step} to {part.steps}")
    code = _run([sys.executable, "-m", "i2i_zoo", "train", *words])
    if code > 128 or code < 0:
        raise Stopped(code if code > 0 else 128 - code)
    if code:
        say(f"{part.name}, seed {part.seed}: the training failed, so it is left out")


def _run(command: list[str]) -> int:
    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # The terminal sent it to the training too, which saves and ends.


def score(part: Part, recipe: Recipe, say: Callable[[str], None]) -> dict[str, Any]:
    """The report of `i2i evaluate` for a part on the test images and metrics of `recipe`, kept in its run.

    It is scored again if the metrics or test images have changed.
    """
    path: Path = scores.report_file(part.folder)
    evaluate, data = recipe.evaluate.dump(), (recipe.test or recipe.data).dump()
    try:
        report = json.loads(path.read_text())
        if (report["protocol"]["evaluate"], report["protocol"]["data"]) == (evaluate, data):
            return report
    except (OSError, ValueError, KeyError, TypeError):
        pass
    say(f"{part.name}, seed {part.seed}: scoring")
    report = scores.score(part.folder, recipe=recipe)
    scores.write(report, path)
    return report
