"""Packing of features of several resolutions into one tensor, so that they can be a code."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def pack(features: dict[int, Tensor], channels: dict[int, int]) -> Tensor:
    """Features (N, channels[reduction], H / reduction, W / reduction) by their reduction -> (N, C, h, w).

    h and w are those of the coarsest; finer ones are taken apart into channels (`pixel_unshuffle`).
    """
    stride = max(channels)
    return torch.cat([F.pixel_unshuffle(features[reduction], stride // reduction) for reduction in channels], dim=1)


def unpack(packed: Tensor, channels: dict[int, int]) -> dict[int, Tensor]:
    """Undo `pack`."""
    folds = {reduction: max(channels) // reduction for reduction in channels}
    parts = packed.split([channels[reduction] * fold**2 for reduction, fold in folds.items()], dim=1)
    return {reduction: F.pixel_shuffle(part, folds[reduction]) for reduction, part in zip(folds, parts, strict=True)}
