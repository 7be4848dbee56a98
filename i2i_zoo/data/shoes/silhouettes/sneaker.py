"""Sneakers: low or high, on thick rubber, laced up the instep."""

from __future__ import annotations

import numpy as np

from .curves import Curve, Point, at, beside, between, curve, cut, join, moved, ribbon
from .details import lacing, strap_across, tongue
from .part import Part


def sneaker(rng: np.random.Generator) -> list[Part]:
    """A sneaker: lining, tongue, upper, sole."""
    dial = rng.uniform
    sole, heel, toe, ankle = dial(0.06, 0.13), dial(0, 0.07), dial(0.09, 0.16), dial(0.52, 0.61)
    top = dial(0.35, 0.45) if rng.random() < 0.65 else dial(0.5, 0.72)
    front = _front(sole, toe, dial(0.2, 1), (dial(0.27, 0.37), sole + toe + dial(0.05, 0.08)), (ankle, top))
    dip = dial(0.03, 0.1)
    tab, bend = (0.93, top + 0.026), ((0.97, top * 0.9), (0.962, top * 0.6), (0.985, sole + heel + 0.05))
    collar = curve((ankle, top), (0.69, top - dip * 0.8), (0.79, top - dip), (0.89, top - dip * 0.3), tab)
    back = curve(tab, (0.953, top + 0.026), *bend, (0.98, sole))
    base = curve((0.98, sole), (0.8, sole * 0.7 + heel), (0.5, sole * 0.6), (0.2, sole * 0.5), (0.02, sole * 0.7))
    lift = top - dip * 0.3
    rim = curve((ankle, top), (0.7, lift + 0.015), (0.82, lift + 0.01), (0.935, top + 0.03))
    flap = tongue((0.44, top * 0.75), (0.52, top * 0.93), (ankle + 0.01, top + dial(0.03, 0.06)), width=0.075)
    begin, kind = dial(0.42, 0.5), rng.choice(["laces", "straps", "elastic"], p=[0.7, 0.18, 0.12])
    seams = _seams(front, collar, begin, sole, heel, toe, top, dial(-0.04, 0.05))
    panels = _panels(front, seams, sole, top)
    seams, laces, straps = _closing(rng, kind, front, collar, seams, begin, top)
    return [
        Part("lining", between(rim, collar)),
        *([flap] if kind != "elastic" else []),
        Part("upper", join(front, collar, back, base), seams, laces, panels),
        *straps,
        _rubber(sole, heel, dial(0.01, 0.04), dial(0.3, 0.6), max(0, dial(-0.025, 0.02)), max(0, dial(-0.03, 0.05))),
    ]


def _closing(
    rng: np.random.Generator, kind: str, front: Curve, collar: Curve, seams: tuple[Curve, ...], begin: float, top: float
) -> tuple[tuple[Curve, ...], tuple[Curve, ...], list[Part]]:
    """The closure: the seams that stay, laces, straps; and up to two more seams on its side."""
    more = [_line(x, seams[2][-1, 1], top) for x in rng.uniform(0.36, 0.66, rng.integers(3))]
    if kind == "laces":
        count, reach = int(rng.integers(4, 7)) + 2 * (top > 0.48), rng.uniform(0.075, 0.11)
        return (*seams, *more), lacing(cut(front, begin, 0.97, 24), count, reach), []
    if kind == "straps":
        starts = at(front, np.linspace(begin + 0.12, 0.92, 2 + (top > 0.48)))
        width, drop = rng.uniform(0.055, 0.08), rng.uniform(0.08, 0.13)
        straps = [part for start in starts for part in strap_across(start, moved(start, 0.17, -drop), width, False)]
        return (*seams[1:], *more), (), straps
    high, low = at(front, 0.86), at(collar, 0.2)
    gore = curve(high, moved(high, 0.07, -0.1), moved(low, 0, -0.12), low)
    return (*seams[1:], gore, *more), (), []


def _line(x: float, low: float, top: float) -> Curve:
    """A seam up the side."""
    return curve((x, low), (x + 0.05, low + 0.25 * (top - low)), (x + 0.16, low + 0.5 * (top - low)))


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
    """Places where a style may put its accents: toe, heel, lacing, marks on the side."""
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


def _rubber(sole: float, heel: float, spring: float, groove: float, wave: float, flare: float) -> Part:
    """A thick sole that lifts at the toe and flares at the heel, with a straight or wavy groove along its side."""
    rim = curve(
        (-0.005, sole + spring), (0.08, sole * 0.97 + spring * 0.4), (0.3, sole * 0.9), (0.6, sole + heel * 0.2),
        (0.85, sole + heel), (0.995, sole * 1.08 + heel),
    )  # fmt: skip
    back = curve(
        (0.995, sole * 1.08 + heel), (1.012 + flare * 0.6, sole * 0.6 + heel), (0.995 + flare, 0.02), (0.955 + flare, 0)
    )
    ground = curve(
        (0.955 + flare, 0), (0.6, 0.004), (0.3, 0), (0.14, 0.005), (0.02, spring), (-0.018, sole * 0.5 + spring), rim[0]
    )  # fmt: skip
    low = curve(
        (-0.02, sole * groove + spring), (0.1, sole * groove + 0.01), (0.4, sole * groove), (0.7, sole * groove),
        (1.02, sole * groove + heel * 0.7),
    )  # fmt: skip
    low = low + np.stack([0 * low[:, 0], wave * np.sin(18 * low[:, 0])], 1)
    return Part("sole", join(rim, back, ground), (low,), panels={"foxing": join(low, [(1.1, -0.1), (-0.1, -0.1)])})
