"""Silhouettes of eight families of shoes, each with continuous shape parameters.

A shoe is a list of parts, back to front, seen from the side with the toe to the left. A family draws it with x from 0
(toe) to 1 (heel), y up and the ground at 0, in units of the shoe's length.
"""

from __future__ import annotations

import numpy as np

from .boot import boot
from .curves import Curve
from .flat import flat
from .loafer import loafer
from .mule import mule
from .oxford import oxford
from .part import Part
from .pump import pump
from .sandal import sandal
from .sneaker import sneaker

__all__ = ["FAMILIES", "Curve", "Part", "draw_content"]

FAMILIES = (sneaker, boot, pump, sandal, loafer, oxford, flat, mule)
OFTEN = np.array([5, 6, 5, 5, 3, 3, 2, 3])  # low closed shoes look alike, so each of these families is rarer


def draw_content(rng: np.random.Generator) -> list[Part]:
    """A random shoe in the unit square (y down), back to front: its family, its shape, its place."""
    parts = FAMILIES[rng.choice(len(FAMILIES), p=OFTEN / OFTEN.sum())](rng)
    points = np.concatenate([part.contour for part in parts])
    low, high = points.min(0), points.max(0)
    scale = np.min(rng.uniform((0.82, 0.78), (0.92, 0.88)) / (high - low))
    middle = 0.5 + rng.uniform(-0.02, 0.02, 2)
    return [part.map(lambda line: (line - (low + high) / 2) * (scale, -scale) + middle) for part in parts]
