"""Stored values that -1 and 1 stand for, as a recipe asks for them, and the way to numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

import torch
from pydantic import Strict, ValidationError, WrapValidator
from pydantic_core import PydanticCustomError

from ..config import ConfigError
from .cache import Source
from .images.pixels import name_of
from .range import Range
from .values import Values, measure

Numbers = Annotated[tuple[float, float], Strict(False)]


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


def resolve(rules: Mapping[str, Rule], sources: Mapping[str, Source]) -> dict[str, Range]:
    """The range of each domain, percentiles in numbers; nothing if all are those of the types.

    Raises `UserError` for images that cannot be read, and for percentiles between which there is nothing.
    """
    if all(rule == "type" for rule in rules.values()):
        return {}
    return {domain: _resolve(domain, rule, measure(sources[domain])) for domain, rule in rules.items()}


def _resolve(domain: str, rule: Rule, values: Values) -> Range:
    if rule == "type":
        return Range(dtype=name_of(values.dtype))
    [(kind, (low, high))] = rule.items() if isinstance(rule, Mapping) else [("", rule)]
    if kind == "window":
        low, high = low - high / 2, low + high / 2
    elif kind == "percentiles":
        low, high = values.percentiles(low, high)
        if low == high:
            raise ConfigError(f"recipe.data.range: the images of {domain!r} have no other value than {low:g} there")
    return Range(low=low, high=high, dtype=name_of(_holding(values.dtype, low, high)))


def _holding(dtype: torch.dtype, low: float, high: float) -> torch.dtype:
    """The type of a domain's images or, where it is too small for the range, one that holds it."""
    for kind in (dtype, torch.uint16, torch.int16, torch.int32):
        if kind.is_floating_point or (torch.iinfo(kind).min <= low and high <= torch.iinfo(kind).max):
            return kind
    return torch.float32
