"""Conversion of a finished network, in place: its layers become equal ones that are faster.

A layer changes its class and nothing else, so parameters and the keys of the state dict stay as they are. Without an
active speed, and for features that lie channels first, the new layers compute as the old ones did.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import type_before_parametrizations

from ..nets import adain, layers
from ..nets.autoencoder import Decoder, Encoder
from ..nets.features import Features
from ..nets.hidden import Hidden
from ..nets.multiscale import Multiscale
from ..nets.patchgan import PatchGAN
from ..nets.pixelgan import PixelGAN
from ..nets.resnet import Resnet
from ..nets.style_autoencoder import StyleEncoder
from ..nets.timm_encoder import TimmEncoder
from ..nets.unet import Unet
from . import norms, recompute
from .context import channels_last, in_memory_format
from .convolutions import FEW, Conv2d, FewInputsConv2d, FewOutputsConv2d, UpsampleConv2d

NORMS = {layers.InstanceNorm: norms.InstanceNorm, adain.AdaIN: norms.AdaIN, adain.LayerNorm: norms.LayerNorm}
RECOMPUTED = {
    Resnet: recompute.Resnet,
    Unet: recompute.Unet,
    Encoder: recompute.Encoder,
    StyleEncoder: recompute.StyleEncoder,
    Decoder: recompute.Decoder,
}
TAKE_IMAGES = Resnet, Unet, Encoder, StyleEncoder, PatchGAN, Multiscale, PixelGAN


def convert(model: nn.Module, fast_layers: bool = False, recomputation: bool = False) -> None:
    """Give `model` and the networks below it fast layers, and generators that can compute features again, once each.

    A network that is not named here, such as a plugin's, keeps the memory format that it is given.
    """
    done = vars(model).setdefault("converted", set())
    for change, wanted in ((make_fast, fast_layers), (make_recomputing, recomputation)):
        if wanted and change not in done:
            change(model)
            done.add(change)


def make_recomputing(model: nn.Module) -> None:
    """Replace generators by those that compute features again where the active speed says so."""
    for module in list(own_modules(model)):
        if fast := RECOMPUTED.get(type(module)):
            module.__class__ = fast


def make_fast(model: nn.Module) -> None:
    """Replace layers by fast ones, and let networks lay images out as the active speed says."""
    for module in list(own_modules(model)):
        if isinstance(module, nn.Sequential):
            fuse_resizing(module)
        kind = type_before_parametrizations(module)
        if fast := faster_convolution(module) if kind is nn.Conv2d else NORMS.get(kind):
            module.__class__ = fast_class(type(module), fast)
        if isinstance(module, TAKE_IMAGES):
            arrange_images(module)
        if isinstance(module, Encoder):
            module.register_forward_hook(keep_gradient_channels_last)
        if isinstance(module, TimmEncoder):
            arrange_images(module.backbone)
        if isinstance(module, Hidden):
            module.change(arrange_features)


def own_modules(module: nn.Module) -> Iterator[nn.Module]:
    """Yield `module` and all modules below it but timm's, which stay as they are."""
    yield module
    if not isinstance(module, TimmEncoder):
        for child in module.children():
            yield from own_modules(child)


def fuse_resizing(layers: nn.Sequential) -> None:
    """Let 5x5 convolutions resize by themselves; the layer that resized before them becomes an identity."""
    for resize, layer in pairwise(layers):
        doubles = type(resize) is nn.Upsample and (resize.scale_factor, resize.mode) == (2, "nearest")
        if doubles and type(layer) is nn.Conv2d and layer.kernel_size == (5, 5) and reflects(layer):
            resize.__class__, layer.__class__ = nn.Identity, UpsampleConv2d


def faster_convolution(layer: nn.Conv2d) -> type[nn.Conv2d] | None:
    """Return the class that computes `layer` fast; None for groups, dilation and padding that `Conv2d` lacks."""
    alike = layer.padding_mode == "reflect" and len(set(layer.padding)) == 1
    if isinstance(layer.padding, str) or not (alike or layer.padding_mode == "zeros"):
        return None
    if layer.groups > 1 or max(layer.dilation) > 1:
        return None
    if layer.kernel_size == (7, 7) and reflects(layer) and min(layer.in_channels, layer.out_channels) <= FEW:
        return FewInputsConv2d if layer.in_channels <= FEW else FewOutputsConv2d
    return Conv2d


def reflects(layer: nn.Conv2d) -> bool:
    """Return True if `layer` pads by reflection so that its output has the size of its input."""
    half = tuple(size // 2 for size in layer.kernel_size)
    return layer.padding_mode == "reflect" and max(layer.stride) == 1 and layer.padding == half


@cache
def fast_class(known: type[nn.Module], fast: type[nn.Module]) -> type[nn.Module]:
    """Return `fast` for a layer of class `known`; both in one if torch made `known` for parametrizations."""
    return fast if known in fast.__mro__ else type(known.__name__, (fast, known), {})


def arrange_images(network: nn.Module) -> None:
    """Let `network` lay its images out in memory as the active speed says."""
    network.register_forward_pre_hook(lay_out)


def lay_out(network: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arrange the first input; a forward pre-hook."""
    return in_memory_format(inputs[0]), *inputs[1:]


def arrange_features(network: nn.Module) -> None:
    """Let pretrained features in a network that `Hidden` holds lay out their input; their layers, timm's, stay."""
    for module in network.modules():
        if isinstance(module, Features):
            arrange_images(module.net)


def keep_gradient_channels_last(encoder: nn.Module, inputs: tuple[Any, ...], code: Tensor) -> None:
    """Force the gradient of `code` to channels last if `code` lies so; a forward hook.

    Autograd sums gradients in the memory format of the first one; otherwise the backward of all norms before this
    point takes four times as long.
    """
    if channels_last(code) and code.requires_grad:
        code.register_hook(lambda gradient: gradient.contiguous(memory_format=torch.channels_last))
