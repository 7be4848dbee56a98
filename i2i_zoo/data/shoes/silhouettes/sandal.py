"""Sandals: straps over a flat, platform or wedge sole; a slide, a closed back or a T-strap."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .curves import Curve, Point, between, curve, join, raised, ribbon
from .details import ankle_strap, footbed, wedge
from .part import Part


def sandal(rng: np.random.Generator) -> list[Part]:
    """A sandal: far halves of the straps, footbed, what holds the heel, near halves of the straps, loops, sole."""
    dial = rng.uniform
    deck, rise, arch = dial(0.035, 0.13), dial(0, 1) ** 1.6 * 0.34, dial(0, 0.9)
    seat = deck + rise
    bed = footbed(deck, rise)
    far, near = _straps(rng, bed)
    top, kind = seat + dial(0.26, 0.36), rng.choice(["slide", "counter", "T"], p=[0.2, 0.4, 0.4])
    crest = max(near[-1].contour, key=lambda point: point[1])
    loop = ankle_strap(0.81, top, (0.97, seat + 0.1)) if kind != "slide" else []
    loops = _gladiator(seat, top, int(rng.integers(1, 4))) if kind != "slide" and rng.random() < 0.25 else []
    insole = Part("insole", between(raised(bed, 0.012), raised(bed, -0.01)))
    return [
        *loop[:1],
        *far,
        insole,
        *_back(kind, seat, top, crest),
        *near,
        *loop[1:],
        *loops,
        wedge(bed, deck, rise, arch),
    ]


def _straps(rng: np.random.Generator, bed: Curve) -> tuple[list[Part], list[Part]]:
    """One to four straps over the toes: their far inner halves, their near halves."""
    dial, count = rng.uniform, int(rng.integers(1, 5))
    edges = np.linspace(dial(0.1, 0.16), dial(0.4, 0.46) + 0.03 * count, count + 1)
    gap, lean, height = dial(0.02, 0.04) * (count > 1), dial(0.08, 0.18), dial(0.12, 0.2)
    pairs = [_strap(bed, start, stop - gap, lean, height) for start, stop in pairwise(edges)]
    far, near = zip(*pairs, strict=True)
    return list(far), list(near)


def _strap(bed: Curve, start: float, stop: float, lean: float, height: float) -> tuple[Part, Part]:
    """One strap from `start` to `stop` along the bed, rising by `height` and leaning back by `lean`."""

    def edge(foot: float, *steps: Point) -> Curve:
        points = [(foot + lean * along, height * up * (0.6 + foot)) for along, up in steps]
        return curve(*((x, np.interp(x, *bed.T) + y) for x, y in points))

    front = edge(start, (0, -0.1), (0.08, 0.45), (0.45, 0.88), (1, 1))
    rear = edge(stop, (0, -0.1), (0.1, 0.45), (0.45, 0.86), (0.85, 1.02))
    far_front = edge(start, (1, 1), (1.3, 0.7), (1.4, 0))
    far_rear = edge(stop, (0.85, 1.02), (1.15, 0.7), (1.25, 0))
    stripe = {"stripe": ribbon((front + rear) / 2, (stop - start) * 0.35)}
    return Part("lining", between(far_front, far_rear)), Part("strap", between(front, rear), panels=stripe)


def _back(kind: str, seat: float, top: float, crest: Point) -> list[Part]:
    """The joint of the sole and the loop around the ankle: nothing, a closed counter, or a T of two bands."""
    if kind == "slide":
        return []
    if kind == "counter":
        edge = curve((0.64, seat - 0.03), (0.74, seat + 0.07), (0.86, seat + 0.13), (0.93, top + 0.01))
        back = curve((0.965, top + 0.01), (0.985, seat + 0.15), (0.98, seat))
        return [Part("strap", join(edge, back), panels={"heel": join(edge + np.array([0.08, 0]), back)})]
    bar = curve((crest[0] - 0.06, crest[1] - 0.03), ((crest[0] + 0.66) / 2, (crest[1] + top) / 2 - 0.015), (0.675, top))
    rear = curve((0.93, seat), (0.965, (seat + top) / 2), (0.95, top + 0.01))
    return [Part("strap", ribbon(bar, 0.045)), Part("strap", ribbon(rear, 0.05))]


def _gladiator(seat: float, top: float, count: int) -> list[Part]:
    """More bands around the leg, below the loop and above the heel."""
    heights = np.linspace(seat + 0.12, top, count + 2)[1:-1]
    bands = [curve((0.68, y - 0.01), (0.78, y - 0.035), (0.9, y - 0.025), (0.965, y)) for y in heights]
    return [Part("strap", ribbon(band, 0.024)) for band in bands]
