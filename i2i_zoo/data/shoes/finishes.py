"""The colors, patterns and light of a drawn shoe: chosen without looking at its silhouette."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .materials import MARKS, MATERIALS, SURFACES, Marks, Material
from .palette import LININGS, NEUTRALS, SOLES, UPPERS, Color, choose, pick, vary
from .textures import Pattern

PATTERNS = {  # how often, range of the repeat
    "none": (34, (1.0, 1.0)),
    "fade": (4, (0.5, 0.9)),
    "stripes": (2, (0.05, 0.12)),
    "pinstripes": (2, (0.05, 0.08)),
    "check": (2, (0.05, 0.12)),
    "dots": (2, (0.05, 0.08)),
    "blots": (3, (0.2, 0.4)),
    "spots": (3, (0.12, 0.2)),
}
ACCENTS = {"toe": 0.25, "heel": 0.3, "stay": 0.25, "cuff": 0.25, "gore": 0.5, "foxing": 0.2}  # how likely


@dataclass(frozen=True)
class Light:
    """The place of the lamp, and the way its light falls off over the picture."""

    toward: np.ndarray
    """Unit vector toward the lamp: right, down, toward the viewer."""
    level: float
    slope: tuple[float, float]
    """The gain of brightness to the right and down."""

    @property
    def directions(self) -> tuple[np.ndarray, np.ndarray]:
        """Toward the lamp and, for the highlight, half way between it and the viewer; float32."""
        half = self.toward + np.array([0, 0, 1])
        return self.toward.astype(np.float32), (half / np.linalg.norm(half)).astype(np.float32)

    def falloff(self, side: int) -> np.ndarray:
        """Brightness of the light (side, side)."""
        steps = ((np.arange(side) + 0.5) / side - 0.5).astype(np.float32)
        return self.level + steps * np.float32(self.slope[0]) + (steps * np.float32(self.slope[1]))[:, None]


@dataclass(frozen=True)
class Style:
    """Colors by role of part, the materials, what is accented and marked, and the light."""

    colors: dict[str, Color]
    material: Material
    sole: Material
    accents: frozenset[str]
    marks: Marks | None
    pattern: Pattern | None
    place: tuple[int, int]
    """The place in its texture that the material was cut from."""
    light: Light

    def surface(self, role: str) -> Material:
        """The material of a part."""
        return self.sole if role == "sole" else SURFACES.get(role, self.material)


def draw_style(rng: np.random.Generator) -> Style:
    """A random style; it takes its numbers from `rng` whatever shoe it dresses."""
    sole, _ = choose(SOLES, rng)
    colors = _colors(rng, vary(SOLES[sole][1], rng, 0.03))
    accents = {name for name, chance in ACCENTS.items() if rng.random() < chance}
    side = rng.random()
    accents |= {"stripe"} if side < 0.3 else {"bar 0", "bar 1"} if side < 0.55 else set()
    place = tuple(rng.integers(0, 32, 2).tolist())
    return Style(
        colors=colors,
        material=choose(MATERIALS, rng)[1],
        sole=SURFACES.get(sole, SURFACES["sole"]),
        accents=frozenset(accents),
        marks=choose(MARKS, rng)[1],
        pattern=_pattern(rng),
        place=place,
        light=_light(rng),
    )


def _colors(rng: np.random.Generator, sole: Color) -> dict[str, Color]:
    """The color of each role, and of accents, pattern, laces and marks: relatives of one base color or its contrast."""
    base, lining, other = pick(UPPERS, rng), pick(LININGS, rng), pick(UPPERS, rng)
    neutral, third = pick(NEUTRALS, rng), pick(UPPERS, rng)
    shade = base * 0.55 if base.mean() > 0.45 else base + 0.35 * (1 - base)
    u = rng.random(8)
    accent = _by(u[0], (0.45, other), (0.75, neutral), (1, shade))
    sole = _by(u[1], (0.84, sole), (0.92, base), (1, third))
    light = np.array([0.95, 0.95, 0.93])
    return {
        "upper": base, "accent": accent, "lining": lining * 0.8, "insole": lining, "sole": sole,
        "strap": accent if u[2] < 0.2 else base,
        "tongue": accent * 0.9 if u[3] < 0.3 else base * 0.85,
        "heel": _by(u[4], (0.4, base), (0.6, sole), (0.85, vary(SOLES["brown leather"][1], rng)), (1, accent)),
        "metal": _by(u[5], (0.45, np.array([0.85, 0.72, 0.42])), (0.9, np.array([0.78, 0.79, 0.81])), (1, base * 0.4)),
        "lace": _by(u[6], (0.3, light), (0.5, accent), (0.75, base * 0.6), (1, third)),
        "mark": _by(u[7], (0.4, base * 0.45), (0.65, light), (0.85, shade), (1, accent)),
        "pattern": _by(u[0], (0.3, neutral), (0.75, shade), (1, other)),
    }  # fmt: skip


def _by(u: float, *options: tuple[float, Color]) -> Color:
    """The first option whose bound lies above `u`."""
    return next(color for bound, color in options if u < bound)


def _pattern(rng: np.random.Generator) -> Pattern | None:
    kind, (low, high) = choose(PATTERNS, rng)
    size, angle, shift = rng.uniform(low, high), rng.uniform(0, np.pi), rng.uniform(0, 50)
    return None if kind == "none" else Pattern(kind, size, angle, shift)


def _light(rng: np.random.Generator) -> Light:
    """Draw the direction of the light: from above and in front, more often from the left."""
    toward = np.array([rng.uniform(-0.65, 0.35), rng.uniform(-0.85, -0.6), rng.uniform(0.5, 0.7)])
    slope = rng.uniform(-0.2, 0.2), rng.uniform(-0.2, 0.2)
    return Light(toward / np.linalg.norm(toward), rng.uniform(0.92, 1.06), slope)
