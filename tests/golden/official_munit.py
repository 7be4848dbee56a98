"""The state of a network in the format of NVlabs/MUNIT -> ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

PARTS = {  # ours -> theirs
    "style": "enc_style",
    "content": "enc_content",
    "mlp": "mlp",
    "decoder": "dec",
    "encode": "enc",
    "decode": "dec",
    "critics": "cnns",
}


def from_official(net: nn.Module, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights of an official autoencoder or discriminator under the keys of `net`, which has the same shape.

    In each part, the n-th convolution (or linear layer) and the n-th norm there are the n-th here. What `net` lacks is
    left out: biases that a norm removes, and the empty statistics of AdaIN.
    """
    weights = {}
    for part, children in net.named_children():
        prefix = PARTS[part] + "."
        theirs = {key.removeprefix(prefix): tensor for key, tensor in state.items() if key.startswith(prefix)}
        for ndims in ({1}, {2, 4}):
            pairs = zip(_layers(children.state_dict(), ndims), _layers(theirs, ndims), strict=True)
            weights |= {f"{part}.{path}.{n}": layer[n] for (path, names), (_, layer) in pairs for n in names}
    return weights


def load(model: nn.Module, folder: Path) -> None:
    """Give a UNIT or MUNIT of the shape of the reference its weights."""
    for player, file in {"generators": "gen", "discriminators": "dis"}.items():
        states = torch.load(folder / f"{file}_00000010.pt", weights_only=True)
        for role, net in getattr(model, player).items():
            net.load_state_dict(from_official(net, states[role]))


def _layers(state: Mapping[str, Tensor], ndims: set[int]) -> list[tuple[str, dict[str, Tensor]]]:
    layers: dict[str, dict[str, Tensor]] = {}
    for key, tensor in state.items():
        path, _, name = key.rpartition(".")
        layers.setdefault(path, {})[{"gamma": "weight", "beta": "bias"}.get(name, name)] = tensor
    chosen = [(path, layer) for path, layer in layers.items() if "weight" in layer and layer["weight"].ndim in ndims]
    return sorted(chosen, key=lambda layer: _position(layer[0]))


def _position(path: str) -> list[int]:
    """Where a layer stands in its part; files may hold the layers in any order."""
    words = {"downs": "0", "blocks": "1", "first": "0", "second": "1", "ups": "2", "head": "3"}
    named = ".".join(words.get(word, word) for word in path.split("."))
    return [int(part) for part in re.findall(r"\d+", named)]
