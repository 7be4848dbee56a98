"""The built-in pictures: the outline drawing and the photo-like rendering of the same shoe, aligned pixel by pixel.

Masks are drawn several times larger and reduced; color and light are computed at the final size. Content and style come
from separate streams of random numbers, and neither depends on the size.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from .finishes import Material, Style, draw_style, texture_map
from .silhouettes import Curve, Part, draw_content

INK = 25
PEN = 1 / 64  # width of the lines of the outline, in units of the picture's side, like all lengths below
LIGHT = np.array([-0.34, -0.74, 0.58])  # toward the light: left, above, in front (y down)
VIEWER = np.array([0, 0, 1])
HALFWAY = (LIGHT + VIEWER) / np.linalg.norm(LIGHT + VIEWER)


def draw_shoe(seed: int, size: int | tuple[int, int] = 64) -> tuple[np.ndarray, np.ndarray]:
    """Outline drawing and 'photo' of shoe number `seed`: two uint8 arrays (height, width, 3), aligned pixel by pixel.

    A pure function: the same arrays on every call, process and thread. `seed` is not negative. `size` is the side of a
    square (>= 2 pixels), or (height, width), where the largest square that fits is centered on white; the shoe does not
    depend on it.
    """
    height, width = (size, size) if isinstance(size, int) else size
    style = draw_style(np.random.default_rng([seed, 1]))
    layers = [Layer(part, min(height, width), style) for part in draw_content(np.random.default_rng([seed, 0]))]
    return _letterbox(_outline(layers), height, width), _letterbox(_photo(layers, style), height, width)


def _letterbox(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """A square picture (side, side, 1 or 3), values in [0, 1], centered on white, as uint8 (height, width, 3)."""
    canvas = np.full((height, width, 3), 255, np.uint8)
    side = len(picture)
    top, left = (height - side) // 2, (width - side) // 2
    canvas[top : top + side, left : left + side] = np.round(picture.clip(0, 1) * 255)
    return canvas


class Layer:
    """One part as masks: enlarged ones for the outline; for the photo, coverages in [0, 1] of the pixels in `box`."""

    def __init__(self, part: Part, side: int, style: Style):
        self.role, self.side = part.role, side
        self.zoom = max(3, -(-256 // side))
        margin = 0.05 + 1 / side  # room for the blurs, and for slopes in the smallest pictures
        low, high = part.contour.min(0) - margin, part.contour.max(0) + margin
        left, top = np.floor(low * side).clip(0).astype(int)
        right, bottom = np.ceil(high * side).clip(max=side).astype(int)
        self.box = slice(top, bottom), slice(left, right)
        self.inside = self._stencil([part.contour])
        self.contour = self._strokes([np.concatenate([part.contour, part.contour[:1]])], PEN)
        self.lines = self._strokes([*part.seams, *part.laces], PEN)
        self.mask = self._coverage(self.inside)
        self.seams = self._coverage(self._strokes(part.seams, 0.8 * PEN))
        self.laces = self._coverage(self._strokes(part.laces, 1.8 * PEN))
        self.accents = self._coverage(self._stencil([part.panels[n] for n in part.panels if n in style.accents]))

    def _stencil(self, contours: list[Curve]) -> Image.Image | None:
        image, points = self._sheet(contours)
        for contour in points:
            ImageDraw.Draw(image).polygon(contour, fill=255)
        return image

    def _strokes(self, lines: list[Curve], width: float) -> Image.Image | None:
        image, points = self._sheet(lines)
        for line in points:
            ImageDraw.Draw(image).line(line, fill=255, width=round(width * self.side * self.zoom), joint="curve")
        return image

    def _sheet(self, lines: list[Curve]) -> tuple[Image.Image | None, list[list[float]]]:
        """An enlarged black image, none when there is nothing to draw, and the points in its coordinates."""
        large = self.side * self.zoom
        return Image.new("L", (large, large)) if lines else None, [(line * large).ravel().tolist() for line in lines]

    def _coverage(self, image: Image.Image | None) -> np.ndarray | None:
        if image is None:
            return None
        rows, columns = self.box
        corners = (columns.start, rows.start, columns.stop, rows.stop)
        small = image.reduce(self.zoom, [corner * self.zoom for corner in corners])
        return np.asarray(small, np.float32) / 255


def _outline(layers: list[Layer]) -> np.ndarray:
    """Dark lines on white (side, side, 1): contours and lines of each part, hidden where a nearer part covers them."""
    paper = Image.new("L", layers[0].inside.size, 255)
    for layer in layers:
        paper.paste(255, mask=layer.inside)
        if layer.lines:
            paper.paste(INK, mask=ImageChops.darker(layer.lines, layer.inside))
        paper.paste(INK, mask=layer.contour)
    return np.asarray(paper.reduce(layers[0].zoom), np.float32)[..., None] / 255


def _photo(layers: list[Layer], style: Style) -> np.ndarray:
    """The shoe (side, side, 3) in its materials, lit from above, standing on white; painted back to front."""
    side = layers[0].side
    shape = np.zeros((side, side), np.float32)
    for layer in layers:
        shape[layer.box] = np.maximum(shape[layer.box], layer.mask)
    canvas = np.repeat(_ground(shape)[..., None], 3, 2)
    body, drawn = _blur(shape, 0.06, side), np.zeros_like(shape)
    texture = texture_map(style.material.texture, style.texture_seed, side)
    for layer in layers:
        box, soft = layer.box, _blur(layer.mask, 0.012, side)
        cast = np.roll(soft, max(1, side // 64), 0) * drawn[box]  # a part shades what lies behind and below it
        canvas[box] *= (1 - 0.45 * cast)[..., None]
        material = style.surface(layer.role)
        color = _color(layer, style) * (1 + material.grain * texture[box])[..., None]
        canvas[box] += layer.mask[..., None] * (_lit(layer, color, material, body[box], soft) - canvas[box])
        drawn[box] = np.maximum(drawn[box], layer.mask)
    return canvas


def _color(layer: Layer, style: Style) -> np.ndarray:
    """The color of each pixel before the light: base, accents, darker seams, laces."""
    base, accent, lace = (style.colors[name].astype(np.float32) for name in (layer.role, "accent", "lace"))
    color = np.broadcast_to(base, (*layer.mask.shape, 3))
    if layer.accents is not None:
        color = color + layer.accents[..., None] * (accent - color)
    if layer.seams is not None:
        color = color * (1 - 0.42 * layer.seams)[..., None]
    if layer.laces is not None:
        color = color + layer.laces[..., None] * (lace - color)
    return color


def _lit(layer: Layer, color: np.ndarray, material: Material, body: np.ndarray, soft: np.ndarray) -> np.ndarray:
    """A part under the light: blurred masks are its relief, whose normals give the matte part and the highlight."""
    side = layer.side
    relief = 0.075 * body + 0.022 * _blur(layer.mask, 0.035, side) + 0.009 * soft
    if layer.seams is not None:
        relief -= 0.004 * _blur(layer.seams, 0.008, side)
    if layer.laces is not None:
        relief += 0.012 * _blur(layer.laces, 0.008, side)
    down, right = np.gradient(relief, np.float32(1 / side))
    length = 1 / np.sqrt(1 + down**2 + right**2)
    matte, shine = (
        ((toward[2] - toward[0] * right - toward[1] * down) * length).clip(0).astype(np.float32)
        for toward in (LIGHT, HALFWAY)
    )
    edge = 0.72 + 0.28 * (2 * soft - 0.9).clip(0, 1)  # a rounded edge turns away from the viewer
    color = color * ((0.42 + 0.78 * matte) * edge)[..., None]
    gloss = material.gloss * shine**material.hardness + material.sheen * matte * edge
    return color + gloss[..., None] * (1 - color).clip(0)


def _ground(shape: np.ndarray) -> np.ndarray:
    """White paper (side, side) with the shadow of a shape that stands on it: dark where it touches, faint around."""
    side = len(shape)
    floor = np.flatnonzero(shape.max(1) > shape.max() / 2)[-1] + 1
    touching = shape[floor - max(1, side // 16) : floor].max(0)
    y = ((np.arange(side) + 0.5 - floor) / side).astype(np.float32)[:, None]
    near = _blur(np.exp(-((y / 0.012) ** 2)) * touching, 0.012, side)
    around = _blur(np.exp(-(((y - 0.006) / 0.022) ** 2)) * shape.max(0), 0.02, side)
    return 1 - 0.42 * near - 0.14 * around


def _blur(field: np.ndarray, sigma: float, side: int) -> np.ndarray:
    """Gaussian blur of a region (h, w) of the picture, black outside.

    Sums of shifted copies: a matrix product would be shorter, but slow where BLAS threads compete for the cores.
    """
    weights = _weights(sigma * side)
    reach = len(weights) - 1
    for _ in range(2):  # down the columns, then along the rows
        height, width = field.shape
        padded = np.zeros((height + 2 * reach, width), np.float32)
        padded[reach : reach + height] = field
        total = weights[0] * padded[reach : reach + height]
        for step in range(1, reach + 1):
            pair = padded[reach - step : reach - step + height] + padded[reach + step : reach + step + height]
            pair *= weights[step]
            total += pair
        field = total.T
    return field


@lru_cache(maxsize=64)
def _weights(sigma: float) -> tuple[float, ...]:
    """Half a Gaussian kernel, from its middle to 2.6 sigma (pixels); the whole kernel sums to 1."""
    half = np.exp(-0.5 * (np.arange(int(2.6 * sigma) + 2) / sigma) ** 2)
    return tuple(float(weight) for weight in half / (2 * half.sum() - half[0]))
