"""The state of a network in the format of junyanz/pytorch-CycleGAN-and-pix2pix -> ours; and where references lie."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from torch import Tensor, nn


def from_official(net: nn.Module, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights of an official generator or discriminator under the keys of `net`, which has the same shape.

    Both define their layers in the order of use, so the n-th layer there is the n-th here, whatever the order of
    `state`. What `net` lacks is left out: biases that a norm removes, and instance norms, which in old files come with
    running statistics.
    """
    theirs = [layer for _, layer in sorted(_layers(state).items(), key=_position) if "weight" in layer]
    ours = _layers(net.state_dict())
    assert len(theirs) == len(ours), f"{len(theirs)} layers there, {len(ours)} here"
    pairs = zip(ours.items(), theirs, strict=True)
    return {f"{path}.{name}": layer[name] for (path, names), layer in pairs for name in names}


def reference(name: str) -> Path:
    """The folder `shared/reference/<name>` beside the checkout; the test is skipped where there is none."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "reference" / name
    if not folder.is_dir():
        pytest.skip(f"no reference checkpoints: {name}")
    return folder


def _layers(state: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    layers: dict[str, dict[str, Tensor]] = {}
    for key, tensor in state.items():
        path, _, name = key.rpartition(".")
        layers.setdefault(path, {})[name] = tensor
    return layers


def _position(layer: tuple[str, object]) -> list[int]:
    """Where a layer stands in its nest of sequences; files may hold the layers in any order."""
    return [int(part) for part in layer[0].split(".") if part.isdigit()]
