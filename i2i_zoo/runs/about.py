"""What is known of weights, in a few lines of plain text: for a page that shows their answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .. import zoo
from ..models import Translator
from ..models.summary import facts
from ..score_key import ScoreKey
from ..zoo import card
from .publish import kept_report


def about(path: Path, model: Translator) -> str:
    """Lines on the model at `path`: of its card, its domains and training, its scores.

    A run's scores are those that `i2i evaluate` has kept of it. Raises `FileError` for a report that is damaged.
    """
    lines = [fact for _, fact in facts(model)]
    if packaged := zoo.packaged().get(str(path)):
        known = card.read(packaged)
        lines = [known.title, *lines, *_scores(known.scores.values, known.scores.meanings)]
        lines += [f"license {known.license}", *known.notices]
    elif report := kept_report(path):
        lines += _scores(next(iter(report["values"].values())), report["scores"])
    return "\n".join(lines)


def _scores(values: Mapping[str, float | None], meanings: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A heading for each domain that has scores, and a line for each score."""
    known = {ScoreKey.parse(key): value for key, value in values.items() if value is not None}
    for to in dict.fromkeys(key.to for key in known):
        yield f"scores of {to} on test images:"
        for name, meaning in meanings.items():
            if (key := ScoreKey(to, name)) in known:
                unit = f" {meaning['unit']}" if meaning["unit"] else ""
                better = f", {meaning['better']} is better" if meaning["better"] else ""
                yield f"{meaning['title']} {known[key]:.4g}{unit}{better}"
