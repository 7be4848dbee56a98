"""Colors of drawn shoes: palettes and how one is picked."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping
from typing import TypeVar

import numpy as np

Color = np.ndarray  # (3,) sRGB in [0, 1]
Palette = dict[str, tuple[int, tuple[int, int, int]]]
T = TypeVar("T")

# name: how often, sRGB in 0..255
UPPERS = {
    "black": (17, (34, 34, 37)),
    "brown": (9, (98, 58, 36)),
    "chestnut": (7, (140, 74, 38)),
    "tan": (8, (190, 140, 90)),
    "sand": (5, (214, 186, 146)),
    "white": (10, (236, 234, 230)),
    "gray": (5, (132, 134, 138)),
    "red": (8, (190, 34, 40)),
    "burgundy": (4, (108, 28, 42)),
    "orange": (4, (226, 112, 36)),
    "yellow": (7, (238, 192, 50)),
    "olive": (3, (104, 108, 60)),
    "green": (7, (44, 132, 78)),
    "teal": (4, (40, 146, 150)),
    "sky": (4, (120, 176, 220)),
    "blue": (8, (42, 88, 180)),
    "navy": (5, (34, 44, 88)),
    "purple": (4, (110, 64, 148)),
    "pink": (6, (234, 138, 166)),
    "fuchsia": (3, (208, 42, 124)),
    "cream": (4, (240, 226, 196)),
    "khaki": (3, (152, 138, 98)),
    "mint": (3, (162, 218, 192)),
    "lilac": (3, (188, 166, 216)),
    "coral": (3, (240, 116, 98)),
    "gold": (2, (206, 168, 84)),
    "silver": (3, (184, 188, 194)),
}
SOLES = {
    "white rubber": (5, (240, 239, 234)),
    "black rubber": (5, (40, 40, 42)),
    "tan leather": (4, (176, 128, 84)),
    "crepe": (3, (222, 196, 152)),
    "brown leather": (3, (92, 60, 42)),
    "gum": (3, (186, 116, 58)),
    "cork": (2, (196, 148, 98)),
    "wood": (2, (150, 98, 56)),
}
NEUTRALS = {name: UPPERS[name] for name in ("black", "white", "gray", "sand", "brown")}
LININGS = {
    "tan": (4, (196, 158, 116)),
    "beige": (4, (222, 204, 178)),
    "gray": (3, (150, 148, 146)),
    "black": (3, (52, 50, 50)),
}


def choose(options: Mapping[str, tuple[int, T]], rng: np.random.Generator) -> tuple[str, T]:
    """One of the options {name: (how often, value)} with its name; takes one number from `rng`."""
    ahead = rng.random() * sum(often for often, _ in options.values())
    for name, (often, value) in options.items():
        ahead -= often
        if ahead < 0:
            return name, value
    raise AssertionError("never: the last bound is the sum")


def vary(color: tuple[int, int, int], rng: np.random.Generator, spread: float = 0.08) -> Color:
    """A color near this one (0 to 255): varied in hue, saturation and value. Takes three numbers from `rng`."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(c / 255 for c in color))
    shift = rng.normal(0, 1, 3).tolist()
    saturation = min(max(saturation * (1 + 2 * spread * shift[1]), 0), 1)
    value = min(max(value * (1 + 1.6 * spread * shift[2]), 0), 0.97)
    return np.array(colorsys.hsv_to_rgb((hue + 0.25 * spread * shift[0]) % 1, saturation, value))


def pick(palette: Palette, rng: np.random.Generator) -> Color:
    """A color near one of a palette."""
    return vary(choose(palette, rng)[1], rng)
