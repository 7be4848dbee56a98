"""Pieces that several families share: laces, tongues, heel blocks, buckled straps."""

from __future__ import annotations

import numpy as np

from .curves import Curve, Point, at, between, curve, join, normals, oval, raised, ribbon
from .part import Part


def lacing(instep: Curve, count: int, reach: float) -> tuple[Curve, ...]:
    """Short bars across the upper end of the foot, from toe to ankle."""
    where = np.linspace(0.06, 0.94, count)
    starts, across = at(instep, where), normals(instep)[(where * (len(instep) - 1)).astype(int)]
    bend = np.array([0.012, 0])
    return tuple(
        np.stack([start - 0.012 * inward, start + 0.5 * reach * inward + bend, start + reach * inward])
        for start, inward in zip(starts, across, strict=True)
    )


def tongue(*spine: Point, width: float) -> Part:
    """A padded tongue with a round end, the last point."""
    line = curve(*spine)
    along = np.linspace(0, 1, len(line))
    return Part("tongue", ribbon(line, width * np.sqrt(1 - 0.96 * along**6)))


def heel_block(base: Curve, sole: float, heel: float, breast: float) -> list[Part]:
    """A block under the heel and a welt along the whole foot, which ends at `base`, drawn from heel to toe."""
    block = join(
        curve((breast, sole + heel), (breast + 0.02, heel * 0.5), (breast + 0.03, 0)),
        curve((0.955, 0), (0.95, heel * 0.5), (0.965, sole + heel)),
    )
    edge = raised(base, 0.012)
    rim = join(edge[:1] + np.array([0.016, 0]), edge, edge[-1:] - np.array([0.012, 0.004]))
    under = curve(
        (-0.012, sole * 0.4 + 0.02), (0.06, 0.008), (0.27, 0), (0.5, heel * 0.42), (0.7, heel * 0.95), (0.97, heel)
    )  # fmt: skip
    return [Part("heel", block), Part("sole", between(rim, under[::-1]))]


def ankle_strap(x: float, y: float, anchor: Point) -> list[Part]:
    """A loop around the ankle (far half first), held by a strap from `anchor`, the top of the back, with a buckle."""
    far = curve((x - 0.15, y + 0.01), (x - 0.08, y + 0.045), (x + 0.06, y + 0.045), (x + 0.155, y + 0.01))
    near = curve((x - 0.15, y + 0.01), (x - 0.08, y - 0.02), (x + 0.06, y - 0.03), (x + 0.155, y + 0.01))
    holder = curve((anchor[0] - 0.005, anchor[1] - 0.03), (x + 0.16, (y + anchor[1]) / 2), (x + 0.15, y + 0.02))
    return [
        Part("lining", ribbon(far, 0.028)),
        Part("strap", ribbon(holder, 0.03)),
        Part("strap", ribbon(near, 0.03)),
        Part("metal", oval(x - 0.04, y - 0.024, 0.035, 0.045)),
    ]
