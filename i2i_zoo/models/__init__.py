"""The models: importing one registers it, so this list is the registry. This package is also the mapping of names
to classes: `i2i_zoo.models["cyclegan"]`, `list(i2i_zoo.models)`."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

from .. import registry
from . import cyclegan, munit, unit
from .base import Batch, Losses, Translator, Turn

__all__ = ["Batch", "Losses", "Translator", "Turn", "create", "cyclegan", "munit", "unit"]


def create(name: str, domains: Sequence[str], channels: int | Sequence[int] = 3, **knobs: Any) -> Translator:
    """A new model, with the knobs of its config as keyword arguments; nested tables are dicts.

    `create("cyclegan", ("horse", "zebra"), generator={"name": "resnet", "blocks": 6})`. Raises `UserError` (an
    `UnknownName` or a `ConfigError`) with the path of the value and a suggestion.
    """
    return registry.models[name].Config.parse(knobs, path=name).build(domains, channels)


class Models(ModuleType, Mapping[str, type]):
    """This package: a module, and the mapping of names to classes."""

    __hash__, __eq__ = ModuleType.__hash__, ModuleType.__eq__

    def __getitem__(self, name: str) -> type:
        return registry.models[name]

    def __iter__(self) -> Iterator[str]:
        return iter(registry.models)

    def __len__(self) -> int:
        return len(registry.models)


sys.modules[__name__].__class__ = Models
