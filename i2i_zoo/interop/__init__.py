"""Weights of the official projects: in by pointing at them, and out again."""

from .assemble import Imported
from .load import load_official, read_official
from .report import Report
from .write import FORMATS, write_official

__all__ = ["FORMATS", "Imported", "Report", "load_official", "read_official", "write_official"]
