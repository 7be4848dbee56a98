"""The packages behind the extra `onnx`, imported when they are needed."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from ..errors import UserError


def needed(name: str) -> ModuleType:
    """The package `name` of the extra; raises `UserError` where it is missing."""
    try:
        return import_module(name)
    except ImportError:
        raise UserError(f"ONNX needs the package {name}: `pip install 'i2i_zoo[onnx]'`") from None
