"""Use of a trained model: pictures, files and folders translated, in one style or in many."""

from importlib import import_module
from typing import Any

__all__ = ["Translated", "translate_folder"]
_HOMES = {"Translated": ".outputs", "translate_folder": ".folder"}


def __getattr__(name: str) -> Any:
    """Import on first use (PEP 562): what ONNX graphs share with models needs no torch."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
