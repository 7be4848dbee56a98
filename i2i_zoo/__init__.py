"""Unpaired image-to-image translation models by name.

>>> import i2i_zoo
>>> model = i2i_zoo.load("runs/shoes")
>>> i2i_zoo.translate(model, "sketch.jpg", to="shoes").show()
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["create", "load", "models", "translate"]

_HOMES = {"create": ".models", "load": ".weights.model", "translate": ".inference.translate"}
_PACKAGES = {
    name: f".{name}"
    for name in (
        "data",
        "errors",
        "evaluation",
        "inference",
        "interop",
        "losses",
        "models",
        "nets",
        "recipe",
        "registry",
        "training",
        "zoo",
    )
} | {"styles": ".inference.styles"}


def __getattr__(name: str) -> Any:
    """Import on first use (PEP 562): `import i2i_zoo` itself does not import torch."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    if name in _PACKAGES:
        return import_module(_PACKAGES[name], __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, *_PACKAGES})
