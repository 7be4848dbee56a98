"""Unpaired image-to-image translation models by name.

>>> import i2i_zoo
>>> model = i2i_zoo.load("runs/shoes")
>>> i2i_zoo.translate(model, "sketch.jpg", to="shoes").show()
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # This is for editors and type checkers; at run time `__getattr__` imports the same.
    from . import data, errors, evaluation, inference, interop, losses, nets, recipe, registry, training, zoo
    from .catalog import list_metrics, list_models, list_recipes
    from .inference import styles
    from .inference.translate import translate
    from .models import Models, create
    from .runs.fit import fit
    from .weights.model import load

    models: Models  # a mapping of names to classes, too

__version__ = "0.1.0"
__all__ = ["create", "fit", "list_metrics", "list_models", "list_recipes", "load", "models", "translate"]
__all__ += ["data", "errors", "evaluation", "inference", "interop", "losses", "nets", "recipe", "registry", "styles"]
__all__ += ["training", "zoo"]

_HOMES = {
    "create": ".models",
    "fit": ".runs.fit",
    "list_metrics": ".catalog",
    "list_models": ".catalog",
    "list_recipes": ".catalog",
    "load": ".weights.model",
    "translate": ".inference.translate",
}
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
