"""A network as built is plain torch; what it is converted to gives the same, from the same parameters."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.nn.utils.parametrize import is_parametrized

import i2i_zoo.nets  # noqa: F401, registers the networks
from i2i_zoo.nets.adain import AdaIN, AdaINBlock, LayerNorm
from i2i_zoo.nets.autoencoder import Autoencoder
from i2i_zoo.nets.initialize import replacing_weights
from i2i_zoo.registry import autoencoders, discriminators, generators, style_autoencoders
from i2i_zoo.speed.choice import Speed
from i2i_zoo.speed.context import channels_last, computing
from i2i_zoo.speed.convert import convert
from i2i_zoo.speed.convolutions import Conv2d, FewInputsConv2d, FewOutputsConv2d, UpsampleConv2d

FAST = Speed(channels_last=True, light_checkpointing=True)
WAYS = {"fast": FAST, "checkpointing": FAST._replace(checkpointing=True)}
GENERATORS = {
    "resnet": [
        {"width": 6, "blocks": 1},
        {"width": 64, "blocks": 1},  # so wide that minimal filtering is taken
        {"width": 6, "blocks": 1, "upsample": "resize", "norm": "batch"},
        {"width": 6, "blocks": 1, "norm": "none", "skip": True},
    ],
    "unet": [{"width": 6, "depth": 3}, {"width": 6, "depth": 3, "norm": "none"}],
    "timm_unet": [{"width": 4, "backbone": "mobilenetv3_small_050"}],
}
PATCHES = {"name": "patchgan", "width": 6, "layers": 2, "scales": 2}
DISCRIMINATORS = {
    "patchgan": [
        {"width": 6, "layers": 2},
        {"width": 64, "spectral": True},
        {"width": 6, "layers": 2, "norm": "batch"},
    ],
    "multiscale": [{"width": 6, "layers": 2, "scales": 2}, {"width": 64, "scales": 1}],
    "pixelgan": [{"width": 6}],
    "projected": [{"size": None, "strides": [8, 16], "mix": 4, "width": 4}],
    "ensemble": [{"critics": {"one": PATCHES, "other": {"name": "pixelgan", "width": 4}}}],
}
CODED = {
    "autoencoder": {"width": 6, "blocks": 1},
    "unet_autoencoder": {"width": 6, "backbone": "mobilenetv3_small_050"},
}
STYLED = {
    "style_autoencoder": {"width": 6, "blocks": 1, "style_halvings": 3},
    "style_unet": {"width": 6, "backbone": "mobilenetv3_small_050", "style_halvings": 3},
}
NETWORKS = {
    **{f"{n}{i}": (generators[n], k, (c, c)) for n in generators for i, k in enumerate(GENERATORS[n]) for c in (1, 3)},
    **{f"{n}{i}": (discriminators[n], k, (3,)) for n in discriminators for i, k in enumerate(DISCRIMINATORS[n])},
}


class Whole(nn.Module):
    """An autoencoder as one network: images to images."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        code = self.net.encode(images)
        return self.net.decode(*code) if isinstance(code, tuple) else self.net.decode(code)


def build(name: str) -> nn.Module:
    torch.manual_seed(0)
    if name in autoencoders:
        return Whole(autoencoders[name].Config(**CODED[name]).build(3))
    if name in style_autoencoders:
        return Whole(style_autoencoders[name].Config(**STYLED[name]).build(3, 4))
    network, knobs, channels = NETWORKS[name]
    return network.Config(**knobs).build(*channels)


