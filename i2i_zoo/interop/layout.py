"""The tensors of an official network and those of ours that they are, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..errors import UserError

UNCHANGED = "give the weights of an official network as it was published"


class Entry(NamedTuple):
    """A tensor: its key there and here; "" where there is none."""

    theirs: str
    ours: str
    shape: tuple[int, ...]
    note: str = ""
    fill: float = 0.0  # the value of a tensor that only one side has
    optional: bool = False  # files of some versions lack it


class Row(NamedTuple):
    """A line of the report: a tensor of the file and what became of it."""

    theirs: str
    shape: tuple[int, ...]
    ours: str


@dataclass
class Layout:
    """Every tensor of an official network in its own order, and those that old files hold besides."""

    what: str  # "ResNet generator (9 blocks, width 64, instance norm)"
    entries: list[Entry] = field(default_factory=list)
    superfluous: dict[str, str] = field(default_factory=dict)  # key that may be there -> why it is dropped

    def take(self, state: Mapping[str, Tensor], where: str) -> tuple[dict[str, Tensor], list[Row]]:
        """The tensors of `state` under our keys, and what was done; raises `UserError` for the first that is wrong."""
        ours: dict[str, Tensor] = {}
        rows: list[Row] = []
        known = {entry.theirs for entry in self.entries} | self.superfluous.keys()
        for key in state:
            if key not in known:
                raise UserError(
                    f"{where}: {key!r} does not belong to a {self.what}, which the rest looks like; {UNCHANGED}"
                )
        for entry in self.entries:
            tensor = self._find(entry, state, where)
            if entry.ours:
                ours[entry.ours] = tensor
            if entry.theirs in state:
                rows.append(Row(entry.theirs, entry.shape, entry.ours or f"dropped: {entry.note}"))
        rows += [Row(k, tuple(state[k].shape), f"dropped: {why}") for k, why in self.superfluous.items() if k in state]
        return ours, rows

    def _find(self, entry: Entry, state: Mapping[str, Tensor], where: str) -> Tensor:
        tensor = state.get(entry.theirs)
        if tensor is None and (not entry.theirs or entry.optional):
            return torch.full(entry.shape, entry.fill)
        if tensor is None:
            raise UserError(f"{where}: {entry.theirs!r} is missing, which a {self.what} has; {UNCHANGED}")
        if tuple(tensor.shape) != entry.shape:
            raise UserError(
                f"{where}: {entry.theirs!r} has the shape {tuple(tensor.shape)} where a {self.what} has {entry.shape}; "
                f"{UNCHANGED}"
            )
        return tensor

    def give(self, ours: Mapping[str, Tensor], where: str) -> dict[str, Tensor]:
        """The official state dict of our weights; raises `UserError` where ours have no place there."""
        for entry in self.entries:
            if not entry.theirs and (ours[entry.ours] != entry.fill).any():
                raise UserError(f"{where}: {entry.ours!r} is not zero, and a {self.what} of the official code has none")
        return {
            entry.theirs: ours[entry.ours].detach().clone() if entry.ours else torch.full(entry.shape, entry.fill)
            for entry in self.entries
            if entry.theirs
        }


class Place(NamedTuple):
    """The place of a layer in the official code: its convolution (or linear layer) and the norm after it, if any."""

    conv: str
    bias: bool = True
    norm: str = ""


DEAD = "a bias that the norm after it removes"
OLD = "running statistics, which instance norms had before torch 0.4"
STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


def weights_of(net: nn.Module, kinds: tuple[type[nn.Module], ...]) -> list[tuple[str, nn.Module]]:
    """The layers of `net` of these kinds with their paths, in the order of definition, which is that of use."""
    return [(path, layer) for path, layer in net.named_modules() if isinstance(layer, kinds)]


def convolution(place: Place, path: str, layer: nn.Module) -> list[Entry]:
    """The entries of one convolution or linear layer, `path` being ours."""
    entries = [Entry(f"{place.conv}.weight", f"{path}.weight", tuple(layer.weight.shape))]
    bias = f"{path}.bias" if layer.bias is not None else ""
    if place.bias or bias:
        width = layer.weight.shape[1 if isinstance(layer, nn.ConvTranspose2d) else 0]
        entries.append(Entry(f"{place.conv}.bias" if place.bias else "", bias, (width,), "" if bias else DEAD))
    return entries
