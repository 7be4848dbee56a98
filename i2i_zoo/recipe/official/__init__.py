"""Recipes of the official projects' options, for those who come from there."""

from .write import Written, from_official

__all__ = ["Written", "from_official"]
