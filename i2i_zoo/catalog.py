"""Names to choose from, in Python. Listing weights and recipes imports no torch."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from . import zoo
from .recipe import files


def list_models(pattern: str = "*") -> list[str]:
    """The names of weights that come with i2i_zoo, for `load`, as far as they match: `list_models("*shoes*")`.

    Architectures, for `create`, are the keys of `i2i_zoo.models`.
    """
    return _matching(zoo.packaged(), pattern)


def list_recipes(pattern: str = "*") -> list[str]:
    """The names of packaged recipes, for `fit` and `i2i train`, as far as they match."""
    return _matching(files.trainable(), pattern)


def list_metrics(pattern: str = "*") -> list[str]:
    """The names of metrics, for `evaluate.metrics` in a recipe, as far as they match."""
    from .registry import metrics

    return _matching(metrics, pattern)


def _matching(names: Iterable[str], pattern: str) -> list[str]:
    return [name for name in names if fnmatchcase(name, pattern)]
