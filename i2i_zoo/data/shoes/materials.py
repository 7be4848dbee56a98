"""Materials of drawn shoes: the answer of surfaces to light, and what is sewn or punched into them."""

from __future__ import annotations

from dataclasses import dataclass

from .silhouettes import Curve
from .silhouettes.curves import dashes


@dataclass(frozen=True)
class Material:
    """The answer of a surface to light: matte part, highlight, and the relief of its texture."""

    gloss: float
    """Strength of the highlight."""
    hardness: float
    """Exponent of the highlight: higher is smaller and harder."""
    sheen: float
    """Reflected sky: lifts what faces upward, even on black."""
    texture: str = ""
    """Name of the texture map; none when empty."""
    grain: float = 0.0
    """Contrast of the texture map."""
    tint: float = 0.0
    """The highlight's color: 0 for white, 1 for the surface's own, as on metal."""

    @property
    def answer(self) -> tuple[float, float, float, float]:
        return self.gloss, self.hardness, self.sheen, self.tint


MATERIALS = {  # how often, material
    "leather": (9, Material(gloss=0.38, hardness=14, sheen=0.10, texture="grain", grain=0.06)),
    "suede": (4, Material(gloss=0.03, hardness=4, sheen=0.07, texture="nap", grain=0.08)),
    "nubuck": (3, Material(gloss=0.08, hardness=5, sheen=0.12, texture="fine nap", grain=0.06)),
    "canvas": (4, Material(gloss=0.02, hardness=4, sheen=0.05, texture="weave", grain=0.16)),
    "patent": (3, Material(gloss=0.95, hardness=42, sheen=0.16)),
    "satin": (2, Material(gloss=0.55, hardness=6, sheen=0.12, tint=0.5)),
    "knit": (3, Material(gloss=0.0, hardness=2, sheen=0.06, texture="knit", grain=0.17)),
    "woven": (2, Material(gloss=0.2, hardness=12, sheen=0.08, texture="basket", grain=0.3)),
    "reptile": (2, Material(gloss=0.5, hardness=18, sheen=0.10, texture="scales", grain=0.26)),
    "metallic": (2, Material(gloss=1.1, hardness=8, sheen=0.35, texture="grain", grain=0.05, tint=0.75)),
    "glitter": (1, Material(gloss=0.3, hardness=8, sheen=0.10, texture="sparkle", grain=0.5, tint=0.4)),
}
CLOTH = Material(gloss=0.0, hardness=1, sheen=0.03)
SURFACES = {
    "sole": Material(gloss=0.10, hardness=8, sheen=0.05),
    "cork": Material(gloss=0.04, hardness=8, sheen=0.05, texture="cork", grain=0.3),
    "heel": Material(gloss=0.3, hardness=12, sheen=0.08),
    "metal": Material(gloss=0.9, hardness=10, sheen=0.2),
    "lining": CLOTH, "insole": CLOTH, "tongue": CLOTH,
}  # fmt: skip


@dataclass(frozen=True)
class Marks:
    """Stitches or punched holes along the seams: dashes beside them, so long, wide and far apart."""

    beside: tuple[float, ...]
    gap: float
    length: float
    width: float

    def along(self, seams: tuple[Curve, ...]) -> list[Curve]:
        """The lines to draw."""
        return [dash for seam in seams for side in self.beside for dash in dashes(seam, side, self.gap, self.length)]


MARKS = {  # how often, marks
    "none": (9, None),
    "stitch": (5, Marks((0.016,), 0.024, 0.014, 0.007)),
    "double stitch": (3, Marks((-0.014, 0.014), 0.024, 0.014, 0.007)),
    "holes": (3, Marks((0.022,), 0.026, 0.003, 0.013)),
}
