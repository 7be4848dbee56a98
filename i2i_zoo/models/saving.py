"""A model written to disk: what it is (`model.json`) and what it knows (safetensors)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from .. import plugins
from ..errors import UserError
from ..files import draft_file

if TYPE_CHECKING:
    from .base import Translator

FORMAT = 1


def describe(model: Translator, provenance: Mapping[str, Any], absent: Sequence[str] | None = None) -> str:
    """The text of `model.json`: enough to build the model again. `absent` are sub-networks; None: the model's own."""
    absent = model.missing_networks if absent is None else absent
    facts = {
        "format": FORMAT,
        "model": model.config.dump(),
        "domains": model.domains,
        "channels": list(model.channels.values()),
        "module": type(model).__module__,
        "preparation": model.preparation.dump() if model.preparation else None,
        "provenance": dict(provenance),
        **sizes(model),
    } | ({"plugins": kept} if (kept := plugins.loaded()) else {})
    ranges = {domain: model.range_of(domain).dump() for domain in model.domains} if model.ranges else {}
    return json.dumps(
        facts | ({"absent": list(absent)} if absent else {}) | ({"ranges": ranges} if ranges else {}), indent=2
    )


def sizes(model: Translator) -> dict[str, Any]:
    """Sizes that a config amounts to, for `model.json`, so that they are known without building the model."""
    return {"style_dim": model.style_dim, "parameters": {name: model.parameter_count(name) for name in model.players}}


@torch.no_grad()
def export(
    model: Translator, path: Path, provenance: Mapping[str, Any], half: bool = False, inference: bool = False
) -> None:
    """Write all players' weights into one safetensors file with `model.json` in its header; none of what is absent.

    `half` stores them in float16, which `load` reads as float32. `inference` leaves out what training alone needs.
    Raises `UserError` for weights that float16 cannot hold, and for a model that does not say what it translates with.
    """
    if inference and not model.averaged:
        raise UserError(f"{model.name}: names no `averaged` players, so which of them translate is not known")
    absent = tuple(dict.fromkeys((*model.missing_networks, *(model.only_trained if inference else ()))))
    tensors = {f"{p}.{key}": t for p in model.players for key, t in model.learned(p, absent).items()}
    with draft_file(path) as draft:
        save_player(_halved(tensors) if half else tensors, draft, {"model.json": describe(model, provenance, absent)})


def _halved(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Floats in float16, everything else as it is."""
    halved = {key: t.half() if t.is_floating_point() else t for key, t in tensors.items()}
    if large := [key for key, t in tensors.items() if not torch.equal(t.isfinite(), halved[key].isfinite())]:
        raise UserError(f"{large[0]}: is too large for 16 bits; export it without --half")
    return halved


def save_player(tensors: Mapping[str, Tensor], path: Path, metadata: dict[str, str] | None = None) -> None:
    """Write tensors as safetensors; shared ones are written once for each name."""
    try:
        save_file({name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}, path, metadata)
    except SafetensorError as error:
        raise UserError(f"{path}: cannot be written ({error})") from None
