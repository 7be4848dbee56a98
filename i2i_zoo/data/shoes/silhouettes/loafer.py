"""Loafers: low and laceless, with a sewn apron, a saddle strap and a small heel."""

from __future__ import annotations

import numpy as np

from .curves import Curve, at, between, curve, cut, join, moved, oval, ribbon
from .details import heel_block, tongue
from .part import Part


def loafer(rng: np.random.Generator) -> list[Part]:
    """A loafer: lining, tongue, upper, saddle, heel, sole."""
    dial = rng.uniform
    sole, heel, point = dial(0.025, 0.085), dial(0.015, 0.14), dial(0, 1)
    toe, top, low = dial(0.08, 0.15), dial(0.32, 0.4) + heel * 0.6, dial(0.19, 0.26) + heel * 0.7
    peak = np.array([dial(0.38, 0.54), dial(0.29, 0.39) + heel * 0.3])
    arch = (0.7, sole + heel * 0.9), (0.5, sole + heel * 0.35)
    base = curve((0.955, sole + heel), *arch, (0.25, sole), (0.0, sole + 0.02))
    front = curve(
        (0.0, sole + 0.02), (0.03 * point, sole + toe * 0.6), (0.05 + 0.05 * point, sole + toe * 0.95),
        (0.19, sole + toe + 0.04), ((0.19 + peak[0]) / 2, (sole + toe + peak[1]) / 2 + 0.02), peak,
    )  # fmt: skip
    opening = curve(peak, (peak[0] + 0.07, peak[1] - 0.06), (0.68, low + 0.01), (0.8, low + 0.02), (0.93, top))
    rim = curve(peak, (0.63, peak[1] - 0.015), (0.78, low + 0.075), (0.93, top))
    back = curve((0.93, top), (0.955, top - 0.004), (0.97, top - 0.04), (0.982, top * 0.65), (0.962, sole + heel))
    apron = curve(
        (0.04 + 0.04 * point, sole + toe * 0.86), (0.14, sole + toe * 0.74), (0.27, sole + toe * 0.98),
        (peak[0] - 0.05, peak[1] - 0.12), (peak[0] + 0.1, peak[1] - 0.1),
    )  # fmt: skip
    counter = curve((0.8, low + 0.02), (0.755, low - 0.07), (0.78, sole + heel))
    upper = join(front, opening, back, base)
    return [
        Part("lining", between(rim, opening)),
        tongue(*peak + np.array([[-0.1, -0.09], [-0.02, -0.01], [0.05, dial(0.02, 0.05)]]), width=0.07),
        Part("upper", upper, (apron, counter), panels=_panels(front, opening, apron, counter)),
        *_saddle(rng, peak, sole + heel * 0.3),
        *heel_block(base, sole, heel, dial(0.64, 0.76), dial(0, 1) * heel),
    ]


def _saddle(rng: np.random.Generator, peak: np.ndarray, floor: float) -> list[Part]:
    """The strap across the instep, with a penny's slot, down to the sole or half way; or a bit, tassels, nothing."""
    reach, width = rng.uniform(0.45, 1), rng.uniform(0.07, 0.11)
    start, end = peak - (0.09, 0.045), np.array([peak[0] + 0.01, floor])
    spine = curve(start, start + np.array([0.05, -0.085]), end + np.array([-0.01, 0.09]), end)
    strap = cut(spine, 0, reach)
    slot = ribbon(cut(spine, 0.18, 0.34), 0.02)
    kind = rng.choice(["plain", "penny", "bit", "tassels"], p=[0.2, 0.35, 0.25, 0.2])
    if kind == "plain":
        return []
    if kind == "bit":  # It has two rings and a bar.
        ends = at(spine, np.array([0.12, 0.5]))
        rings = [Part("metal", oval(x, y, 0.045, 0.055)) for x, y in ends]
        return [Part("metal", ribbon(at(spine, np.linspace(0.12, 0.5, 8)), 0.022)), *rings]
    if kind == "tassels":
        knot = at(spine, 0.2)
        tails = [curve(knot, moved(knot, -0.015, -0.05), moved(knot, dx, -0.11)) for dx in (-0.05, 0.005)]
        return [Part("strap", ribbon(tail, np.linspace(0.015, 0.045, len(tail)))) for tail in tails]
    contour = ribbon(strap, np.linspace(width, width * 1.4, len(strap)))
    return [Part("strap", contour, (slot,), panels={"stripe": ribbon(strap, 0.03)})]


def _panels(front: Curve, opening: Curve, apron: Curve, counter: Curve) -> dict[str, Curve]:
    """Places where a style may put its accents: apron, counter, binding of the opening."""
    return {
        "toe": join(cut(front, 0.2, 0.8), apron[::-1]),
        "heel": join(counter, [(1.1, 0), (1.1, 0.5), (0.8, 0.5)]),
        "cuff": ribbon(opening, 0.035),
    }
