"""Sneakers: low or high, on thick rubber, laced up the instep."""

from __future__ import annotations

import numpy as np

from .curves import Curve, Point, at, beside, between, curve, cut, join, ribbon
from .details import lacing, tongue
from .part import Part


def sneaker(rng: np.random.Generator) -> list[Part]:
    """A sneaker: lining, tongue, upper, sole."""
    dial = rng.uniform
    sole, heel, toe, ankle = dial(0.07, 0.11), dial(0, 0.05), dial(0.1, 0.15), dial(0.54, 0.6)
    top = dial(0.37, 0.45) if rng.random() < 0.65 else dial(0.52, 0.64)
    front = _front(sole, toe, dial(0.5, 1), (dial(0.28, 0.36), sole + toe + dial(0.05, 0.08)), (ankle, top))
    dip = dial(0.03, 0.1)
    tab, bend = (0.93, top + 0.026), ((0.97, top * 0.9), (0.962, top * 0.6), (0.985, sole + heel + 0.05))
    collar = curve((ankle, top), (0.69, top - dip * 0.8), (0.79, top - dip), (0.89, top - dip * 0.3), tab)
    back = curve(tab, (0.953, top + 0.026), *bend, (0.98, sole))
    base = curve((0.98, sole), (0.8, sole * 0.7 + heel), (0.5, sole * 0.6), (0.2, sole * 0.5), (0.02, sole * 0.7))
    lift = top - dip * 0.3
    rim = curve((ankle, top), (0.7, lift + 0.015), (0.82, lift + 0.01), (0.935, top + 0.03))
    begin = dial(0.42, 0.5)
    seams = _seams(front, collar, begin, sole, heel, toe, top, dial(-0.04, 0.05))
    laces = lacing(cut(front, begin, 0.97, 24), int(rng.integers(4, 7)) + 2 * (top > 0.5), dial(0.075, 0.11))
    panels = _panels(front, seams, sole, top)
    return [
        Part("lining", between(rim, collar)),
        tongue((0.44, top * 0.75), (0.52, top * 0.93), (ankle + 0.01, top + dial(0.03, 0.06)), width=0.075),
        Part("upper", join(front, collar, back, base), seams, laces, panels),
        _rubber(sole, heel, dial(0.01, 0.035), dial(0.3, 0.6)),
    ]


def _front(sole: float, toe: float, bulge: float, throat: Point, ankle: Point) -> Curve:
    middle = (throat[0] + ankle[0]) / 2, (throat[1] + ankle[1]) / 2 - 0.008
    return curve(
        (0.02, sole * 0.7), (0.012, sole + toe * 0.45), (0.1 - 0.06 * bulge, sole + toe * 0.9),
        (0.2, sole + toe + 0.02), throat, middle, ankle,
    )  # fmt: skip


def _seams(
    front: Curve, collar: Curve, begin: float, sole: float, heel: float, toe: float, top: float, shift: float
) -> tuple[Curve, ...]:
    stay = join(at(front, np.array([begin - 0.02])), beside(cut(front, begin, 0.97, 24), np.linspace(0.1, 0.13, 24)))
    counter = curve(at(collar, 0.52), (0.79, top * 0.65), (0.75, (top + sole) * 0.42), (0.77, sole * 0.6 + heel))
    cap = curve((0.2 + shift, sole + toe + 0.03), (0.25 + shift, sole + toe * 0.5), (0.22 + shift, sole * 0.5))
    return stay, counter, cap


def _panels(front: Curve, seams: tuple[Curve, ...], sole: float, top: float) -> dict[str, Curve]:
    """Where a style may put its accents: toe, heel, lacing, marks on the side."""
    stay, counter, cap = seams
    wave = curve((1.0, top * 0.72), (0.84, top * 0.5), (0.68, top * 0.52), (0.5, sole + 0.1), (0.3, sole + 0.03))
    bars = [ribbon(curve((x, sole * 0.6), (x + 0.1, top * 0.8)), 0.03) for x in (0.5, 0.57)]
    return {
        "toe": join(cut(front, 0, 0.3), cap),
        "heel": join(counter, [(1.1, sole * 0.5), (1.1, top + 0.2), (0.85, top + 0.2)]),
        "stay": join(cut(front, 0.45, 1), stay[::-1]),
        "stripe": ribbon(wave, 0.02 + 0.04 * np.sin(np.linspace(0, np.pi, len(wave)))),
        **{f"bar {i}": bar for i, bar in enumerate(bars)},
    }


def _rubber(sole: float, heel: float, spring: float, groove: float) -> Part:
    """A thick sole that lifts at the toe, with a groove along its side."""
    rim = curve(
        (-0.005, sole + spring), (0.08, sole * 0.97 + spring * 0.4), (0.3, sole * 0.9), (0.6, sole + heel * 0.2),
        (0.85, sole + heel), (0.995, sole * 1.08 + heel),
    )  # fmt: skip
    back = curve((0.995, sole * 1.08 + heel), (1.012, sole * 0.6 + heel), (0.995, 0.02), (0.955, 0))
    ground = curve(
        (0.955, 0), (0.6, 0.004), (0.3, 0), (0.14, 0.005), (0.02, spring), (-0.018, sole * 0.5 + spring), rim[0]
    )  # fmt: skip
    low = curve(
        (-0.02, sole * groove + spring), (0.1, sole * groove + 0.01), (0.4, sole * groove), (0.7, sole * groove),
        (1.02, sole * groove + heel * 0.7),
    )  # fmt: skip
    return Part("sole", join(rim, back, ground), (low,), panels={"foxing": join(low, [(1.1, -0.1), (-0.1, -0.1)])})
