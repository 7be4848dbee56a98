"""`to_unit` and `from_unit` of `pixels` for tensors, on any device and with gradients."""

from __future__ import annotations

import torch
from torch import Tensor

from .pixels import HIGHEST, Span, name_of


def to_unit(image: Tensor, span: Span | None = None) -> Tensor:
    """Images of any shape and stored dtype -> float32 in [-1, 1], which is `span`; what lies beyond it is clamped.

    Without a span, -1 is 0 and 1 the highest value of the type: 255 of uint8, 65535 of uint16 and int32, 32767 of
    int16, 1 of float32.
    """
    unit = image.to(torch.float32, copy=True)
    if span is None:
        return unit.div_(HIGHEST[name_of(image.dtype)] / 2).sub_(1)
    low, high = span
    return unit.sub_(low).div_((high - low) / 2).sub_(1).clamp_(-1, 1)


def from_unit(image: Tensor, dtype: object, span: Span | None = None) -> Tensor:
    """The inverse of `to_unit`: images in [-1, 1] -> `dtype`, clamped, and rounded if it holds integers."""
    name = name_of(dtype)
    low, high = span or (0, HIGHEST[name])
    image = ((image.to(torch.float32) + 1) * ((high - low) / 2) + low).clamp(low, high)
    return image if name == "float32" else image.round().to(getattr(torch, name))
