"""Images whose values do not suit the range of a model, counted on their way to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ..errors import counted, plural
from .images.pixels import name_of
from .range import BY_TYPE, LITTLE, Range

if TYPE_CHECKING:
    from torch import Tensor


class RangeWatch:
    """Count values of images of `domain` that lie beyond its range, and images of another type that use little of it.

    Without a range nothing is counted: what its type does not know is refused.
    """

    def __init__(self, domain: str = "", range_: Range = BY_TYPE):
        self.domain, self.range = domain, range_
        self.images = self.values = self.clamped = 0
        self._beyond = self._little = 0

    def look(self, pixels: np.ndarray | Tensor) -> None:
        """Count the values of one image (C, H, W), as it is stored."""
        if self.range.span is None:
            return
        (low, high), stored = self.range.span, np.asarray(pixels).astype(np.float32)
        least, most = float(stored.min()), float(stored.max())
        beyond = int(((stored < low) | (stored > high)).sum()) if least < low or most > high else 0
        self.images += 1
        self.values += stored.size
        self.clamped += beyond
        self._beyond += beyond > 0
        foreign = self.range.dtype_for(pixels.dtype) != name_of(pixels.dtype)
        self._little += foreign and min(most, high) - max(least, low) < LITTLE * (high - low)

    @property
    def notes(self) -> Iterator[str]:
        """A line on each of the two, where there is something to say."""
        known = f"the range {self.range} of {self.domain}"
        if self._beyond:
            share = f"{100 * self.clamped / self.values:.2g} % of all values"
            yield f"{self._of_all(self._beyond, 'has', 'have')} values beyond {known}, which were clamped: {share}"
        if self._little:
            yield (
                f"{self._of_all(self._little, 'uses', 'use')} little of {known}, which comes from {self.range.dtype} "
                "images: their answers may be dark or flat; bring their values to those of the training"
            )

    def _of_all(self, some: int, one: str, more: str) -> str:
        return f"{some} of {counted(self.images, 'image')} {plural(some, one, more)}"
