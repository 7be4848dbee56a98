"""Laced shoes: oxfords, derbies and, as high as the ankle, chukkas; or closed with buckled straps."""

from __future__ import annotations

import numpy as np

from .curves import Curve, at, beside, between, curve, cut, join, moved, raised
from .details import heel_block, lacing, strap_across, tongue
from .part import Part


def oxford(rng: np.random.Generator) -> list[Part]:
    """A laced shoe: lining, tongue, upper, sole, heel and perhaps straps."""
    dial = rng.uniform
    sole, heel, point, toe = dial(0.025, 0.07), dial(0.02, 0.08), dial(0, 1), dial(0.09, 0.13)
    ankle, top = dial(0.52, 0.6), dial(0.33, 0.4) if rng.random() < 0.65 else dial(0.44, 0.56)
    peak, end = np.array([ankle, top]), (0.945, top + dial(-0.05, 0.02))
    front = curve(
        (0.0, sole + 0.02), (0.03 * point, sole + toe * 0.6), (0.05 + 0.06 * point, sole + toe * (1 - 0.1 * point)),
        (0.2, sole + toe + 0.025), (0.35, sole + toe * 0.7 + top * 0.28), (ankle - 0.09, top * 0.86 + 0.015), peak,
    )  # fmt: skip
    dip = dial(0.03, 0.08)
    opening = curve(peak, (0.66, top - dip), (0.78, end[1] - dip), (0.88, end[1] - dip * 0.4), end)
    rim = curve(peak, (0.7, top - 0.005), (0.84, end[1] + 0.01), end)
    back = curve(end, (0.97, end[1] - 0.04), (0.962, end[1] * 0.7), (0.982, end[1] * 0.4), (0.962, sole + heel))
    base = curve((0.962, sole + heel), (0.7, sole + heel * 0.9), (0.5, sole + heel * 0.35), (0.25, sole), front[0])
    seams, panels = _seams(rng, front, opening, sole, heel)
    begin = dial(0.52, 0.62)
    laced = rng.random() < 0.75
    stay = join(at(front, np.array([begin - 0.02])), beside(cut(front, begin, 0.98, 24), np.linspace(0.11, 0.13, 24)))
    laces = (
        lacing(cut(front, begin, 0.97, 24), int(rng.integers(3, 6)) + (top > 0.42), dial(0.07, 0.1)) if laced else ()
    )
    panels |= {"stay": join(cut(front, begin, 1), stay[::-1])}
    return [
        Part("lining", between(rim, opening)),
        tongue(peak - (0.12, 0.09), peak - (0.05, 0.01), moved(peak, 0.02, dial(0.02, 0.06)), width=0.07),
        Part("upper", join(front, opening, back, base), (*seams, *([stay] if laced else [])), laces, panels),
        *([] if laced else _monk(rng, front, base)),
        *heel_block(base, sole, heel, dial(0.66, 0.74)),
    ]


def _monk(rng: np.random.Generator, front: Curve, base: Curve) -> list[Part]:
    """One or two buckled straps across the instep."""
    places = (0.8,) if rng.random() < 0.5 else (0.72, 0.88)
    width = rng.uniform(0.07, 0.1) / len(places) ** 0.6
    return [
        part
        for where in places
        for part in strap_across(at(front, where), moved(at(front, where), 0.17, -0.12), width, buckled=True)
    ]


def _seams(
    rng: np.random.Generator, front: Curve, opening: Curve, sole: float, heel: float
) -> tuple[list[Curve], dict[str, Curve]]:
    """Toe (straight cap, wing or none) and counter, and the panels that they bound."""
    kind, shift = rng.integers(3), rng.uniform(-0.02, 0.05)
    start = at(front, 0.36 + shift)
    counter = curve(at(opening, rng.uniform(0.45, 0.7)), (0.76, sole + heel + 0.13), (0.77, sole + heel))
    if kind == 0:
        cap = curve(start, moved(start, 0.045, -0.05), (start[0] + 0.02, sole))
    else:
        cap = curve(
            start, moved(start, 0.09, -0.015), (0.42 + shift, sole + 0.1), (0.58 + shift, sole + heel * 0.5 + 0.02)
        )
    panels = {
        "toe": join(cut(front, 0, 0.36 + shift), cap, [(0.3, -0.1), (-0.1, -0.1)]),
        "heel": join(counter, [(1.1, 0), (1.1, 0.7), (0.85, 0.7)]),
        "cuff": between(raised(opening, 0.05), raised(opening, -0.045)),
    }
    return ([counter] if kind == 2 else [counter, cap]), panels
