"""CycleGAN from the files of pytorch-CycleGAN-and-pix2pix: one for each network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..data.preparation import Preparation
from ..errors import UserError
from ..models.cyclegan import CycleGAN
from ..nets.patchgan import PatchGAN
from ..nets.resnet import Resnet
from ..nets.unet import Unet
from .assemble import Imported, assemble
from .junyanz import PROJECT, recognize
from .network import Network
from .reading import tensors
from .report import Report

ROLES = {  # D_A is the critic of what G_A makes, which are images of the second domain
    "G_A": "generators.a2b",
    "G_B": "generators.b2a",
    "D_A": "discriminators.b",
    "D_B": "discriminators.a",
}
SIZES = {  # of published training images, by what tells a generator; the official code stretches images to them
    (Resnet.Config, 9): 256,  # CycleGAN, appendix 7.2: 6 blocks for 128 x 128 pixels, 9 for 256 x 256 or more
    (Resnet.Config, 6): 128,
    (Unet.Config, 8): 256,  # unet_256
    (Unet.Config, 7): 128,  # unet_128
}
WIDTH = 64  # of published generators; others may have been trained at any size


def read_cyclegan(
    files: Mapping[str, Path],
    found: Mapping[str, Any],
    domains: Sequence[str],
    told: Mapping[str, Mapping[str, Any]] | None = None,
    known: Preparation | None = None,
    origin: str = PROJECT,
) -> Imported:
    """A CycleGAN of what the files of "G_A", "D_B", ... hold; a file of "G" alone is taken for G_A.

    `told` are knobs of the networks that are known beside their tensors, `known` is the preparation of images.
    """
    report, nets = Report(f"CycleGAN of {origin}"), {}
    for net, file in files.items():
        network = recognize(tensors(found[net], file), str(file), (told or {}).get(net))
        kind = "generator" if net[0] == "G" else "discriminator"
        if network.kind != kind:
            raise UserError(f"{file}: holds a {network.what}, where a {kind} is needed; give the files their own names")
        nets[role := ROLES["G_A" if net == "G" else net]] = network
        report.add(role, file, network)
    folder = next(iter(files.values())).parent
    generator, discriminator = (_config(nets, player, folder) for player in ("generators", "discriminators"))
    discriminator = discriminator or PatchGAN.Config(width=generator.width, norm=generator.norm)  # as published
    knobs = {"generator": generator, "discriminator": discriminator}
    report.notes.append("assumed, for there is no file of options: the losses and weights of the paper")
    if known is None and (preparation := _preparation(generator)):
        report.notes.append(f"assumed, as published for this generator: images of {preparation}")
    return assemble(CycleGAN, knobs, domains, _channels(nets, folder), nets, report, known or preparation)


def _preparation(generator: Any) -> Preparation | None:
    """Tell how images are prepared for a published generator; None for any other, whose files do not tell."""
    depth = getattr(generator, "blocks", getattr(generator, "depth", None))
    side = SIZES.get((type(generator), depth)) if generator and generator.width == WIDTH else None
    return Preparation(size=(side, side)) if side else None


def _config(nets: Mapping[str, Network], player: str, folder: Path) -> Any:
    """The config that the networks of a player share."""
    own = [network for role, network in nets.items() if role.startswith(player)]
    if any(network.config != own[0].config for network in own):
        what = " and a ".join(network.what for network in own)
        raise UserError(f"{folder}: both {player} must be of one shape, these are a {what}; give both of one training")
    return own[0].config if own else None


def _channels(nets: Mapping[str, Network], folder: Path) -> tuple[int, int]:
    """The channels of both domains, which the networks must agree on."""
    said: dict[str, set[int]] = {"a": set(), "b": set()}
    for role, network in nets.items():
        for domain, count in zip(role.split(".")[1].split("2"), network.channels, strict=True):
            said[domain].add(count)
    if any(len(counts) != 1 for counts in said.values()):
        what = f"these networks do not belong together, they have other channels ({said})"
        raise UserError(f"{folder}: {what}; give those of one training")
    return said["a"].pop(), said["b"].pop()
