"""Boots: from the ankle to the knee, on a block heel; zipped, laced or with an elastic side."""

from __future__ import annotations

import numpy as np

from .curves import Curve, at, beside, between, curve, cut, join, oval, raised, ribbon
from .details import heel_block, lacing
from .part import Part


def boot(rng: np.random.Generator) -> list[Part]:
    """A boot: lining, upper, heel, sole."""
    dial = rng.uniform
    sole, heel = dial(0.025, 0.09), dial(0.03, 0.13) if rng.random() < 0.6 else dial(0.13, 0.3)
    height = sole + heel * 0.8 + (dial(0.46, 0.7) if rng.random() < 0.5 else dial(0.7, 1.25))
    shaft = np.array([dial(0.4, 0.51), dial(0.9, 1.02)])
    front, back, base = _leg(sole, heel, height, dial(0, 1), shaft, dial(-0.03, 0.04))
    middle = (front[-1] + back[0]) / 2 - np.array([0, dial(0.01, 0.04)])
    top = curve(front[-1], middle, back[0])
    rim = curve(top[0], middle + np.array([0, 0.055]), top[-1])
    ankle = sole + heel * 0.8 + 0.33
    counter = curve((1.0, ankle - 0.04), (0.84, ankle - 0.06), (0.75, ankle - 0.16), (0.72, sole + heel * 0.9))
    seams, laces, gore = _closing(rng, front, height, ankle, sole + heel)
    if laces:  # They begin where the seam across the vamp would, so the toe has a cap instead.
        toe = curve(at(front, 0.2), (0.24, sole + 0.13), (0.22, sole))
    else:
        toe = curve(at(front, 0.4), (0.5, ankle - 0.06), (0.61, ankle - 0.12), (0.66, sole + heel * 0.7))
    panels = {
        "toe": join(cut(front, 0, 0.2 if laces else 0.4), toe, [(toe[-1, 0], -0.1), (-0.1, -0.1)]),
        "heel": join(counter, [(0.72, 0), (1.1, 0)]),
        "cuff": between(raised(top, 0.3), raised(top, -dial(0.06, 0.14))),
        **gore,
    }
    return [
        Part("lining", between(rim, top)),
        Part("upper", join(front, top, back, base), (*seams, toe, counter), laces, panels),
        *_trimmings(rng, front, back, top, ankle),
        *heel_block(base, sole, heel, dial(0.64, 0.76), dial(0, 0.9) * heel),
    ]


def _trimmings(rng: np.random.Generator, front: Curve, back: Curve, top: Curve, ankle: float) -> list[Part]:
    """A turned down cuff, a buckled strap around the ankle, or nothing."""
    kind, depth, drop = rng.choice(["none", "cuff", "strap"], p=[0.6, 0.2, 0.2]), rng.uniform(0.09, 0.18), -0.03
    if kind == "cuff":
        wide = (top - top.mean(0)) * (1.08, 1) + top.mean(0)
        return [Part("lining", between(raised(wide, 0.012), raised(wide, -depth)))]
    if kind == "strap":
        left, right = (np.interp(ankle, *line[::step, ::-1].T) for line, step in ((front, 1), (back, -1)))
        start, end = np.array([left + 0.012, ankle]), np.array([right - 0.008, ankle + drop])
        spine = curve(start, (start + end) / 2 - np.array([0, 0.03]), end)
        buckle = at(spine, rng.uniform(0.4, 0.6))
        return [Part("strap", ribbon(spine, 0.05)), Part("metal", oval(*buckle, 0.055, 0.07))]
    return []


def _leg(
    sole: float, heel: float, height: float, point: float, shaft: np.ndarray, slant: float
) -> tuple[Curve, Curve, Curve]:
    """Front (toe to shin), back (top to heel), base (heel to toe); `point`: 0 for a round toe, 1 for a pointed one."""
    lift, (near, far) = sole + heel * 0.8, shaft
    front = curve(
        (0.0, sole + 0.02), (0.005 + 0.02 * point, sole + 0.085 - 0.03 * point),
        (0.045 + 0.05 * point, sole + 0.14 - 0.03 * point), (0.17, sole + 0.175), (0.32, sole + heel * 0.35 + 0.22),
        (0.42, lift + 0.3), (near + 0.01, lift + 0.43), (near, (height + lift + 0.5) / 2), (near - 0.005, height),
    )  # fmt: skip
    back = curve(
        (far, height + slant), ((far + 0.93) / 2, (height + lift + 0.4) / 2), (0.92, lift + 0.3),
        (0.958, lift + 0.14), (0.945, sole + heel),
    )  # fmt: skip
    arch = (0.7, sole + heel * 0.95), (0.5, sole + heel * 0.42)
    base = curve((0.945, sole + heel), *arch, (0.27, sole), (0.0, sole + 0.02))
    return front, back, base


def _closing(
    rng: np.random.Generator, front: Curve, height: float, ankle: float, seat: float
) -> tuple[list[Curve], tuple[Curve, ...], dict[str, Curve]]:
    """The closure: seams, laces and the elastic panel of a zip, laces or an elastic side."""
    kind, x, depth = rng.integers(3), rng.uniform(0.66, 0.75), rng.uniform(0.3, 0.4)
    if kind == 0:
        return [curve((x, seat + 0.04), (x - 0.015, ankle), (x, height * 0.98))], (), {}
    if kind == 1:
        stay = join(at(front, np.array([0.4])), beside(cut(front, 0.42, 0.99, 24), 0.14))
        return [stay], lacing(cut(front, 0.42, 0.97, 24), int(5 + 6 * (height - 0.4)), 0.11), {}
    low = max(height - depth, ankle - 0.1)
    half = (height + low) / 2
    gore = curve((x - 0.08, height + 0.1), (x - 0.06, half), (x, low), (x + 0.07, half), (x + 0.09, height + 0.1))
    return [gore], (), {"gore": gore}
