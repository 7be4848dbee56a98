"""The networks of junyanz/pytorch-CycleGAN-and-pix2pix (Zhu et al. 2017, Isola et al. 2017), by their tensors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from torch import Tensor, nn

from ..config import Config
from ..errors import UserError
from ..nets.layers import Norm
from ..nets.patchgan import PatchGAN
from ..nets.pixelgan import PixelGAN
from ..nets.resnet import Resnet
from ..nets.unet import Unet
from .layout import OLD, STATISTICS, UNCHANGED, Entry, Layout, Place, convolution, weights_of
from .network import NO_SIZES, Network, on_paper, sizes

PROJECT = "pytorch-CycleGAN-and-pix2pix"
State = Mapping[str, Tensor]
DROPOUT = 0.5  # the official code knows no other


def recognize(state: State, where: str, told: Mapping[str, Any] | None = None) -> Network:
    """The generator or discriminator whose state dict this is; raises `UserError` when it is none of them.

    `told` are knobs that a config beside it says, where tensors cannot.
    """
    told = told or {}
    for mark, read in _MARKS.items():
        if mark in state:
            try:
                config, channels, assumed = read(state)
                config = type(config)(**config.dump() | told)
                assumed = [line for line in assumed if line.partition(":")[0] not in told]
            except KeyError as error:
                what = f"{where}: begins like a network of {PROJECT}, but has no {error} that fits"
                raise UserError(f"{what}; {UNCHANGED}") from None
            except ValidationError:  # The tensors make no valid config.
                raise UserError(f"{where}: {NO_SIZES}; {UNCHANGED}") from None
            net = on_paper(lambda c=config, n=channels: c.build(*n), where)
            layout = layout_of(net, config, config.norm == "instance" and _is_biased(state, config))
            kind = "generator" if len(channels) == 2 else "discriminator"
            return Network(kind, config, channels, layout.what, *layout.take(state, where), assumed)
    raise UserError(
        f"{where}: is no network of {PROJECT}, MUNIT or UNIT, its first tensor is {next(iter(state))!r}; {UNCHANGED}"
    )


def layout_of(net: nn.Module, config: Config, biased: bool | None = None) -> Layout:
    """Tell where the official code keeps the weights of `net`; raises `UserError` if it has no such network.

    `biased`: convolutions before a norm have a bias; None: as in the official code, beside instance norms.
    """
    norm = getattr(config, "norm", "none")
    places = _places(config, norm == "instance" if biased is None else biased)
    layout = Layout(_what(config))
    norms = iter(weights_of(net, (nn.BatchNorm2d,)))
    layers = weights_of(net, (nn.Conv2d, nn.ConvTranspose2d))
    for place, (path, layer) in zip(places, layers, strict=True):
        layout.entries += convolution(place, path, layer)
        if place.norm and norm == "batch":
            path, batch_norm = next(norms)
            for key, tensor in batch_norm.state_dict().items():
                optional = key == "num_batches_tracked"  # Files from before torch 0.4.1 lack it.
                names = f"{place.norm}.{key}", f"{path}.{key}"
                layout.entries.append(Entry(*names, tuple(tensor.shape), optional=optional))
        elif place.norm and norm == "instance":
            layout.superfluous |= {f"{place.norm}.{key}": OLD for key in STATISTICS}
    return layout


def _is_biased(state: State, config: Config) -> bool:
    """Return True if a convolution before a norm has a bias; others who write these networks leave it out."""
    return any(f"{place.conv}.bias" in state for place in _places(config, False) if place.norm)


def _places(config: Config, biased: bool) -> Iterator[Place]:
    for kind, places in ((Resnet, _resnet), (Unet, _unet), (PatchGAN, _patchgan), (PixelGAN, _pixelgan)):
        if isinstance(config, kind.Config):
            return places(config, biased)
    raise UserError(f"the official code has no network like {config.name!r}")


def _resnet(config: Resnet.Config, biased: bool) -> Iterator[Place]:
    if config.upsample != "transpose":
        raise UserError("generator.upsample: the official code has transposed convolutions only")
    if config.skip:
        raise UserError("generator: the official ResNet has no skip")
    for i in (1, 4, 7):
        yield Place(f"model.{i}", biased, f"model.{i + 1}")
    second = 6 if config.dropout else 5
    for i in range(10, 10 + config.blocks):
        for j in (1, second):
            yield Place(f"model.{i}.conv_block.{j}", biased, f"model.{i}.conv_block.{j + 1}")
    end = 10 + config.blocks
    for i in (end, end + 3):
        yield Place(f"model.{i}", biased, f"model.{i + 1}")
    yield Place(f"model.{end + 7}")


def _unet(config: Unet.Config, biased: bool) -> Iterator[Place]:
    levels = ["model.model", *("model.model.1.model" + ".3.model" * i for i in range(config.depth - 1))]
    *outer, innermost = levels[1:]
    yield Place("model.model.0", biased)
    for level in outer:
        yield Place(f"{level}.1", biased, f"{level}.2")
    yield Place(f"{innermost}.1", biased)
    yield Place(f"{innermost}.3", biased, f"{innermost}.4")
    for level in reversed(outer):
        yield Place(f"{level}.5", biased, f"{level}.6")
    yield Place("model.model.3")


def _patchgan(config: PatchGAN.Config, biased: bool) -> Iterator[Place]:
    if config.scales > 1 or config.spectral:
        raise UserError("discriminator: the official PatchGAN has one scale and no spectral norm")
    yield Place("model.0")
    for i in range(2, 3 * config.layers, 3):
        yield Place(f"model.{i}", biased, f"model.{i + 1}")
    yield Place(f"model.{3 * config.layers + 2}")


def _pixelgan(config: PixelGAN.Config, biased: bool) -> Iterator[Place]:
    yield Place("net.0")
    yield Place("net.2", biased, "net.3")
    yield Place("net.5", biased)


Found = tuple[Config, tuple[int, ...], list[str]]  # config, channels, what is assumed


def _read_resnet(state: State) -> Found:
    width, inputs, *_ = sizes(state, "model.1.weight")
    blocks = {m[1] for key in state if (m := re.match(r"model\.(\d+)\.conv_block\.", key))}
    outputs = sizes(state, f"model.{len(blocks) + 17}.weight")[0]
    shifted = "model.10.conv_block.6.weight" in state and state["model.10.conv_block.6.weight"].ndim == 4
    dropout = DROPOUT if shifted else 0.0
    config = Resnet.Config(blocks=len(blocks), width=width, norm=_norm(state, "model.1"), dropout=dropout)
    return config, (inputs, outputs), ["padding: reflect"]


def _read_unet(state: State) -> Found:
    width, inputs, *_ = sizes(state, "model.model.0.weight")
    outputs = sizes(state, "model.model.3.weight")[1]
    depth = _convolutions(state) // 2
    return (
        Unet.Config(depth=depth, width=width, norm=_norm(state, "model.model.1.model.1")),
        (inputs, outputs),
        ["dropout: none"],
    )


def _read_patchgan(state: State) -> Found:
    width, inputs, *_ = sizes(state, "model.0.weight")
    layers = _convolutions(state) - 2
    return PatchGAN.Config(width=width, layers=layers, norm=_norm(state, "model.2")), (inputs,), []


def _read_pixelgan(state: State) -> Found:
    width, inputs, *_ = sizes(state, "net.0.weight")
    return PixelGAN.Config(width=width, norm=_norm(state, "net.2")), (inputs,), []


_MARKS: dict[str, Callable[[State], Found]] = {
    "model.model.0.weight": _read_unet,
    "model.0.weight": _read_patchgan,
    "model.1.weight": _read_resnet,
    "net.0.weight": _read_pixelgan,
}


def _convolutions(state: State) -> int:
    return sum(tensor.ndim == 4 for tensor in state.values())


def _norm(state: State, conv: str) -> Norm:
    """The entries of a convolution before a norm: only an instance norm leaves it a bias there."""
    if any(tensor.ndim == 1 and key.endswith("weight") for key, tensor in state.items()):
        return "batch"
    return "instance" if f"{conv}.bias" in state else "none"


def _what(config: Config) -> str:
    name = {"resnet": "ResNet generator", "unet": "U-Net generator", "patchgan": "PatchGAN", "pixelgan": "PixelGAN"}
    knobs = [f"{key} {getattr(config, key)}" for key in ("blocks", "depth", "layers", "width") if hasattr(config, key)]
    norm = "no norm" if config.norm == "none" else f"{config.norm} norm"
    dropout = [f"dropout {config.dropout}"] if getattr(config, "dropout", 0) else []
    return f"{name[config.name]} ({', '.join([*knobs, norm, *dropout])})"
