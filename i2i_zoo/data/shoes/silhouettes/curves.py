"""Smooth plane curves as polylines (n, 2): the alphabet in which the silhouettes of drawn shoes are written."""

from __future__ import annotations

import numpy as np

Curve = np.ndarray  # (n, 2) points in the order of drawing
Point = np.ndarray | tuple[float, float]

_STEPS = np.linspace(0, 1, 7)[:-1]
_CATMULL_ROM = 0.5 * np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]], float)
_WEIGHTS = np.stack([_STEPS**power for power in range(4)], 1) @ _CATMULL_ROM


def curve(*points: Point) -> Curve:
    """Catmull-Rom spline through all points, ends included."""
    knots = np.array(points, float)
    knots = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    windows = knots[np.arange(4) + np.arange(len(points) - 1)[:, None]]
    return np.concatenate([(_WEIGHTS @ windows).reshape(-1, 2), knots[-2:-1]])


def join(*pieces: Curve) -> Curve:
    """One curve out of several, with a corner at each joint."""
    return np.concatenate(pieces)


def at(line: Curve, where: float | np.ndarray) -> Curve:
    """Points at these fractions, in [0, 1], of the length of `line`."""
    step = line[1:] - line[:-1]
    length = np.zeros(len(line))
    np.cumsum(np.hypot(step[:, 0], step[:, 1]), out=length[1:])
    where = np.asarray(where) * length[-1]
    return np.stack([np.interp(where, length, line[:, 0]), np.interp(where, length, line[:, 1])], -1)


def cut(line: Curve, start: float, stop: float, count: int = 16) -> Curve:
    """The part of `line` between two fractions of its length; backwards when `start` > `stop`."""
    return at(line, np.linspace(start, stop, count))


def normals(line: Curve) -> np.ndarray:
    """Unit normals (n, 2), to the right of the direction of drawing when y points up."""
    slope = np.empty_like(line)
    slope[1:-1] = line[2:] - line[:-2]
    slope[0], slope[-1] = line[1] - line[0], line[-1] - line[-2]
    return slope[:, ::-1] * (1, -1) / (np.hypot(slope[:, :1], slope[:, 1:]) + 1e-9)


def raised(line: Curve, by: float) -> Curve:
    """`line` moved up."""
    return line + np.array([0, by])


def moved(line: Curve, right: float, up: float) -> Curve:
    """A curve or a point moved."""
    return line + np.array([right, up])


def beside(line: Curve, distance: float | np.ndarray) -> Curve:
    """`line` moved to its right by `distance`, one number or one per point."""
    return line + normals(line) * np.reshape(distance, (-1, 1))


def ribbon(line: Curve, width: float | np.ndarray) -> Curve:
    """Closed contour of a band of this width around `line`."""
    half = np.asarray(width) / 2
    return join(beside(line, half), beside(line, -half)[::-1])


def between(upper: Curve, lower: Curve) -> Curve:
    """Closed contour of the region between two curves drawn in the same direction."""
    return join(upper, lower[::-1])


def oval(x: float, y: float, width: float, height: float) -> Curve:
    """Closed ellipse around (x, y)."""
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    return np.stack([x + width / 2 * np.cos(angle), y + height / 2 * np.sin(angle)], 1)


def dashes(line: Curve, distance: float, gap: float, length: float) -> list[Curve]:
    """Straight dashes beside `line`, one each `gap`."""
    shifted = beside(line, distance)
    whole = np.hypot(*np.diff(shifted, axis=0).T).sum()
    starts = np.arange(gap / 2, whole - length, gap)
    return list(at(shifted, np.stack([starts, starts + length], 1) / max(whole, 1e-9)))
