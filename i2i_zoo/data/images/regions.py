"""Pictures that are read part by part."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor


class Regions(Protocol):
    """A picture of stored pixels."""

    channels: int
    height: int
    width: int
    dtype: torch.dtype

    def region(self, top: int, bottom: int, left: int, right: int) -> Tensor:
        """The stored pixels (C, bottom - top, right - left) of a part."""


class Whole:
    """A picture (C, H, W) that is in memory."""

    def __init__(self, pixels: Tensor):
        self.pixels, self.dtype = pixels, pixels.dtype
        self.channels, self.height, self.width = pixels.shape

    def region(self, top: int, bottom: int, left: int, right: int) -> Tensor:
        return self.pixels[:, top:bottom, left:right]
