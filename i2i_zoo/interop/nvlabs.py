"""The networks of NVlabs/MUNIT and mingyuliutw/UNIT (Huang et al. 2018, Liu et al. 2017), by their tensors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pydantic import ValidationError
from torch import Tensor, nn

from ..errors import UserError
from ..nets.adain import LayerNorm
from ..nets.autoencoder import Autoencoder
from ..nets.multiscale import Multiscale
from ..nets.style_autoencoder import StyleAutoencoder
from .layout import OLD, STATISTICS, UNCHANGED, Entry, Layout, Place, convolution, weights_of
from .network import NO_SIZES, Network, on_paper, sizes

State = Mapping[str, Tensor]
ORDER = ("enc_style", "enc_content", "enc", "dec", "mlp", "cnns")  # of the parts in the official state dicts
UNUSED = "the empty statistics of an adaptive instance norm"


class Block(NamedTuple):
    """A layer of the official code with what surrounds it: its norm is "in", "adain", "ln" or none."""

    path: str
    norm: str = ""
    layer: str = "conv"


def recognize(state: State, where: str) -> Network:
    """The autoencoder or discriminator of one domain; raises `UserError` when it is neither."""
    try:
        if "cnns.0.0.conv.weight" in state:
            kind, config, channels = "discriminator", *_read_critic(state)
        elif "enc_content.model.0.conv.weight" in state:
            kind, config, channels = "generator", *_read_munit(state)
        elif "enc.model.0.conv.weight" in state:
            kind, config, channels = "generator", *_read_unit(state)
        else:
            raise UserError(
                f"{where}: is no network of MUNIT or UNIT, its first tensor is {next(iter(state))!r}; {UNCHANGED}"
            )
    except KeyError as error:
        what = f"{where}: begins like a network of MUNIT or UNIT, but has no {error} that fits"
        raise UserError(f"{what}; {UNCHANGED}") from None
    except ValidationError:  # The tensors make no valid config.
        raise UserError(f"{where}: {NO_SIZES}; {UNCHANGED}") from None
    layout = layout_of(on_paper(lambda: build(config, channels), where), config)
    return Network(kind, config, channels, layout.what, *layout.take(state, where))


Config = Autoencoder.Config | StyleAutoencoder.Config | Multiscale.Config


def build(config: Config, channels: tuple[int, ...]) -> nn.Module:
    """The network; `channels` are those of its images, and for MUNIT's autoencoder the length of a style."""
    if isinstance(config, Multiscale.Config):
        return Multiscale(config, *channels)
    return (StyleAutoencoder if isinstance(config, StyleAutoencoder.Config) else Autoencoder)(config, *channels)


def layout_of(net: nn.Module, config: Config) -> Layout:
    """Tell where the official code keeps the weights of `net`."""
    layout, blocks = _layout(config)
    norms = iter(weights_of(net, (LayerNorm,)))
    for block, (path, layer) in zip(blocks, weights_of(net, (nn.Conv2d, nn.Linear)), strict=True):
        norm, width = f"{block.path}.norm", layer.weight.shape[0]
        if block.norm == "adain":
            for key, fill in (("running_mean", 0.0), ("running_var", 1.0)):
                layout.entries.append(Entry(f"{norm}.{key}", "", (width,), UNUSED, fill, optional=True))
        elif block.norm == "ln":
            here = next(norms)[0]
            layout.entries.append(Entry(f"{norm}.gamma", f"{here}.weight", (width,)))
            layout.entries.append(Entry(f"{norm}.beta", f"{here}.bias", (width,)))
        elif block.norm == "in":
            layout.superfluous |= {f"{norm}.{key}": OLD for key in STATISTICS}
        layout.entries += convolution(Place(".".join(filter(None, (block.path, block.layer)))), path, layer)
    layout.entries.sort(key=lambda entry: ORDER.index(entry.theirs.split(".")[0]))
    return layout


