"""Weights to begin a training with (`[model] init = "..."`), from our own files or official ones: fine-tuning."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..config import Config, toml
from ..errors import UserError, counted, pasted
from ..interop import load_official
from ..models import Translator
from ..weights.locate import is_ours, locate
from ..weights.model import load

SHOWN = 3  # tensors of each sub-network that are named when they do not fit


class Fit(NamedTuple):
    """The weights that fit, by player, and a report with a line for each sub-network."""

    tensors: dict[str, dict[str, Tensor]]
    lines: list[str]


def load_initial(model: Translator, path: str) -> list[str]:
    """Give `model` whatever fits of the weights at `path`; returns the report. Raises `UserError` if nothing fits."""
    tensors, lines = compare_weights(model, path)
    for player, found in tensors.items():
        model.player(player).load_state_dict(found, strict=False)
    return lines


def compare_weights(model: Translator, path: str) -> Fit:
    """Find the weights at `path` with the name and the shape of one of the model's; `model` is left as it is.

    `path` is one that `load` takes (averaged weights where there are any), or official weights. Its first domain goes
    with the model's first, whatever they are called. Raises `UserError` if next to nothing fits: less than half of the
    weights of each sub-network.
    """
    source = _open(model, Path(path).expanduser())
    tensors: dict[str, dict[str, Tensor]] = {}
    lines: list[str] = []
    for player in model.players:
        theirs = source.learned(player) if player in source.players else {}
        ours = model.player(player).state_dict(keep_vars=True)  # what modules share is then the same object
        tensors[player] = {k: t for k, t in theirs.items() if k in ours and t.shape == ours[k].shape}
        if dropped := _drop_shared(ours, tensors[player]):
            lines.append(
                f"{player}: {dropped} tensors are shared by the domains here and not there; the first's are taken"
            )
        for role in dict.fromkeys(key.split(".")[0] for key in ours):
            mine = {key: tensor for key, tensor in ours.items() if key.split(".")[0] == role}
            lines.append(f"{player}.{role}: {_compare(mine, theirs, role)}")
    if not any(_mostly(found, model.player(player).state_dict()) for player, found in tensors.items()):
        raise UserError(
            f"recipe.model.init: {path}: next to nothing in it fits this {model.name}, the networks are others; "
            f"{_how_to_fit(model, source)}"
        )
    return Fit(tensors, [f"{path} ({source.name}, {' and '.join(source.domains)})", *lines])


def _how_to_fit(model: Translator, source: Translator) -> str:
    """Say what to do where the networks of `model` are none of those that `source` has."""
    if model.name != source.name:
        return f"begin with weights of a {model.name}, these are of a {source.name}"
    words = (
        pasted(f"model.{kind}", toml(_changed(theirs)))
        for kind in ("generator", "discriminator")
        if (theirs := getattr(source.config, kind)) != getattr(model.config, kind)
    )
    return f"build the same ones: {' '.join(words)}"


def _changed(config: Config) -> dict[str, Any]:
    """The knobs of a network that are not at their defaults, and its name."""
    fields, knobs = type(config).model_fields, config.dump()
    return {key: value for key, value in knobs.items() if key == "name" or getattr(config, key) != fields[key].default}


def _drop_shared(ours: Mapping[str, Tensor], found: dict[str, Tensor]) -> int:
    """Drop from `found` all but the first of modules that are one here and several in the file; return how many."""
    first: dict[int, str] = {}
    dropped = 0
    for key in [key for key in ours if key in found]:
        twin = first.setdefault(id(ours[key]), key)
        if not torch.equal(found[key], found[twin]):
            del found[key]
            dropped += 1
    return dropped


def _mostly(found: Mapping[str, Tensor], ours: Mapping[str, Tensor]) -> bool:
    """Return True if `found` has half of the tensors of any sub-network."""
    roles = [key.split(".")[0] for key in ours]
    return any(2 * sum(key.split(".")[0] == role for key in found) >= roles.count(role) for role in set(roles))


def _open(model: Translator, path: Path) -> Translator:
    try:
        path = locate(path)
        source = load(path) if is_ours(path) else load_official(path, model.domains)
    except UserError as error:
        raise UserError(f"recipe.model.init: {error}") from None
    if source.domains == model.domains[::-1]:
        order = pasted("data.domains", toml(source.domains))
        raise UserError(
            f"recipe.data.domains: must be in the order of recipe.model.init, {order}, with "
            "the images to match (the first ones are those of trainA, or of the first of data.folders)"
        )
    return source


def _compare(ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor], role: str) -> str:
    """Say in a few words how much of a sub-network is there, and what is not."""
    fits = [key for key in ours if key in theirs and theirs[key].shape == ours[key].shape]
    if not any(key.split(".")[0] == role for key in theirs):
        return "nothing loaded, the file has none; it begins at random"
    text = f"{len(fits)} of {counted(len(ours), 'tensor')} loaded"
    others = [
        f"{key} is {tuple(theirs[key].shape)} there and {tuple(ours[key].shape)} here" if key in theirs else f"no {key}"
        for key in ours.keys() - fits
    ]
    more = f", and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
    return text + (f"; not {'; '.join(sorted(others)[:SHOWN])}{more}" if others else "")
