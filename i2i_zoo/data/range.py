"""Stored values that -1 and 1 stand for: the rule of a recipe, and the numbers that a checkpoint keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

import torch
from pydantic import Strict, ValidationError, WrapValidator
from pydantic_core import PydanticCustomError
from torch import Tensor

from .. import config
from ..config import ConfigError
from ..errors import UserError
from .cache import Source
from .images.pixels import Span, check_values, from_unit, to_unit
from .values import Values, measure

Numbers = Annotated[tuple[float, float], Strict(False)]
DType = Literal["uint8", "uint16", "int16", "int32", "float32"]


def _check(rule: Any, valid: Any) -> Any:
    """Refuse what is none of the forms in one sentence, in place of one for each form."""
    try:
        rule = valid(rule)
        if rule == "type":
            return rule
        [(kind, (low, high))] = rule.items() if isinstance(rule, Mapping) else [("", rule)]
        if kind == "window" and high > 0:
            return rule
        if kind != "window" and low < high and (kind == "" or (low >= 0 and high <= 100)):
            return rule
    except (ValidationError, ValueError):
        pass
    forms = '"type", [low, high], {percentiles = [0.5, 99.5]} or {window = [center, width]}'
    raise PydanticCustomError("range", f"expected {forms}, low below high")


Rule: TypeAlias = Annotated[
    Literal["type"] | Numbers | dict[Literal["percentiles", "window"], Numbers], WrapValidator(_check)
]


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

    def dtype_for(self, dtype: torch.dtype | None) -> torch.dtype | None:
        """The type of the translation of an image of `dtype` to this domain."""
        return dtype if self.dtype is None else getattr(torch, self.dtype)

    def check(self, pixels: Tensor, name: object) -> None:
        """Raise `UserError` that names an image whose values have no meaning; beyond a range, they are clamped."""
        if self.span is None:
            check_values(pixels, name)

    def to_unit(self, pixels: Tensor) -> Tensor:
        """Stored pixels of any shape -> float32 in [-1, 1]."""
        return to_unit(pixels, self.span)

    def from_unit(self, image: Tensor, dtype: torch.dtype) -> Tensor:
        """Images of this domain in [-1, 1] -> stored pixels; `dtype` is that of the image they were made of."""
        return from_unit(image, self.dtype_for(dtype), self.span)

    def __str__(self) -> str:
        return "of the type" if self.span is None else f"[{self.low:g}, {self.high:g}]"


BY_TYPE = Range()


def resolve(rules: Mapping[str, Rule], sources: Mapping[str, Source]) -> dict[str, Range]:
    """The range of each domain, percentiles in numbers; nothing if all are those of the types.

    Raises `UserError` for images that cannot be read, and for percentiles between which there is nothing.
    """
    if all(rule == "type" for rule in rules.values()):
        return {}
    return {domain: _resolve(domain, rule, measure(sources[domain])) for domain, rule in rules.items()}


def _resolve(domain: str, rule: Rule, values: Values) -> Range:
    if rule == "type":
        return Range(dtype=_name(values.dtype))
    [(kind, (low, high))] = rule.items() if isinstance(rule, Mapping) else [("", rule)]
    if kind == "window":
        low, high = low - high / 2, low + high / 2
    elif kind == "percentiles":
        low, high = values.percentiles(low, high)
        if low == high:
            raise ConfigError(f"recipe.data.range: the images of {domain!r} have no other value than {low:g} there")
    return Range(low=low, high=high, dtype=_name(_holding(values.dtype, low, high)))


def _holding(dtype: torch.dtype, low: float, high: float) -> torch.dtype:
    """The type of a domain's images or, where it is too small for the range, one that holds it."""
    for kind in (dtype, torch.uint16, torch.int16, torch.int32):
        if kind.is_floating_point or (torch.iinfo(kind).min <= low and high <= torch.iinfo(kind).max):
            return kind
    return torch.float32


def _name(dtype: torch.dtype) -> DType:
    return str(dtype).removeprefix("torch.")


def parse(tables: Any, domains: tuple[str, ...], path: object) -> dict[str, Range]:
    """The ranges that a checkpoint keeps; raises `UserError` that names `path`."""
    if not isinstance(tables, dict) or (tables and tuple(tables) != domains):
        raise UserError(f"{path}: ranges: a table for each of the domains {' and '.join(domains)} is expected")
    return {domain: Range.parse(table, path=f"{path}: ranges.{domain}") for domain, table in tables.items()}
