"""Mules and clogs: closed at the toe, open behind, on a flat, thick or raised sole."""

from __future__ import annotations

import numpy as np

from .curves import Curve, at, between, curve, cut, join, moved, oval, raised, ribbon
from .details import footbed, strap_across, wedge
from .part import Part


def mule(rng: np.random.Generator) -> list[Part]:
    """A mule: insole, lining, upper, sole, and perhaps nails, holes, a buckled strap or a strap behind the heel."""
    dial = rng.uniform
    deck, rise, arch, point = dial(0.04, 0.11), dial(0, 1) ** 1.8 * 0.3, dial(0, 0.9), dial(0, 1) ** 2
    bed, end, toe = footbed(deck, rise), dial(0.5, 0.72), dial(0.11, 0.16)
    peak = np.array([dial(0.4, 0.5), deck + rise * 0.35 + dial(0.22, 0.32)])
    front = curve(
        (0.0, deck + 0.02), (0.01 + 0.03 * point, deck + toe * 0.6), (0.07 + 0.06 * point, deck + toe),
        (0.2, deck + toe + 0.04), ((0.2 + peak[0]) / 2, (deck + toe + peak[1]) / 2 + 0.03), peak,
    )  # fmt: skip
    foot = (end, np.interp(end, *bed.T))
    bend = dial(-0.04, 0.05)
    opening = curve(peak, ((peak[0] + end) / 2 + bend, peak[1] - 0.08 + bend), (end + bend * 0.4, foot[1] + 0.05), foot)
    far = curve(peak, (end - 0.01, peak[1] - 0.03), (end + 0.1, foot[1] + 0.06), (end + 0.12, foot[1]))
    steps = np.linspace(end, 0, 24)
    base = np.stack([steps, np.interp(steps, *bed.T)], 1)
    extras, seams = _extras(rng, front, opening, base, bed)
    panels = {
        "toe": join(cut(front, 0, 0.55), [(0.26, deck), (0.2, -0.1), (-0.1, -0.1)]),
        "cuff": ribbon(opening, 0.05),
    }
    return [
        Part("insole", between(raised(bed, 0.014), raised(bed, -0.01))),
        Part("lining", between(far, opening)),
        *extras[:1],
        Part("upper", join(front, opening, base), seams, panels=panels),
        wedge(bed, deck, rise, arch),
        *extras[1:],
    ]


def _extras(
    rng: np.random.Generator, front: Curve, opening: Curve, base: Curve, bed: Curve
) -> tuple[list[Part], tuple[Curve, ...]]:
    """Parts, the first behind the upper, and seams."""
    kind = rng.choice(["plain", "nails", "holes", "strap", "sling"], p=[0.2, 0.15, 0.15, 0.25, 0.25])
    hidden = Part("lining", ribbon(cut(opening, 0.4, 0.6), 0.01))
    apron = curve(at(front, 0.3), raised(at(base, 0.7), 0.09), at(opening, 0.6))
    if kind == "nails":
        return [
            hidden,
            *(Part("metal", oval(x, y + 0.016, 0.02, 0.02)) for x, y in at(base, np.linspace(0.03, 0.9, 9))),
        ], ()
    if kind == "holes":
        spots = np.concatenate(
            [at(apron, np.linspace(0.2, 0.9, 5)), moved(at(apron, np.linspace(0.35, 0.8, 3)), -0.02, 0.07)]
        )
        return [hidden], tuple(oval(x, y, 0.022, 0.03) for x, y in spots)
    if kind == "strap":
        where = rng.uniform(0.6, 0.85)
        strap = strap_across(at(front, where), at(base, 0.9 - where * 0.6), rng.uniform(0.05, 0.09), rng.random() < 0.7)
        return [hidden, *strap], ()
    if kind == "sling":
        x, y = at(opening, rng.uniform(0.5, 0.75))
        end = (0.97, bed[-1, 1] + rng.uniform(0.08, 0.16))
        far, near = (curve((x, y + lift), ((x + 0.97) / 2, (y + end[1]) / 2 + lift), end) for lift in (0.02, -0.025))
        return [Part("lining", ribbon(far, 0.025)), Part("strap", ribbon(near, 0.03))], (apron,)
    return [hidden], (apron,) if rng.random() < 0.5 else ()