def computed(net: nn.Module, images: torch.Tensor, speed: Speed) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Outputs, and gradients of `images` and of all parameters."""
    net, images = net.double(), images.double().requires_grad_()
    with speed.applied(net):
        found = net(images)
    found = found if isinstance(found, list) else [found]
    sum((x * torch.linspace(-1, 1, x.numel(), dtype=x.dtype).view_as(x)).sum() for x in found).backward()
    return found, [images.grad, *(weight.grad for weight in net.parameters() if weight.requires_grad)]


@pytest.mark.parametrize("speed", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("name", [*NETWORKS, *autoencoders, *style_autoencoders])
def test_fast_equals_plain(name, speed):
    """In float64, where another order of sums does not show."""
    plain = build(name)
    fast = copy.deepcopy(plain)
    channels = NETWORKS[name][2][0] if name in NETWORKS else 3
    images = torch.rand(2, channels, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    expected, slopes = computed(plain, images.clone(), Speed())
    found, same = computed(fast, images.clone(), speed)
    for one, other in zip([*found, *same], [*expected, *slopes], strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-9 * (1 + other.abs().max().item()))


def kinds(net: nn.Module) -> list[str]:
    """The modules that come from `speed`."""
    return [module.__class__.__name__ for module in net.modules() if "i2i_zoo.speed" in str(module.__class__.__mro__)]


@pytest.mark.parametrize("name", [*NETWORKS, *autoencoders, *style_autoencoders])
def test_parameters_and_keys_stay_and_plain_converts_nothing(name):
    net = build(name)
    state = net.state_dict(keep_vars=True)
    with Speed("bf16").applied(net):
        assert not kinds(net) and not any(module._forward_pre_hooks for module in net.modules())
    for _ in range(2):
        with FAST.applied(net):
            same = net.state_dict(keep_vars=True)
    assert kinds(net) or name.startswith(("timm_unet", "projected"))
    assert list(same) == list(state) and all(same[key] is tensor for key, tensor in state.items() if "extra" not in key)
    assert all(len(module._forward_pre_hooks) <= 1 for module in net.modules()), "converted once"


@pytest.mark.parametrize("name", ["resnet2", "unet0", "autoencoder", "style_autoencoder", "patchgan0", "multiscale0"])
def test_outside_of_a_scope_the_converted_network_is_the_plain_one_to_the_bit(name):
    plain = build(name).eval()
    fast = copy.deepcopy(plain)
    convert(fast, True, True)
    images = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(fast(images), plain(images), rtol=0, atol=0)
        channels_last_ones = images.contiguous(memory_format=torch.channels_last)
        torch.testing.assert_close(fast(channels_last_ones), plain(images), rtol=0, atol=0)


def test_each_layer_becomes_the_one_that_suits_it():
    reflect = {"padding_mode": "reflect"}
    layers = {
        nn.Conv2d(3, 8, 7, padding=3, **reflect): FewInputsConv2d,
        nn.Conv2d(8, 3, 7, padding=3, **reflect): FewOutputsConv2d,
        nn.Conv2d(3, 8, 7, padding=3): Conv2d,
        nn.Conv2d(3, 8, 7, padding=3, stride=2, **reflect): Conv2d,
        nn.Conv2d(8, 8, 3, padding=1, **reflect): Conv2d,
        nn.Conv2d(8, 8, 3, padding=(1, 2)): Conv2d,
        nn.Conv2d(8, 8, 3, padding=(1, 2), **reflect): nn.Conv2d,
        nn.Conv2d(8, 8, 3, padding="same"): nn.Conv2d,
        nn.Conv2d(8, 8, 3, padding=1, padding_mode="circular"): nn.Conv2d,
        nn.Conv2d(8, 8, 3, groups=2): nn.Conv2d,
        nn.Conv2d(8, 8, 3, dilation=2): nn.Conv2d,
        nn.ConvTranspose2d(8, 8, 3): nn.ConvTranspose2d,
    }
    convert(nn.ModuleList(layers), fast_layers=True)
    assert [type(layer) for layer in layers] == list(layers.values())
    spectral = spectral_norm(nn.Conv2d(8, 8, 3))
    convert(nn.Sequential(spectral), fast_layers=True)
    assert isinstance(spectral, Conv2d) and is_parametrized(spectral)


def test_resizing_is_fused_with_the_convolution_that_pads_for_it():
    def pair(scale: float = 2, size: int = 5, padding: int = 2, mode: str = "nearest") -> nn.Sequential:
        layer = nn.Conv2d(4, 4, size, padding=padding, padding_mode="reflect")
        return nn.Sequential(nn.Upsample(scale_factor=scale, mode=mode), layer)

    others = [pair(scale=3), pair(size=3, padding=1), pair(padding=1), pair(mode="bilinear")]
    convert(nn.ModuleList([fused := pair(), *others]), fast_layers=True)
    assert [type(layer) for layer in fused] == [nn.Identity, UpsampleConv2d]
    assert all([type(layer) for layer in other] == [nn.Upsample, Conv2d] for other in others)


def test_images_lie_channels_last_in_every_network_of_ours_and_no_layer_of_timm_changes():
    for name in (name for name in NETWORKS if not name.startswith("ensemble")):
        net, seen = build(name), []
        with FAST.applied(net):
            for layer in net.modules():
                if isinstance(layer, nn.Conv2d):
                    layer.register_forward_pre_hook(noting(seen))
            net(torch.rand(2, NETWORKS[name][2][0], 64, 64))
        assert seen[0], name
    assert {type(layer) for layer in build("timm_unet0").encoder.modules()} == {
        type(layer) for layer in net_converted("timm_unet0").encoder.modules()
    }


def noting(seen: list[bool]):
    """A hook that notes whether what a layer is given lies channels last."""
    return lambda layer, inputs: seen.append(channels_last(inputs[0]))


def net_converted(name: str) -> nn.Module:
    net = build(name)
    convert(net, True, True)
    return net


def test_pretrained_features_see_images_channels_last_even_if_they_are_looked_for_later():
    for when in ("before", "after"):
        with replacing_weights():  # looks for no weights yet
            net, seen = build("projected0"), []
        if when == "before":
            net.hidden.network()
        convert(net, fast_layers=True)
        net.hidden.network().features.net.conv_stem.register_forward_pre_hook(noting(seen))
        with computing(Speed(channels_last=True)):
            net(torch.rand(1, 3, 32, 32))
        assert seen == [True], when


def test_gradients_lie_in_memory_as_features_do():
    """Sums of gradients lie as their first term does, and norms take four times as long across the grain."""
    net, strays = Autoencoder(Autoencoder.Config(width=8, blocks=2), 3), []

    def watch(module, inputs):
        def note(gradient):
            if not gradient.is_contiguous(memory_format=torch.channels_last):
                strays.append(type(module).__name__)

        inputs[0].register_hook(note)

    convert(net, fast_layers=True)
    layers = [layer for layer in net.modules() if isinstance(layer, (AdaINBlock, AdaIN, LayerNorm, UpsampleConv2d))]
    for layer in layers:
        layer.register_forward_pre_hook(watch)
    images = torch.rand(2, 3, 32, 32)
    with computing(Speed(channels_last=True)):
        code = net.encode(images)
        again = net.decode(code)
    ((again - images).abs().mean() + code.abs().mean()).backward()
    assert len(layers) == 15 and not strays, strays
