"""The values in the images of a domain, and whether a range suits them."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

import numpy as np
import torch

from ..errors import DamagedFile, pasted
from .cache import Source
from .evenly import evenly
from .images.pixels import HIGHEST, Span, name_of
from .range import LITTLE

IMAGES = 200  # looked at in a domain
PIXELS = 4096  # of each image, for percentiles
ENDS = 0.5, 99.5  # percentiles


class Values(NamedTuple):
    """The values in some images of a domain."""

    low: float
    high: float
    dtype: torch.dtype  # that holds them all
    some: np.ndarray  # sorted, evenly taken from the images
    images: int

    def percentiles(self, *shares: float) -> list[float]:
        """Percentiles, each an actual value: that of the nearest rank."""
        return [float(self.some[round(share / 100 * (len(self.some) - 1))]) for share in shares]

    def __str__(self) -> str:
        (bottom, top), (share, other) = self.percentiles(*ENDS), ENDS
        return f"values {self.low:g} to {self.high:g}, percentiles {share:g} and {other:g}: {bottom:g} and {top:g}"


def measure(source: Source) -> Values:
    """The values of up to `IMAGES` images, spread evenly and without damaged ones; the same for the same images.

    Raises what reading raises, and `DamagedFile` if all of them are damaged.
    """
    numbers = evenly(len(source), IMAGES)
    low, high, dtypes, some = float("inf"), float("-inf"), set(), []
    for number in numbers:
        try:
            image = source[number]
        except DamagedFile:
            if number == numbers[-1] and not some:
                raise
            continue
        values = image.numpy().reshape(-1)
        low, high = min(low, float(values.min())), max(high, float(values.max()))
        dtypes.add(image.dtype)
        some.append(values[:: len(values) // PIXELS | 1])  # An odd step does not run along columns.
    return Values(low, high, _common(dtypes), np.sort(np.concatenate(some)), len(some))


def is_plain(source: Source) -> bool:
    """Tell whether a domain has 8 bits, as far as a few headers say."""
    return all(_dtype(source, number) in (torch.uint8, None) for number in evenly(len(source), 8))


def _dtype(source: Source, index: int) -> torch.dtype | None:
    """The type of an image, None if it is damaged."""
    with suppress(DamagedFile):
        return source.info(index).dtype
    return None


def unsuited(domain: str, values: Values, span: Span | None) -> str:
    """One sentence if the images use little of the range, with what to set; else ""."""
    low, high = span or (0, HIGHEST[name_of(values.dtype)])
    bottom, top = values.percentiles(*ENDS)
    used = (min(top, high) - max(bottom, low)) / (high - low)
    better = _suggested(values, high - low)
    if used >= LITTLE or better[1] <= better[0]:
        return ""
    better = ", ".join(f"{end:.10g}" for end in better)
    return (
        f"{domain}: nearly all values are from {bottom:g} to {top:g}, {max(used, 0):.1%} of the range "
        f"[{low:g}, {high:g}] of the training; set {_range_for(domain, f'[{better}]')}"
    )


def _range_for(domain: str, interval: str) -> str:
    """The override that sets the range of a domain, whose name may hold what divides keys."""
    if "." in domain:
        return pasted("data.range_for", f'{{"{domain}" = {interval}}}')
    return pasted(f"data.range_for.{domain}", interval)


def _suggested(values: Values, width: float) -> tuple[float, float]:
    """The whole of the values, to a full number of bits; without what is rare if that is most of the range."""
    whole = values.dtype != torch.float32
    low, high = values.low, values.high
    if whole and low >= 0:
        low, high = 0, 2 ** int(high).bit_length() - 1
    return (low, high) if high - low <= width / 2 else tuple(values.percentiles(*ENDS))


def _common(dtypes: set[torch.dtype]) -> torch.dtype:
    """The type that holds the values of all."""
    if len(dtypes) == 1:
        return next(iter(dtypes))
    if torch.float32 in dtypes:
        return torch.float32
    return torch.uint16 if dtypes == {torch.uint8, torch.uint16} else torch.int32