def _layout(config: Config) -> tuple[Layout, Iterable[Block]]:
    """An empty layout, and the layers in the order in which ours are defined."""
    if isinstance(config, Multiscale.Config):
        return Layout(f"multi-scale discriminator ({_knobs(config, 'scales', 'layers', 'width')})"), _critics(config)
    if isinstance(config, StyleAutoencoder.Config):
        knobs = _knobs(config, "blocks", "halvings", "width", "mlp_width", "style_halvings")
        parts = [*_style(config), *_encoder(config, "enc_content"), *_mlp(), *_decoder(config, "adain")]
        return Layout(f"MUNIT autoencoder ({knobs})"), parts
    parts = [*_encoder(config, "enc"), *_decoder(config, "in")]
    return Layout(f"UNIT autoencoder ({_knobs(config, 'blocks', 'halvings', 'width')})"), parts


def _style(config: StyleAutoencoder.Config) -> Iterator[Block]:
    for i in range(config.style_halvings + 1):
        yield Block(f"enc_style.model.{i}")
    yield Block(f"enc_style.model.{config.style_halvings + 2}", layer="")


def _encoder(config: Autoencoder.Config, part: str) -> Iterator[Block]:
    for i in range(config.halvings + 1):
        yield Block(f"{part}.model.{i}", "in")
    yield from _blocks(config, f"{part}.model.{config.halvings + 1}", "in")


def _decoder(config: Autoencoder.Config, norm: str) -> Iterator[Block]:
    yield from _blocks(config, "dec.model.0", norm)
    for i in range(config.halvings):
        yield Block(f"dec.model.{2 * i + 2}", "ln")
    yield Block(f"dec.model.{2 * config.halvings + 1}")


def _blocks(config: Autoencoder.Config, part: str, norm: str) -> Iterator[Block]:
    for i in range(config.blocks):
        for j in range(2):
            yield Block(f"{part}.model.{i}.model.{j}", norm)


def _mlp() -> Iterator[Block]:
    for i in range(3):
        yield Block(f"mlp.model.{i}", layer="fc")


def _critics(config: Multiscale.Config) -> Iterator[Block]:
    for scale in range(config.scales):
        for i in range(config.layers):
            yield Block(f"cnns.{scale}.{i}")
        yield Block(f"cnns.{scale}.{config.layers}", layer="")


def _read_unit(state: State, part: str = "enc") -> tuple[Autoencoder.Config, tuple[int, ...]]:
    width, channels, *_ = sizes(state, f"{part}.model.0.conv.weight")
    halvings = _count(state, rf"{part}\.model\.(\d+)\.conv\.weight") - 1
    blocks = _count(state, rf"{part}\.model\.{halvings + 1}\.model\.(\d+)\.")
    return Autoencoder.Config(width=width, halvings=halvings, blocks=blocks), (channels,)


def _read_munit(state: State) -> tuple[StyleAutoencoder.Config, tuple[int, ...]]:
    config, channels = _read_unit(state, "enc_content")
    style_halvings = _count(state, r"enc_style\.model\.(\d+)\.conv\.weight") - 1
    mlp_width, style_dim = sizes(state, "mlp.model.0.fc.weight", ndim=2)
    own = {"mlp_width": mlp_width, "style_halvings": style_halvings}
    return StyleAutoencoder.Config(**dict(config), **own), (*channels, style_dim)


def _read_critic(state: State) -> tuple[Multiscale.Config, tuple[int, ...]]:
    width, channels, *_ = sizes(state, "cnns.0.0.conv.weight")
    scales, layers = _count(state, r"cnns\.(\d+)\."), _count(state, r"cnns\.0\.(\d+)\.conv\.weight")
    return Multiscale.Config(width=width, layers=layers, scales=scales), (channels,)


def _count(state: State, pattern: str) -> int:
    """Count the numbers that the pattern finds in the keys."""
    return len({match[1] for key in state if (match := re.match(pattern, key))})


def _knobs(config: Config, *names: str) -> str:
    return ", ".join(f"{name} {getattr(config, name)}" for name in names)
