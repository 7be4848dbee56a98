"""What every registered generator owes: size, range, precision, and gradients for all it has."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import nn

import i2i_zoo.nets  # noqa: F401, registers the generators
from i2i_zoo.nets.choices import GeneratorNetwork
from i2i_zoo.nets.layers import InstanceNorm
from i2i_zoo.nets.resnet import Resnet, up
from i2i_zoo.nets.unet import Unet
from i2i_zoo.registry import generators

SMALL = {
    "resnet": [
        {"width": 4, "blocks": 1},
        {"width": 4, "blocks": 2, "upsample": "resize", "norm": "batch", "dropout": 0.5},
        {"width": 4, "blocks": 0, "norm": "none", "skip": True},
    ],
    "unet": [
        {"width": 4, "depth": 2},
        {"width": 2, "depth": 6, "norm": "batch", "dropout": 0.5},
        {"width": 2, "depth": 5, "norm": "none"},
    ],
    "timm_unet": [{"width": 4, "backbone": "mobilenetv3_small_050"}],
}
NORMS = {"instance": InstanceNorm, "batch": nn.BatchNorm2d}
each = pytest.mark.parametrize(
    ("name", "knobs"),
    [pytest.param(name, knobs, id=f"{name}{i}") for name in generators for i, knobs in enumerate(SMALL[name])],
)


def images(net, channels=3, seed=0):
    height, width = net.smallest, net.smallest + net.stride
    return torch.rand(2, channels, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


@each
@pytest.mark.parametrize(("inputs", "outputs"), [(3, 3), (1, 4)])
def test_size_range_and_gradients(name, knobs, inputs, outputs):
    net = generators[name].Config(**knobs).build(inputs, outputs)
    given = images(net, inputs).requires_grad_()
    found = net(given)
    assert isinstance(net, GeneratorNetwork)
    assert found.shape == (2, outputs, *given.shape[2:])
    assert found.dtype == torch.float32 and found.abs().max() <= 1
    found.square().mean().backward()
    assert all(tensor.grad is not None and tensor.grad.isfinite().all() for tensor in [given, *net.parameters()])


@each
def test_float32_out_of_autocast(name, knobs):
    torch.manual_seed(0)
    net = generators[name].Config(**knobs).build(3, 3).eval()
    with torch.autocast("cpu", torch.bfloat16):
        found = net(images(net))
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, net(images(net)), atol=0.05, rtol=0)


@pytest.mark.parametrize("norm", ["instance", "batch"])
@pytest.mark.parametrize("name", generators)
def test_no_dead_biases(name, norm):
    """Training a bias that a norm removes would turn rounding noise into steps."""
    net = generators[name].Config(**SMALL[name][0] | {"norm": norm}).build(3, 3)
    chains = [list(layer) for layer in net.modules() if isinstance(layer, nn.Sequential)]
    before = [first for chain in chains for first, second in pairwise(chain) if isinstance(second, NORMS[norm])]
    convolutions = [layer for layer in before if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)]
    assert convolutions and all(layer.bias is None for layer in convolutions)


@pytest.mark.parametrize(("upsample", "smooth"), [("resize", True), ("transpose", False)])
def test_resizing_makes_no_checkerboard(upsample, smooth):
    layers = up(4, "none", upsample)[:-1]  # without the ReLU
    found = layers(torch.ones(1, 4, 8, 8))
    assert (found.std(dim=(2, 3)).max() < 1e-6) == smooth


def test_dropout_leaves_the_keys_alone_and_acts_only_in_training():
    for config in (Resnet.Config(width=4, blocks=1, dropout=0.5), Unet.Config(width=2, depth=6, dropout=0.5)):
        net = config.build(3, 3)
        assert list(net.state_dict()) == list(config.model_copy(update={"dropout": 0.0}).build(3, 3).state_dict())
        given = images(net)
        assert not torch.equal(net(given), net(given))
        net.eval()
        assert torch.equal(net(given), net(given))


def test_skips_alone_carry_the_image_through_the_unet():
    net = Unet.Config(width=2, depth=3).build(3, 3)
    for layer in net.ups[1:]:
        deeper = layer[1].weight.shape[0] // 2
        nn.init.zeros_(layer[1].weight.data[deeper:])
    given = images(net)
    assert net(given).std(dim=(2, 3)).min() > 0
    nn.init.zeros_(net.ups[-1][1].weight.data)
    assert net(given).std(dim=(2, 3)).max() == 0


@pytest.mark.parametrize("config", [Resnet.Config(width=4, blocks=1), Unet.Config(width=4, depth=3)])
def test_weights_begin_as_the_paper_says(config):
    torch.manual_seed(0)
    weights = torch.cat([weight.flatten() for weight in config.build(3, 3).parameters() if weight.ndim == 4])
    assert abs(weights.mean()) < 1e-3 and abs(weights.std() - 0.02) < 1e-3
