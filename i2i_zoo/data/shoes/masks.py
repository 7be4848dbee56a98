"""Masks of the parts of a drawn shoe: drawn several times larger, then reduced."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from .silhouettes import Curve


def zoom_of(side: int) -> int:
    """The scale of the masks: so many times larger than the picture."""
    return max(3, -(-256 // side))


class Region:
    """The pixels around one part, `margin` (a share of the side) beyond its contour, where its masks are drawn."""

    def __init__(self, contour: Curve, side: int, margin: float):
        self.side, self.zoom = side, zoom_of(side)
        left, top = np.floor((contour.min(0) - margin) * side).clip(0).astype(int)
        right, bottom = np.ceil((contour.max(0) + margin) * side).clip(max=side).astype(int)
        self.box = slice(top, bottom), slice(left, right)
        self.corner = left * self.zoom, top * self.zoom
        self.sheet = int(right - left) * self.zoom, int(bottom - top) * self.zoom

    def fill(self, contours: list[Curve]) -> Image.Image | None:
        """Enlarged mask of what lies inside of any contour; none where there is none."""
        if not contours:
            return None
        image = Image.new("L", self.sheet)
        draw = ImageDraw.Draw(image)
        for contour in contours:
            draw.polygon(self._points(contour).ravel().tolist(), fill=255)
        return image

    def strokes(self, lines: list[Curve], width: float) -> Image.Image | None:
        """Enlarged mask of lines of this width, a share of the side; none where there is none."""
        if not lines:
            return None
        image = Image.new("L", self.sheet)
        draw = ImageDraw.Draw(image)
        for line in lines:
            stroke(draw, self._points(line), round(width * self.side * self.zoom), 255)
        return image

    def coverage(self, image: Image.Image | None) -> np.ndarray | None:
        """The share of each pixel in the region that a mask covers, in [0, 1]."""
        return None if image is None else np.asarray(image.reduce(self.zoom), np.float32) * np.float32(1 / 255)

    def _points(self, line: Curve) -> Curve:
        return line * (self.side * self.zoom) - self.corner


def stroke(draw: ImageDraw.ImageDraw, line: Curve, width: int, ink: int) -> None:
    """Draw a line `width` pixels wide, its sharp corners rounded (gaps at blunt ones are finer than a pixel)."""
    draw.line(line.ravel().tolist(), fill=ink, width=width)
    if len(line) == 2:
        return
    step = line[1:] - line[:-1]
    before, after = step[:-1], step[1:]
    turn = np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0])
    sharp = turn > 0.35 * np.abs((before * after).sum(1))  # 20 degrees
    for x, y in line[1:-1][sharp].tolist():
        draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=ink)
