"""A model of ours around networks that were recognized in official files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..data.preparation import Preparation
from ..models import Translator
from ..nets.initialize import replacing_weights
from .network import Network
from .report import Report


class Imported(NamedTuple):
    """A model in eval mode, and what was found in its files."""

    model: Translator
    report: Report


def assemble(
    cls: type[Translator],
    knobs: Mapping[str, Any],
    domains: Sequence[str],
    channels: Sequence[int],
    nets: Mapping[str, Network],
    report: Report,
    preparation: Preparation | None,
) -> Imported:
    """A model with the weights of `nets`, by sub-network ("generators.a2b"); the others are its `missing_networks`.

    `preparation` is that of its training, as far as files or publications tell it.
    """
    with replacing_weights():
        model = cls.Config.parse(knobs, path=report.knobs).build(domains, channels)
    every = {f"{player}.{role}": net for player in model.players for role, net in model.player(player).items()}
    for path, network in nets.items():
        every[path].load_state_dict(network.tensors)
    model.missing_networks = tuple(path for path in every if path not in nets)
    model.preparation = preparation
    report.notes += [
        f"absent: {path}, which begins at random and is not written to files" for path in model.missing_networks
    ]
    return Imported(model.eval(), report)
