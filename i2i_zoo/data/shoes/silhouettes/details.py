"""Pieces that several families share: laces, tongues, heel blocks, buckled straps."""

from __future__ import annotations

import numpy as np

from .curves import Curve, Point, at, between, curve, join, moved, normals, oval, raised, ribbon
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


def heel_block(base: Curve, sole: float, heel: float, breast: float, taper: float = 0.0) -> list[Part]:
    """A block under the heel and a welt along the whole foot, which ends at `base`, drawn from heel to toe.

    `taper` is how much narrower the block is at the ground.
    """
    back = 0.955 - 0.3 * taper
    front = min(breast + 0.03 + 0.7 * taper, back - 0.04)
    block = join(
        curve((breast, sole + heel), (breast + 0.02 + 0.5 * taper, heel * 0.5), (front, 0)),
        curve((back, 0), (back - 0.005 + 0.05 * taper, heel * 0.5), (0.965, sole + heel)),
    )
    edge = raised(base, 0.012)
    rim = join(edge[:1] + np.array([0.016, 0]), edge, edge[-1:] - np.array([0.012, 0.004]))
    under = curve(
        (-0.012, sole * 0.4 + 0.02), (0.06, 0.008), (0.27, 0), (0.5, heel * 0.42), (0.7, heel * 0.95), (0.97, heel)
    )  # fmt: skip
    return [Part("heel", block), Part("sole", between(rim, under[::-1]))]


def footbed(deck: float, rise: float) -> Curve:
    """The top of a sole from toe to heel: `deck` high in front, `rise` more at the heel."""
    seat = deck + rise
    return curve(
        (-0.01, deck + 0.02), (0.12, deck), (0.3, deck + 0.005), (0.5, deck + rise * 0.42), (0.75, seat),
        (0.92, seat + 0.012), (1.0, seat + 0.03),
    )  # fmt: skip


def wedge(bed: Curve, deck: float, rise: float, arch: float) -> Part:
    """A sole below `bed`, drawn from toe to heel; `arch`: 0 for a full wedge, 1 for one that leaves only a heel."""
    ground = curve(
        (-0.02, deck * 0.7 + 0.01), (0.03, 0.015), (0.15, 0), (0.35, 0), (0.55 + 0.06 * arch, arch * rise),
        (0.76, 0), (0.95, 0), (0.985, 0.02), (1.005, deck + rise),
    )  # fmt: skip
    groove = raised(bed, -0.028)
    foxing = join(groove, [(1.1, -0.1), (-0.1, -0.1)])
    return Part("sole", between(bed, ground), (groove,), panels={"foxing": foxing})


def strap_across(start: Point, end: Point, width: float, buckled: bool) -> list[Part]:
    """A strap from one point to another, bulging to the right; its buckle, if any, near the end."""
    start, end = np.asarray(start), np.asarray(end)
    spine = curve(start, moved((start + end) / 2, 0.02, 0.012), end)
    strap = Part("strap", ribbon(spine, width), panels={"stripe": ribbon(spine, width * 0.4)})
    x, y = at(spine, 0.68)
    return [strap, Part("metal", oval(x, y, width * 0.6 + 0.015, width * 0.6 + 0.02))] if buckled else [strap]


def bow(x: float, y: float, width: float) -> list[Part]:
    """Two loops and a knot."""
    loop = curve((0, 0.1), (0.55, 0.45), (1.05, 0.35), (1, -0.3), (0.5, -0.3), (0, -0.1)) * width
    left, right = (moved(loop * (sign, 1), x, y) for sign in (-1, 1))
    return [Part("strap", left), Part("strap", right), Part("strap", oval(x, y, width * 0.4, width * 0.45))]


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
