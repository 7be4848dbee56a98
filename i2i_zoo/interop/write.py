"""Our weights as files that the official code loads, strictly."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import UserError
from ..files import draft_file
from ..models import Translator
from ..models.cyclegan import CycleGAN
from ..models.munit import MUNIT
from ..models.unit import UNIT
from ..nets.autoencoder import Autoencoder
from ..nets.multiscale import Multiscale
from ..nets.unet import Unet
from . import junyanz, nvlabs, settings
from .cyclegan import ROLES
from .layout import Layout

FORMATS: dict[str, type[Translator]] = {"cyclegan-pytorch": CycleGAN, "munit": MUNIT, "unit": UNIT}
SHALLOWEST = 5  # the official U-Net widens four times before it goes deeper


def write_official(model: Translator, to: str, folder: Path, step: int = 0) -> list[Path]:
    """Write the weights of `model` into `folder` as the project `to` (one of `FORMATS`) names and nests them.

    What the official networks have and ours leave out is filled in: zeros for biases that a norm removes, empty
    statistics. Known styles of a MUNIT become part of its linear layers. `step` is part of the names of MUNIT's and
    UNIT's files. Returns the files; raises `UserError`, before anything is written, when the official code has no such
    model.
    """
    if not isinstance(model, FORMATS[to]):
        raise UserError(f"--to {to}: the model is a {model.name}; {_fitting(model)}")
    try:
        files = _files(model, step)
    except UserError as error:
        raise UserError(f"{error}; use `i2i export`") from None
    for name, content in files.items():
        with draft_file(folder / name) as draft:
            if isinstance(content, str):
                draft.write_text(content)
            else:
                torch.save(content, draft)
    return [folder / name for name in files]


def _fitting(model: Translator) -> str:
    """What can be done with a model that is not of the project that was asked for."""
    names = [name for name, cls in FORMATS.items() if isinstance(model, cls)]
    if not names:
        return "no official code has it, so use `i2i export`"
    try:
        _files(model, step=0)
    except UserError as error:
        return f"--to {names[0]} cannot have it either ({error}), so use `i2i export`"
    return f"write it with --to {names[0]}"


def _files(model: Translator, step: int) -> Mapping[str, Any]:
    """What is to be written, by the name of its file; raises `UserError`."""
    return _cyclegan(model) if isinstance(model, CycleGAN) else _autoencoders(model, step)


def _cyclegan(model: CycleGAN) -> dict[str, Mapping[str, Tensor]]:
    files = {}
    for net, role in ROLES.items():
        if role not in model.missing_networks:
            player, _, key = role.partition(".")
            module, config = model.player(player)[key], getattr(model.config, player.removesuffix("s"))
            if isinstance(config, Unet.Config) and config.depth < SHALLOWEST:
                raise UserError(f"generator.depth: the official U-Net has {SHALLOWEST} or more, not {config.depth}")
            files[f"latest_net_{net}.pth"] = _state(module, junyanz.layout_of(module, config), role)
    return files


def _autoencoders(model: MUNIT | UNIT, step: int) -> dict[str, str | dict[str, Mapping[str, Tensor]]]:
    if getattr(model.config, "shared_blocks", 0):
        raise UserError("shared_blocks: the official UNIT shares no weights between the domains")
    if not isinstance(model.config.generator, Autoencoder.Config):
        raise UserError(f"generator: the official code has no {model.config.generator.name!r}")
    if not isinstance(model.config.discriminator, Multiscale.Config):
        raise UserError(f"discriminator: the official code has no {model.config.discriminator.name!r} there")
    if getattr(model.config.generator, "style_halvings", 4) != 4:
        raise UserError("generator.style_halvings: the official style encoder halves images 4 times")
    if model.config.gan.objective not in settings.TYPES:
        raise UserError(f"gan.objective: the official code has lsgan and nsgan, no {model.config.gan.objective!r}")
    files: dict[str, str | dict[str, Mapping[str, Tensor]]] = {}
    for player, name in (("generators", "gen"), ("discriminators", "dis")):
        config = getattr(model.config, player.removesuffix("s"))
        nets = {role: model.player(player)[role] for role in "ab" if f"{player}.{role}" not in model.missing_networks}
        if player == "generators" and isinstance(model, MUNIT):
            nets = {role: model.prior.folded(role, net) for role, net in nets.items()}
        if len(nets) == 2:
            files[f"{name}_{step:08d}.pt"] = {
                role: _state(net, nvlabs.layout_of(net, config), f"{player}.{role}") for role, net in nets.items()
            }
    return files | {"config.yaml": settings.text(model)}


def _state(net: nn.Module, layout: Layout, where: str) -> dict[str, Tensor]:
    return {key: tensor.cpu().contiguous() for key, tensor in layout.give(net.state_dict(), where).items()}
