"""The built-in pictures: the outline drawing and the photo-like rendering of the same shoe, aligned pixel by pixel.

Content and style come from separate streams of random numbers, and neither depends on the size.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from .finishes import draw_style
from .masks import Region, stroke, zoom_of
from .rendering import render
from .silhouettes import Part, draw_content

INK = 25
PEN = 1 / 64  # width of the lines of the outline, a share of the picture's side


def draw_shoe(seed: int, size: int | tuple[int, int] = 64) -> tuple[np.ndarray, np.ndarray]:
    """Outline drawing and 'photo' of shoe number `seed`: two uint8 arrays (height, width, 3), aligned pixel by pixel.

    A pure function: the same arrays on every call, process and thread. `seed` is not negative. `size` is the side of a
    square (>= 2 pixels), or (height, width), where the largest square that fits is centered on white; the shoe does not
    depend on it.
    """
    return draw_outline(seed, size), draw_photo(seed, size)


def draw_outline(seed: int, size: int | tuple[int, int] = 64) -> np.ndarray:
    """The outline of `draw_shoe` alone."""
    return _letterbox(lambda side: _outline(_parts(seed), side), size)


def draw_photo(seed: int, size: int | tuple[int, int] = 64) -> np.ndarray:
    """The photo of `draw_shoe` alone."""
    style = draw_style(np.random.default_rng([seed, 1]))
    return _letterbox(lambda side: render(_parts(seed), style, side), size)


def _parts(seed: int) -> list[Part]:
    return draw_content(np.random.default_rng([seed, 0]))


def _letterbox(draw: Callable[[int], np.ndarray], size: int | tuple[int, int]) -> np.ndarray:
    """A square picture (side, side, 1 or 3), values in [0, 1], centered on white, as uint8 (height, width, 3)."""
    height, width = (size, size) if isinstance(size, int) else size
    side = min(height, width)
    canvas = np.full((height, width, 3), 255, np.uint8)
    top, left = (height - side) // 2, (width - side) // 2
    canvas[top : top + side, left : left + side] = np.round(draw(side).clip(0, 1) * 255)
    return canvas


def _outline(parts: list[Part], side: int) -> np.ndarray:
    """Dark lines on white (side, side, 1): contours and lines of each part, hidden where a nearer part covers them."""
    large = side * zoom_of(side)
    paper = Image.new("L", (large, large), 255)
    draw, pen = ImageDraw.Draw(paper), round(PEN * large)
    for part in parts:
        draw.polygon((part.contour * large).ravel().tolist(), fill=255)
        if part.seams or part.laces:
            region = Region(part.contour, side, PEN)
            lines = region.strokes([*part.seams, *part.laces], PEN)
            paper.paste(INK, region.corner, ImageChops.darker(lines, region.fill([part.contour])))
        stroke(draw, np.concatenate([part.contour, part.contour[:2]]) * large, pen, INK)
    return np.asarray(paper.reduce(zoom_of(side)), np.float32)[..., None] / 255
