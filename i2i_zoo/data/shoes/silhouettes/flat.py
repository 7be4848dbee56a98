"""Flats: low and wide open, like a ballet shoe; plain, with a bow, or with a strap across."""

from __future__ import annotations

import numpy as np

from .curves import Curve, at, between, curve, cut, join, moved, ribbon
from .details import bow, heel_block, strap_across
from .part import Part


def flat(rng: np.random.Generator) -> list[Part]:
    """A flat: lining, upper, sole, heel and what adorns it."""
    dial = rng.uniform
    sole, heel, point, toe = dial(0.018, 0.035), dial(0.008, 0.05), dial(0, 1), dial(0.07, 0.11)
    low, top, throat = sole + heel * 0.6 + dial(0.06, 0.11), dial(0.2, 0.3), dial(0.2, 0.38)
    peak, end = (throat, sole + toe + 0.02 + 0.18 * throat), (0.95, top)
    front = curve(
        (0.0, sole + 0.015), (0.05 * point, sole + toe * 0.6), (0.05 + 0.06 * point, sole + toe * (1 - 0.15 * point)),
        ((throat + 0.1) / 2, sole + toe * 0.75 + 0.09 * throat + 0.02), peak,
    )  # fmt: skip
    opening = curve(peak, (throat + 0.06, peak[1] - 0.03), (0.55, low), (0.76, low + 0.02), (0.89, top - 0.05), end)
    rim = curve(peak, (0.52, low + 0.045), (0.76, low + 0.065), (0.9, top - 0.02), end)
    back = curve(end, (0.972, top * 0.85), (0.985, top * 0.5), (0.962, sole + heel))
    base = curve((0.962, sole + heel), (0.7, sole + heel * 0.9), (0.5, sole + heel * 0.4), (0.25, sole), front[0])
    seams = _seams(rng, front, opening, sole + heel, peak)
    parts = [
        Part("lining", between(rim, opening)),
        Part("upper", join(front, opening, back, base), seams, panels=_panels(front, opening, sole, peak)),
        *heel_block(base, sole, heel, dial(0.68, 0.76)),
    ]
    kind = rng.choice(["plain", "bow", "strap", "buckle"], p=[0.3, 0.3, 0.25, 0.15])
    if kind == "bow":
        return [*parts, *bow(peak[0] - 0.02, peak[1] + 0.005, dial(0.07, 0.12))]
    if kind == "plain":
        return parts
    where = dial(0.25, 0.5)
    return parts + strap_across(at(rim, where + 0.04), at(opening, where), dial(0.025, 0.045), kind == "buckle")


def _seams(
    rng: np.random.Generator, front: Curve, opening: Curve, seat: float, peak: tuple[float, float]
) -> tuple[Curve, ...]:
    """Seams of the heel, and perhaps of a toe cap."""
    side = curve(at(opening, 0.72), (0.75, (seat + peak[1]) / 2), (0.77, seat))
    start = at(front, rng.uniform(0.45, 0.75))
    cap = curve(start, moved(start, 0.05, -0.05), moved(start, 0.03, -0.2))
    return (side, cap) if rng.random() < 0.4 else (side,) if rng.random() < 0.6 else ()


def _panels(front: Curve, opening: Curve, sole: float, peak: tuple[float, float]) -> dict[str, Curve]:
    """Places where a style may put its accents: toe cap, binding of the opening."""
    return {
        "toe": join(cut(front, 0, 0.6), [(peak[0] * 0.75, sole), (0.2, -0.1), (-0.1, -0.1)]),
        "cuff": ribbon(opening, 0.03),
    }
