"""A share of the training images, set aside for testing; near twins are kept together."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import PurePosixPath


def set_aside(names: Sequence[str], share: float) -> list[str]:
    """About `share` of `names` (paths relative to a folder), at least one and all but two at most, sorted.

    Twins are told by their names: images whose names differ in their last digits only (`patient3_01`, `patient3_02`)
    form a series, and series are taken whole, in an order that their names alone decide. Where whole series would miss
    the share by more than half of it, as where all images are one series, the cut goes through a series, between
    consecutive numbers. So neither the order of the listing nor a seed matters.
    """
    ordered = sorted(names, key=lambda name: (_shuffled(series(name)), series(name), _natural(name)))
    wanted = min(max(round(share * len(ordered)), 1), len(ordered) - 2)
    borders = [n for n, (a, b) in enumerate(pairwise(ordered), 1) if series(a) != series(b) and n <= len(ordered) - 2]
    nearest = min(borders, key=lambda border: abs(border - wanted), default=wanted)
    return sorted(ordered[: nearest if abs(nearest - wanted) <= wanted / 2 else wanted])


def twins(added: Sequence[str], aside: Sequence[str], trained: Sequence[str]) -> list[str]:
    """Those of the names `added` later that are near twins of images that were set `aside`.

    Of a series that was cut in two these are the ones before the cut: those after it lie beside images `trained` on.
    """
    cut = {series(name) for name in trained}
    last: dict[str, str] = {}
    for name in aside:
        last[series(name)] = max(last.get(series(name), name), name, key=_natural)
    beside = (name for name in added if series(name) in last)
    return [name for name in beside if series(name) not in cut or _natural(name) < _natural(last[series(name)])]


def series(name: str) -> str:
    """The name without its ending, its last digits and the mark before them: `p3/slice_012.png` is in `p3/slice`."""
    path = PurePosixPath(name)
    return str(path.with_name(re.sub(r"[\W_]*\d+$", "", path.stem) or "_"))


def _shuffled(word: str) -> str:
    return hashlib.blake2b(word.encode(errors="surrogateescape"), digest_size=8).hexdigest()


def _natural(name: str) -> tuple[int, str]:
    """Order `slice_9` before `slice_10`."""
    digits = re.search(r"\d+$", PurePosixPath(name).stem)
    return int(digits[0]) if digits else -1, name
