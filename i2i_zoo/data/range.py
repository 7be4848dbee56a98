"""Stored values that -1 and 1 stand for, in numbers, as a checkpoint keeps them. Tensors alone need torch."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from .. import config
from ..errors import UserError
from .images import pixels
from .images.pixels import Span, check_values, name_of

if TYPE_CHECKING:
    from torch import Tensor

Pixels = TypeVar("Pixels", np.ndarray, "Tensor")  # what comes as an array goes as one
DType = Literal["uint8", "uint16", "int16", "int32", "float32"]


class Range(config.Config):
    """The values of a domain's images that -1 and 1 stand for, and the type of number that holds them."""

    low: float | None = None
    """The value of -1; None: both ends are those of the type, 0 and its highest."""
    high: float | None = None
    """The value of 1."""
    dtype: DType | None = None
    """The type of the domain's images, and of translations to it; None: that of the image that is translated."""

    @property
    def span(self) -> Span | None:
        return None if self.low is None or self.high is None else (self.low, self.high)

    def dtype_for(self, dtype: object | None) -> str | None:
        """The name of the type of the translation of an image of `dtype` to this domain."""
        return self.dtype or (None if dtype is None else name_of(dtype))

    def check(self, image: np.ndarray | Tensor, name: object) -> None:
        """Raise `UserError` that names an image whose values have no meaning; beyond a range, they are clamped."""
        if self.span is None:
            check_values(image, name)

    def to_unit(self, image: Pixels) -> Pixels:
        """Stored pixels of any shape -> float32 in [-1, 1]."""
        return _means(image).to_unit(image, self.span)

    def from_unit(self, image: Pixels, dtype: object) -> Pixels:
        """Images of this domain in [-1, 1] -> stored pixels; `dtype` is that of the image they were made of."""
        return _means(image).from_unit(image, self.dtype_for(dtype), self.span)

    def __str__(self) -> str:
        return "of the type" if self.span is None else f"[{self.low:g}, {self.high:g}]"


BY_TYPE = Range()
LITTLE = 0.3  # of a range: images that use less of it stay dark or bright


def _means(image: object) -> ModuleType:
    """What computes with arrays, or with tensors: torch is imported for these only."""
    if isinstance(image, np.ndarray):
        return pixels
    from .images import tensors

    return tensors


def parse(tables: Any, domains: tuple[str, ...], path: object) -> dict[str, Range]:
    """The ranges that a checkpoint keeps; raises `UserError` that names `path`."""
    if not isinstance(tables, dict) or (tables and tuple(tables) != domains):
        raise UserError(f"{path}: ranges: a table for each of the domains {' and '.join(domains)} is expected")
    return {domain: Range.parse(table, path=f"{path}: ranges.{domain}") for domain, table in tables.items()}
