"""High heels: pumps from stiletto to block, with or without a platform and an ankle strap."""

from __future__ import annotations

import numpy as np

from .curves import Curve, at, between, curve, cut, join, raised, ribbon
from .details import ankle_strap, bow, strap_across
from .part import Part


def pump(rng: np.random.Generator) -> list[Part]:
    """A high heel: lining, heel, upper, sole and perhaps a strap."""
    dial = rng.uniform
    rise, depth, back = dial(0.14, 0.5), dial(0.045, 0.11), dial(0.15, 0.23)
    deck = dial(0.025, 0.04) + max(0, dial(-0.1, 0.1))
    seat = rise + deck
    base = curve(
        (-0.01, deck + 0.025), (0.1, deck + 0.004), (dial(0.25, 0.3), deck), (0.42, deck + rise * 0.26),
        (0.62, deck + rise * 0.72), (0.8, seat), (0.965, seat + 0.01),
    )  # fmt: skip
    front, opening, rim = _vamp(deck, rise, dial(0, 1), dial(0.18, 0.38), depth, back)
    counter = curve(opening[-1], (0.988, seat + 0.11), (0.965, seat + 0.01))
    seam = curve((0.74, seat + depth + 0.03), (0.78, seat + 0.06), (0.76, seat - 0.01))
    parts = [
        Part("lining", between(rim, opening)),
        _heel(rng, base, seat),
        Part("upper", join(front, opening, counter, base[::-1]), (seam,), panels=_panels(front, opening, seam, seat)),
        _platform(base, deck),
    ]
    kind, where = rng.choice(["plain", "ankle", "across", "bow"], p=[0.4, 0.25, 0.2, 0.15]), dial(0.25, 0.5)
    if kind == "ankle":
        return parts + ankle_strap(0.8, seat + dial(0.24, 0.3), opening[-1])
    if kind == "across":
        return parts + strap_across(at(rim, where + 0.04), at(opening, where), dial(0.025, 0.05), rng.random() < 0.5)
    return parts + bow(opening[0, 0] - 0.02, opening[0, 1], dial(0.07, 0.11)) if kind == "bow" else parts


def _heel(rng: np.random.Generator, base: Curve, seat: float) -> Part:
    """Draw a heel, from a stiletto to a block; one in six is a wedge."""
    if rng.random() < 1 / 6:
        front = rng.uniform(0.36, 0.5)
        upper, right = cut(base, front, 1, 24), rng.uniform(0.91, 0.96)
        back = curve(upper[-1], (0.985, seat * 0.8), ((right + 0.99) / 2, seat * 0.35), (right, 0))
        return Part("heel", join(upper, back, [(upper[0, 0] + 0.02, 0)]))
    return _post(seat, 0.028 + 0.15 * rng.uniform(0, 1) ** 1.6, rng.uniform(0.915, 0.965))


def _vamp(
    deck: float, rise: float, point: float, throat: float, depth: float, back: float
) -> tuple[Curve, Curve, Curve]:
    """Front, near edge of the opening and its far edge; `point` is 0 for a round toe, 1 for a pointed one."""
    tip, seat = 0.085 - 0.03 * point, deck + rise
    peak = (throat, deck + tip + 0.05 + throat * 0.25)
    end = (0.96, seat + back)
    front = curve((-0.01, deck + 0.025), (0.03 * point, deck + tip), (0.05 + 0.05 * point, deck + tip + 0.045), peak)
    low, middle = deck + rise * 0.26 + depth, deck + rise * 0.72 + depth
    opening = curve(peak, (0.42, low), (0.62, middle - 0.01), (0.82, seat + depth + 0.03), end)
    low, middle = low + rise * 0.05 + 0.04, middle + rise * 0.04 + 0.03
    rim = curve(peak, (0.44, low), (0.64, middle), (0.84, seat + depth + 0.06), end)
    return front, opening, rim


def _post(seat: float, width: float, right: float) -> Part:
    """The heel: wide at the seat, `width` at the ground."""
    left = right - width
    breast = curve((0.75, seat - 0.03), (0.54 + 0.3 * left, seat * 0.72), (left - 0.012, seat * 0.35), (left, 0))
    back = curve((right, 0), (right - 0.002, seat * 0.4), (0.4 * right + 0.575, seat * 0.8), (0.968, seat + 0.014))
    return Part("heel", join(breast, back))


def _platform(base: Curve, deck: float) -> Part:
    """The sole: as thick as `deck` under the ball of the foot, thin under the arch."""
    share = np.clip((base[:, 0] - 0.3) / 0.12, 0, 1)
    under = base - np.stack([0 * share, deck * (1 - share) + 0.02 * share], 1)
    under[:, 1] = np.maximum(under[:, 1], 0)
    return Part("sole", between(raised(base, 0.004), under))


def _panels(front: Curve, opening: Curve, seam: Curve, seat: float) -> dict[str, Curve]:
    """Places where a style may put its accents: toe cap, counter, binding of the opening."""
    return {
        "toe": join(cut(front, 0, 0.62), [(0.16, -0.1), (-0.1, -0.1)]),
        "heel": join([(0.7, seat + 0.3)], seam, [(1.1, seat - 0.05), (1.1, seat + 0.3)]),
        "cuff": ribbon(opening, 0.035),
    }
