"""The photo of a drawn shoe: its materials in the light of a lamp, standing on white."""

from __future__ import annotations

import numpy as np

from .blurring import blur, weights
from .finishes import Style
from .masks import Region
from .silhouettes import Part
from .textures import texture_map

SEAM, LACE = 1 / 80, 1.8 / 64  # widths of lines, shares of the picture's side, like all lengths below
MARGIN = 0.05  # room for the blurs
# What is known of each pixel before the light: color, slopes of the relief, roundness of the edge, light that comes
# past nearer parts, and how the surface answers (see `Material`).
RED, DOWN, RIGHT, EDGE, OPEN, GLOSS, HARDNESS, SHEEN, TINT = 0, 3, 4, 5, 6, 7, 8, 9, 10


class Layer:
    """One part as shares of the pixels in `box` that it, its lines and its accents cover."""

    def __init__(self, part: Part, side: int, style: Style):
        region = Region(part.contour, side, MARGIN + 1 / side)
        self.role, self.side, self.box = part.role, side, region.box
        self.mask = region.coverage(region.fill([part.contour]))
        self.seams = region.coverage(region.strokes(part.seams, SEAM))
        self.laces = region.coverage(region.strokes(part.laces, LACE))
        self.accents = region.coverage(region.fill([part.panels[n] for n in part.panels if n in style.accents]))
        marks = style.marks.along(part.seams) if style.marks and part.role != "sole" else []
        self.marks = region.coverage(region.strokes(marks, style.marks.width)) if marks else None


def render(parts: list[Part], style: Style, side: int) -> np.ndarray:
    """The shoe (side, side, 3) in its materials, lit from above, standing on white; values about in [0, 1].

    The parts are laid over each other back to front, then lit all at once.
    """
    layers = [Layer(part, side, style) for part in parts]
    shape = np.zeros((side, side), np.float32)
    for layer in layers:
        shape[layer.box] = np.maximum(shape[layer.box], layer.mask)
    body = blur(shape, 0.06, side)
    surface, drawn = np.zeros((11, side, side), np.float32), np.zeros_like(shape)
    pattern = style.pattern.map(side) if style.pattern else None
    for layer in layers:
        below, before, soft = surface[:, *layer.box], drawn[layer.box], blur(layer.mask, 0.012, side)
        drop = max(1, side // 64)
        below[OPEN, drop:] *= 1 - 0.45 * soft[:-drop] * before[drop:]  # It shades what is behind and below it.
        after = layer.mask + before * (1 - layer.mask)
        below += (layer.mask / np.maximum(after, 1e-6)) * (_surface(layer, style, body, soft, pattern) - below)
        drawn[layer.box] = after
    ground = _ground(shape)[..., None]
    return ground + drawn[..., None] * (_lit(surface, style) - ground)


def _surface(layer: Layer, style: Style, body: np.ndarray, soft: np.ndarray, pattern: np.ndarray | None) -> np.ndarray:
    """Compute what is known of the pixels of a part (11, h, w) before the light."""
    material = style.surface(layer.role)
    values = np.empty((11, *layer.mask.shape), np.float32)
    values[RED:DOWN] = _color(layer, style, pattern)
    if material.texture:
        values[RED:DOWN] *= 1 + material.grain * texture_map(material.texture, style.place, layer.side)[layer.box]
    relief = _relief(layer, body[layer.box], soft) * np.float32(layer.side / 2)
    values[DOWN : RIGHT + 1] = 0
    np.subtract(relief[2:], relief[:-2], out=values[DOWN, 1:-1])  # `numpy.gradient` takes longer on small pictures.
    np.subtract(relief[:, 2:], relief[:, :-2], out=values[RIGHT, :, 1:-1])
    values[EDGE] = 0.72 + 0.28 * (2 * soft - 0.9).clip(0, 1)  # A rounded edge turns away from the viewer.
    values[OPEN] = 1
    values[GLOSS], values[HARDNESS], values[SHEEN], values[TINT] = material.answer
    return values


def _color(layer: Layer, style: Style, pattern: np.ndarray | None) -> np.ndarray:
    """The color of each pixel (3, h, w) before the light: base, pattern, accents, darker seams, thread, laces."""
    color = np.empty((3, *layer.mask.shape), np.float32)
    color[:] = style.colors[layer.role][:, None, None]
    if pattern is not None and layer.role in ("upper", "strap"):
        _paint(color, pattern[layer.box], style.colors["pattern"])
    if layer.accents is not None:
        _paint(color, layer.accents, style.colors["accent"])
    if layer.seams is not None:
        color *= 1 - 0.42 * layer.seams
    if layer.marks is not None:
        _paint(color, layer.marks, style.colors["mark"])
    if layer.laces is not None:
        _paint(color, layer.laces, style.colors["lace"])
    return color


def _paint(color: np.ndarray, share: np.ndarray, over: np.ndarray) -> None:
    color += share * (over.astype(np.float32)[:, None, None] - color)


def _relief(layer: Layer, body: np.ndarray, soft: np.ndarray) -> np.ndarray:
    """The height by which a part bulges toward the viewer: blurred masks."""
    relief = 0.075 * body + 0.022 * blur(layer.mask, 0.035, layer.side) + 0.009 * soft
    grooves = 0 if layer.seams is None else -0.004 * layer.seams
    ridges = 0 if layer.laces is None else 0.012 * layer.laces
    lines = ridges + grooves
    return relief if isinstance(lines, int) else relief + blur(lines, 0.008, layer.side)


def _lit(surface: np.ndarray, style: Style) -> np.ndarray:
    """The surface in the light (side, side, 3): a matte part and a highlight (Blinn 1977) from the normals."""
    down, right = surface[DOWN], surface[RIGHT]
    length = 1 / np.sqrt(1 + down**2 + right**2)
    matte, shine = (
        ((toward[2] - toward[0] * right - toward[1] * down) * length).clip(0) for toward in style.light.directions
    )
    color = surface[RED:DOWN] * ((0.42 + 0.78 * matte) * surface[EDGE])
    gloss = surface[GLOSS] * shine ** surface[HARDNESS] + surface[SHEEN] * matte * surface[EDGE]
    white = 1 - surface[TINT] * (1 - surface[RED:DOWN])  # Metal reflects in its own color.
    lit = color + gloss * (white - color).clip(0)
    return (lit * (surface[OPEN] * style.light.falloff(lit.shape[1]))).transpose(1, 2, 0)


def _ground(shape: np.ndarray) -> np.ndarray:
    """White paper (side, side) with the shadow of a shape that stands on it: dark where it touches, faint around."""
    side = len(shape)
    floor = np.flatnonzero(shape.max(1) > shape.max() / 2)[-1] + 1
    touching = shape[floor - max(1, side // 16) : floor].max(0)
    y = ((np.arange(side) + 0.5 - floor) / side).astype(np.float32)
    near = _shadow(np.exp(-((y / 0.012) ** 2)), touching, 0.012)
    around = _shadow(np.exp(-(((y - 0.006) / 0.022) ** 2)), shape.max(0), 0.02)
    return 1 - 0.42 * near - 0.14 * around


def _shadow(down: np.ndarray, right: np.ndarray, sigma: float) -> np.ndarray:
    """The blurred product of a column and a row is the product of the blurred two."""
    half = np.array(weights(sigma * len(down)), np.float32)
    kernel = np.concatenate([half[:0:-1], half])
    reach, stop = len(half) - 1, len(half) - 1 + len(down)
    return np.outer(*(np.convolve(line, kernel)[reach:stop] for line in (down, right)))
