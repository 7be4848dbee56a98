"""Images for training: data sets by name, image files, and the way from a file to a batch."""

from importlib import import_module
from typing import Any

__all__ = ["ImageData", "datasets"]


def __getattr__(name: str) -> Any:
    """Import on first use (PEP 562): image files are read and resized without torch."""
    if name == "ImageData":
        return import_module(".base", __name__).ImageData
    if name == "datasets":
        return import_module(".datasets", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
