"""The grain of materials and the patterns in two colors on a drawn shoe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

FINE = 512  # pixels of a texture before it is resampled


@lru_cache(maxsize=16)
def _sheet(name: str, side: int) -> np.ndarray:
    """A texture that repeats, two pictures wide and high."""
    reduced = Image.fromarray(TEXTURES[name]().astype(np.float32)).resize((side, side), Image.Resampling.BOX)
    return np.tile(np.asarray(reduced), (2, 2))


def texture_map(name: str, place: tuple[int, int], side: int) -> np.ndarray:
    """Relief of a material (side, side), about in [-1, 1], seen at a place (in 32nds of the picture, 0 to 31)."""
    top, left = (where * side // 32 for where in place)
    return _sheet(name, side)[top : top + side, left : left + side]


@dataclass(frozen=True)
class Pattern:
    """A pattern in two colors: its kind, the size of its repeat (a share of the picture), its angle and its shift."""

    kind: str
    size: float
    angle: float
    shift: float

    def map(self, side: int) -> np.ndarray:
        """The second color's share of each pixel (side, side), in [0, 1]."""
        steps = ((np.arange(side) + 0.5) / (side * self.size)).astype(np.float32)
        down, right, shift = steps[:, None], steps[None, :], np.float32(self.shift)
        cos, sin = np.float32(np.cos(self.angle)), np.float32(np.sin(self.angle))
        sharp = np.float32(0.16 * side * self.size)  # an edge takes about a pixel
        return PATTERNS[self.kind](cos * right + sin * down + shift, cos * down - sin * right + shift, sharp)


def _wave(phase: np.ndarray) -> np.ndarray:
    return np.sin(np.float32(2 * np.pi) * phase)


def _step(value: np.ndarray, sharp: float) -> np.ndarray:
    return (value * sharp + 0.5).clip(0, 1)


def _blots(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A smooth field without a visible period: waves that bend waves."""
    return _wave(0.31 * x + 0.4 * _wave(0.23 * y)) + _wave(0.37 * y + 0.35 * _wave(0.29 * x + 0.1 * y))


PATTERNS: dict[str, Callable[[np.ndarray, np.ndarray, float], np.ndarray]] = {
    "stripes": lambda x, y, sharp: _step(_wave(x) + 0 * y, sharp),
    "pinstripes": lambda x, y, sharp: _step(_wave(x) - 0.8 + 0 * y, sharp),
    "check": lambda x, y, sharp: (_step(_wave(x), sharp) + _step(_wave(y), sharp)) / 2,
    "dots": lambda x, y, sharp: _step(_wave(x) + _wave(y) - 1.2, sharp),
    "fade": lambda x, y, sharp: ((x - x.mean()) * 0.35 + 0.5).clip(0, 1) + 0 * y,
    "blots": lambda x, y, sharp: _step(_blots(2 * x, 2 * y) - 0.35, 0.5 * sharp),
    "spots": lambda x, y, sharp: _step(0.75 - np.abs(_blots(2.6 * x, 2.6 * y) - 0.9), 0.5 * sharp),
}


def _noise(*cells: int) -> np.ndarray:
    """Smooth noise of several grain sizes, each so many cells wide."""
    rng = np.random.default_rng(0)
    return sum(_enlarge(rng.normal(0, 0.5, (count, count))) for count in cells)


def _enlarge(cells: np.ndarray) -> np.ndarray:
    """Cells that repeat, interpolated to (FINE, FINE) without a visible border."""
    count, rim = len(cells), 3
    image = Image.fromarray(np.pad(cells, rim, "wrap").astype(np.float32))
    box = (rim, rim, rim + count, rim + count)
    return np.asarray(image.resize((FINE, FINE), Image.Resampling.BICUBIC, box=box))


def _threads(count: int, bend: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Phases of `count` threads down the rows and along the columns; `bend` turns the columns into chevrons."""
    y, x = np.mgrid[:FINE, :FINE] / FINE * count
    return y + bend * np.abs(x % 1 - 0.5), x


def _weave() -> np.ndarray:
    y, x = _threads(46)
    return _wave(x) * _wave(y) + _noise(100)


def _knit() -> np.ndarray:
    y, x = _threads(26, bend=1.4)
    return 0.7 * _wave(y) - 0.5 * np.cos(2 * np.pi * x) + 0.5 * _noise(90)


def _basket() -> np.ndarray:
    y, x = _threads(22)
    over = (np.floor(x) + np.floor(y)) % 2
    return np.where(over, np.sin(np.pi * (x % 1)), np.sin(np.pi * (y % 1))) * 2 - 1.3 + 0.2 * _noise(60)


def _scales() -> np.ndarray:
    """Distance to the border of the nearest cell of an uneven grid (Worley 1996): reptile leather."""
    count, rng = 24, np.random.default_rng(0)
    seeds = rng.uniform(0.15, 0.85, (count, count, 2))
    y, x = np.mgrid[:FINE, :FINE] / FINE * count
    row, column = y.astype(int), x.astype(int)
    near = []
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            seed = seeds[(row + i) % count, (column + j) % count]
            near.append(np.hypot(row + i + seed[..., 0] - y, column + j + seed[..., 1] - x))
    first, second = np.partition(near, 1, axis=0)[:2]
    return (4 * (second - first)).clip(0, 1) * 1.6 - 1.1


def _sparkle() -> np.ndarray:
    return (_noise(110, 60) - 0.7).clip(0, 1.6) * 2.2 - 0.3


TEXTURES: dict[str, Callable[[], np.ndarray]] = {
    "grain": lambda: _noise(9, 24),
    "nap": lambda: _noise(12, 40, 110),
    "fine nap": lambda: _noise(16, 150),
    "weave": _weave,
    "knit": _knit,
    "basket": _basket,
    "scales": _scales,
    "sparkle": _sparkle,
    "cork": lambda: _noise(70, 120).clip(-1, 0.5),
}
