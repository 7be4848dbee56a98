"""Recipes, as files and as objects: what is trained, on what and how."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .recipe import Recipe, load, merge, packaged, read, resolve

__all__ = ["Recipe", "load", "merge", "packaged", "read", "resolve"]


def __getattr__(name: str) -> Any:
    """Import on first use: a recipe builds models, and listing those that are packaged needs no torch."""
    if name in __all__:
        return getattr(import_module(".recipe", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
