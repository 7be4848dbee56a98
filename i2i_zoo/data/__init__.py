"""Data sets by name: importing one registers it."""

from . import paired, shoes, unpaired
from .base import ImageData

__all__ = ["ImageData", "paired", "shoes", "unpaired"]
