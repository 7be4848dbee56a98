"""A network recognized in an official state dict: its config with us, and its weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from ..config import Config
from ..errors import UserError
from .layout import UNCHANGED, Row

NO_SIZES = "the sizes of its tensors fit no network of the official code"


@dataclass
class Network:
    """One network of a file; `channels` are its inputs and outputs, for a discriminator its inputs."""

    kind: str  # "generator", "discriminator"
    config: Config
    channels: tuple[int, ...]
    what: str
    tensors: dict[str, Tensor]
    rows: list[Row]
    assumed: list[str] = field(default_factory=list)  # what tensors cannot tell


def sizes(state: Mapping[str, Tensor], key: str, ndim: int = 4) -> tuple[int, ...]:
    """The shape of a tensor that is there and has `ndim` axes; raises `KeyError` with its key otherwise."""
    if key not in state or state[key].ndim != ndim:
        raise KeyError(key)
    return tuple(state[key].shape)


def on_paper(build: Callable[[], nn.Module], where: str) -> nn.Module:
    """The network without memory for its weights: the sizes are still a stranger's word; raises `UserError`."""
    try:
        with torch.device("meta"):
            return build()
    except (UserError, RuntimeError, TypeError, ValueError, OverflowError):
        raise UserError(f"{where}: {NO_SIZES}; {UNCHANGED}") from None
