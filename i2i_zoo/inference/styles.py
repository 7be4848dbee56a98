"""Style codes: mixed, walked between, and written down in a few letters."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..errors import UserError, counted
from . import style_ids


def mix(styles: Tensor, weights: Sequence[float] | None = None) -> Tensor:
    """The weighted mean (style_dim,) of styles (N, style_dim); None: all alike. Raises `UserError`."""
    shares = torch.tensor(list(weights) if weights else [1.0] * len(styles)).to(styles)
    if len(shares) != len(styles) or not shares.isfinite().all() or shares.min() < 0 or shares.sum() <= 0:
        mixed = counted(len(styles), "style")
        raise UserError(f"mixing {mixed} takes as many weights of 0 and more, got {list(weights)}")
    return shares / shares.sum() @ styles


def walk(styles: Tensor, frames: int) -> Tensor:
    """`frames` styles (frames, style_dim) from the first of styles (N, style_dim) to the last, through all others.

    Between two, the path is an arc (Shoemake 1985, slerp): on a straight line the styles would become shorter than
    those of the prior. Raises `UserError` for fewer than two styles or frames.
    """
    if min(len(styles), frames) < 2:
        raise UserError(f"a walk takes two styles and two frames at least, got {len(styles)} and {frames}")
    places = torch.linspace(0, len(styles) - 1, frames, dtype=torch.float64)
    starts = places.long().clamp(max=len(styles) - 2)
    return torch.stack([_slerp(styles[s], styles[s + 1], float(p - s)) for s, p in zip(starts, places, strict=True)])


def to_id(style: Tensor) -> str:
    """A name in small letters and digits for a style (style_dim,): one byte a number, 13 letters for 8 numbers.

    It names `rounded(style)`, which differs from `style` by less than can be seen, up to numbers of 26 (beyond, it is
    cut there; the prior N(0, I) stays below 6).
    """
    return style_ids.to_id(style.detach().cpu().numpy())


def from_id(name: str, style_dim: int) -> Tensor:
    """The style (style_dim,) that a name of `to_id` stands for; raises `UserError`."""
    return torch.from_numpy(style_ids.from_id(name, style_dim))


def rounded(style: Tensor) -> Tensor:
    """The nearest styles that have names: what `from_id(to_id(style))` gives, for styles of any shape."""
    return torch.from_numpy(style_ids.rounded(style.detach().cpu().numpy())).to(style)


def _slerp(one: Tensor, other: Tensor, t: float) -> Tensor:
    a, b = one.double(), other.double()
    lengths = a.norm() * b.norm()
    angle = torch.acos((a @ b / lengths).clamp(-1, 1))
    if not lengths or angle.sin() < 1e-6:  # no arc is the shortest: the straight line
        return torch.lerp(a, b, t).to(one)
    return (((1 - t) * angle).sin() * a + (t * angle).sin() * b).div(angle.sin()).to(one)
