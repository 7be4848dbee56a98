"""Which pictures are translated part by part, and how."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor

from ...data.images.pixels import name_of
from ...data.images.regions import Regions, Whole
from ...errors import Notice
from ...models import Translator
from ...speed.choice import Speed
from ...speed.context import WeightCache
from .exact import translate_in_bands
from .memory import available, bytes_per_pixel
from .tiles import translate_in_tiles

Tile: TypeAlias = bool | Literal["sampled"] | None
SMALL = 2**20  # pixels of pictures that no memory is too small for
SHARE = 0.8  # of the memory that is free, that a translation may take


@dataclass
class Tiling:
    """A choice of the pictures that are translated part by part."""

    tile: Tile = None
    """All (True, exactly; "sampled", with the statistics of samples), none (False), or those that the memory is too
    small for (None), which a `Notice` says once."""
    folder: Path = field(default_factory=lambda: Path(tempfile.gettempdir()))
    """Where features lie meanwhile."""
    _per_pixel: float = 0.0
    _said: bool = False

    def wanted(self, model: Translator, height: int, width: int, to: str, style: Tensor | None, speed: Speed) -> bool:
        """Tell whether a picture of this size is translated part by part."""
        if self.tile is not None:
            return bool(self.tile)
        if height * width < SMALL or (free := available(model.device)) is None:
            return False
        self._per_pixel = self._per_pixel or bytes_per_pixel(model, to, style, speed)
        needed = self._per_pixel * height * width
        if needed <= SHARE * free:
            return False
        self._explain(f"{width} x {height} pixels at once would take {needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB")
        return True

    def _explain(self, why: str) -> None:
        if not self._said:
            line = f"{why} are free: it goes in bands, as --tile does, with the same answer (--no-tile: at once)"
            warnings.warn(line, Notice, stacklevel=2)
        self._said = True

    def translate(
        self, model: Translator, picture: Regions, to: str, style: Tensor | None, speed: Speed, cache: WeightCache
    ) -> Iterator[Tensor]:
        """The translation as rows of stored pixels (C', rows, W), from the top to the bottom."""
        if not name_of(picture.dtype) == model.range_of(to).dtype_for(picture.dtype) == "uint8":
            speed = speed._replace(precision="fp32")
        way = translate_in_tiles if self.tile == "sampled" else translate_in_bands
        return way(model, picture, to, style, speed, cache, self.folder)

    def whole(self, model: Translator, pixels: Tensor, *how: Any) -> Tensor:
        """The translation (C', H, W) of stored pixels (C, H, W), of which both are in memory."""
        return assembled(self.translate(model, Whole(pixels), *how), pixels.shape[1])


def assembled(bands: Iterator[Tensor], height: int) -> Tensor:
    """Bands (C, rows, W) as one picture (C, H, W)."""
    first = next(bands)
    whole = torch.empty((len(first), height, first.shape[2]), dtype=first.dtype)
    top = 0
    while first is not None:
        whole[:, top : top + first.shape[1]] = first
        top += first.shape[1]
        first = next(bands, None)
    return whole
