"""The facts that a graph carries in its metadata, so that it can be used as the model was. None of it needs torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..data.preparation import Preparation
from ..data.range import Range
from ..errors import FileError

FORMAT = 1
RESIZE = "bicubic, antialiased"


class Card(NamedTuple):
    """The facts of one graph."""

    task: str
    """`translate`: images and, if `style_dim`, style -> answers; `style`: images -> style."""
    model: str
    domains: tuple[str, str]
    """The domain of the images, and that of the answers or styles."""
    channels: tuple[int, int]
    """Channels of images of both."""
    stride: int
    """The networks take multiples of it; the graph takes images of any size."""
    style_dim: int
    preparation: Preparation | None
    """How images were prepared in the training."""
    stored: tuple[Range, Range]
    """The stored values of both domains that -1 and 1 stand for."""
    weights: str = "float32"
    """The type in which the file keeps them."""

    def dump(self) -> dict[str, str]:
        """Texts by name, each JSON, as `metadata_props` of a graph holds them."""
        facts: dict[str, Any] = self._asdict() | {
            "format": FORMAT,
            "preparation": self.preparation.dump() if self.preparation else None,
            "resize": RESIZE,
            "layout": "NCHW",
            "range": [-1, 1],
            "stored": [stored.dump() for stored in self.stored],
        }
        return {f"i2i_zoo.{name}": json.dumps(fact) for name, fact in facts.items()}

    @classmethod
    def parse(cls, texts: Mapping[str, str], path: Path) -> Card:
        """The facts that `dump` wrote; raises `FileError` that names `path`."""
        prefix = "i2i_zoo."
        try:
            facts = {
                key.removeprefix(prefix): json.loads(text) for key, text in texts.items() if key.startswith(prefix)
            }
            form = facts["format"]
            if type(form) is int and form > FORMAT:
                raise FileError(f"{path}: format {form} is newer than this i2i_zoo reads ({FORMAT}); update i2i_zoo")
            known = {name: facts[name] for name in cls._fields}
            prepared = known["preparation"]
            known["preparation"] = Preparation.parse(prepared, path=f"{path}: preparation") if prepared else None
            known["stored"] = tuple(Range.parse(one, path=f"{path}: stored") for one in known["stored"])
            return cls(**known | {name: tuple(known[name]) for name in ("domains", "channels")})
        except (KeyError, TypeError, AttributeError, json.JSONDecodeError):
            raise FileError(f"{path}: is no graph that `i2i export --to onnx` wrote; export the model again") from None
