"""Data sets by name, one per file: importing one registers it."""

from . import paired, shoes, unpaired

__all__ = ["paired", "shoes", "unpaired"]
