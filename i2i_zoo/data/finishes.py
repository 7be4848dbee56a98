"""How a drawn shoe is dressed: colors, material, sole and accents, chosen without looking at its silhouette."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np
from PIL import Image

Color = np.ndarray  # (3,) sRGB in [0, 1]

# name: how often, sRGB in 0..255
UPPERS = {
    "black": (15, (34, 34, 37)),
    "brown": (9, (98, 58, 36)),
    "chestnut": (7, (140, 74, 38)),
    "tan": (8, (190, 140, 90)),
    "sand": (5, (214, 186, 146)),
    "white": (8, (236, 234, 230)),
    "gray": (5, (132, 134, 138)),
    "red": (7, (190, 34, 40)),
    "burgundy": (4, (108, 28, 42)),
    "orange": (4, (226, 112, 36)),
    "yellow": (5, (238, 192, 50)),
    "olive": (3, (104, 108, 60)),
    "green": (5, (44, 132, 78)),
    "teal": (4, (40, 146, 150)),
    "sky": (4, (120, 176, 220)),
    "blue": (6, (42, 88, 180)),
    "navy": (5, (34, 44, 88)),
    "purple": (4, (110, 64, 148)),
    "pink": (6, (234, 138, 166)),
    "fuchsia": (3, (208, 42, 124)),
}
SOLES = {
    "white rubber": (5, (240, 239, 234)),
    "black rubber": (5, (40, 40, 42)),
    "tan leather": (4, (176, 128, 84)),
    "crepe": (3, (222, 196, 152)),
    "brown leather": (3, (92, 60, 42)),
}
LININGS = {
    "tan": (4, (196, 158, 116)),
    "beige": (4, (222, 204, 178)),
    "gray": (3, (150, 148, 146)),
    "black": (3, (52, 50, 50)),
}


@dataclass(frozen=True)
class Material:
    """How a surface answers the light: matte part, highlight, and the relief of its texture."""

    gloss: float
    """Strength of the highlight."""
    hardness: float
    """Exponent of the highlight: higher is smaller and harder."""
    sheen: float
    """Reflected sky: lifts what faces upward, even on black."""
    texture: str
    """Name of the texture map."""
    grain: float
    """Contrast of the texture map."""


MATERIALS = {
    "leather": Material(gloss=0.38, hardness=14, sheen=0.10, texture="grain", grain=0.06),
    "suede": Material(gloss=0.03, hardness=4, sheen=0.07, texture="nap", grain=0.08),
    "canvas": Material(gloss=0.02, hardness=4, sheen=0.05, texture="weave", grain=0.16),
    "patent": Material(gloss=0.95, hardness=42, sheen=0.16, texture="none", grain=0.0),
}
RUBBER = Material(gloss=0.10, hardness=8, sheen=0.05, texture="none", grain=0.0)
CLOTH = Material(gloss=0.0, hardness=1, sheen=0.03, texture="none", grain=0.0)
POLISHED = Material(gloss=0.3, hardness=12, sheen=0.08, texture="none", grain=0.0)
METAL = Material(gloss=0.9, hardness=10, sheen=0.2, texture="none", grain=0.0)


@dataclass(frozen=True)
class Style:
    """Colors by role of part, the material of the upper, and which panels are accented."""

    colors: dict[str, Color]
    material: Material
    accents: frozenset[str]
    texture_seed: int

    def surface(self, role: str) -> Material:
        """The material of a part."""
        others = {"sole": RUBBER, "heel": POLISHED, "lining": CLOTH, "insole": CLOTH, "tongue": CLOTH, "metal": METAL}
        return others.get(role, self.material)


def draw_style(rng: np.random.Generator) -> Style:
    """A random style; it takes the same numbers from `rng` whatever shoe it dresses."""
    base, accent, lining = pick(UPPERS, rng), pick(UPPERS, rng), pick(LININGS, rng)
    sole, lace = pick(SOLES, rng, 0.02), pick(UPPERS, rng)
    choices = rng.random(8)
    heel = base if choices[0] < 0.45 else sole if choices[0] < 0.6 else pick({"stacked": SOLES["brown leather"]}, rng)
    lace = (np.array([0.95, 0.95, 0.93]), accent, base * 0.6, lace)[int(choices[1] * 4)]
    strap = accent if choices[2] < 0.2 else base
    metal = np.array([0.85, 0.72, 0.42] if choices[3] < 0.5 else [0.78, 0.79, 0.81])
    colors = {
        "upper": base, "strap": strap, "tongue": accent * 0.9 if choices[4] < 0.3 else base * 0.85, "sole": sole,
        "lining": lining * 0.8, "insole": lining, "heel": heel, "metal": metal, "lace": lace, "accent": accent,
    }  # fmt: skip
    chances = {"toe": 0.25, "heel": 0.35, "stay": 0.25, "cuff": 0.25, "gore": 0.5, "foxing": 0.2}
    accents = {name for (name, chance), u in zip(chances.items(), rng.random(6), strict=True) if u < chance}
    accents |= {"stripe"} if choices[5] < 0.3 else {"bar 0", "bar 1"} if choices[5] < 0.55 else set()
    material = MATERIALS[("leather", "suede", "canvas", "patent")[int(np.searchsorted([0.4, 0.62, 0.82], choices[6]))]]
    return Style(colors, material, frozenset(accents), int(rng.integers(2**31)))


def pick(palette: dict[str, tuple[int, tuple[int, int, int]]], rng: np.random.Generator, spread: float = 0.05) -> Color:
    """A color near one of a palette, varied in hue, saturation and value."""
    weights = np.array([often for often, _ in palette.values()], float)
    _, color = list(palette.values())[rng.choice(len(palette), p=weights / weights.sum())]
    hue, saturation, value = colorsys.rgb_to_hsv(*(c / 255 for c in color))
    shift = rng.normal(0, 1, 3)
    saturation = np.clip(saturation * (1 + 2 * spread * shift[1]), 0, 1)
    value = np.clip(value * (1 + 1.6 * spread * shift[2]), 0, 0.97)
    return np.array(colorsys.hsv_to_rgb((hue + 0.25 * spread * shift[0]) % 1, saturation, value))


def texture_map(name: str, seed: int, side: int) -> np.ndarray:
    """Relief of a material (side, side), about in [-1, 1], drawn at fixed sizes and resampled: the same at each."""
    rng = np.random.default_rng(seed)
    if name == "none":
        return np.zeros((side, side), np.float32)
    layers = [rng.normal(0, 0.5, (n, n)) for n in {"nap": (12, 40, 110), "grain": (9, 24), "weave": (100,)}[name]]
    if name == "weave":
        thread = np.sin(np.linspace(0, 2 * np.pi * rng.uniform(40, 52), 256))
        layers.append(np.outer(thread, thread))
    return sum(_resample(layer, side) for layer in layers)


def _resample(field: np.ndarray, side: int) -> np.ndarray:
    image = Image.fromarray(field.astype(np.float32))
    return np.asarray(image.resize((side, side), Image.Resampling.BICUBIC))
