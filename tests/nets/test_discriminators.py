"""What every registered discriminator owes, and what PatchGAN sees."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import i2i_zoo
from i2i_zoo.config import ConfigError
from i2i_zoo.errors import UserError
from i2i_zoo.nets.choices import DiscriminatorNetwork
from i2i_zoo.nets.ensemble import Ensemble
from i2i_zoo.nets.patchgan import PatchGAN
from i2i_zoo.nets.pixelgan import PixelGAN
from i2i_zoo.registry import discriminators

SMALL = {
    "patchgan": [
        {"width": 4},
        {"width": 4, "layers": 2, "norm": "batch", "spectral": True},
        {"width": 4, "layers": 1, "norm": "none", "scales": 3},
        {"width": 2, "layers": 5, "scales": 2},
    ],
    "multiscale": [{"width": 4, "scales": 3}, {"width": 4, "layers": 2, "scales": 2}],
    "projected": [{"size": 32, "mix": 8, "width": 8}, {"size": None, "strides": [8, 16], "mix": 4, "width": 4}],
    "ensemble": [
        {"critics": {"one": {"name": "patchgan", "width": 4, "layers": 2, "scales": 2}, "other": {"name": "pixelgan"}}}
    ],
    "pixelgan": [{"width": 4}, {"width": 4, "norm": "batch"}, {"width": 4, "norm": "none"}],
}
each = pytest.mark.parametrize(
    ("name", "knobs"),
    [pytest.param(name, knobs, id=f"{name}{i}") for name in discriminators for i, knobs in enumerate(SMALL[name])],
)


@each
@pytest.mark.parametrize("channels", [1, 3])
def test_a_map_of_logits_per_scale(name, knobs, channels):
    net = discriminators[name].Config(**knobs).build(channels)
    images = torch.randn(2, channels, net.smallest, net.smallest).requires_grad_()
    found = net(images)
    assert isinstance(net, DiscriminatorNetwork) and len(found) == len(net.shares)
    assert all(logits.shape[:2] == (2, 1) and logits.dtype == torch.float32 for logits in found)
    sum(logits.square().mean() for logits in found).backward()
    assert all(tensor.grad is not None for tensor in [images, *net.parameters()])


@pytest.mark.parametrize("knobs", SMALL["patchgan"])
def test_one_pixel_less_than_the_smallest_is_too_small(knobs):
    net = PatchGAN.Config(**knobs).build(3)
    assert net(torch.randn(1, 3, net.smallest, net.smallest))[-1].shape == (1, 1, 1, 1)
    with pytest.raises((RuntimeError, ValueError)):
        net(torch.randn(1, 3, net.smallest - 1, net.smallest))


@each
def test_float32_out_of_autocast(name, knobs):
    net = discriminators[name].Config(**knobs).build(3).eval()
    images = torch.randn(1, 3, net.smallest + 8, net.smallest)
    with torch.autocast("cpu", torch.bfloat16):
        found = net(images)
    for logits, exact in zip(found, net(images), strict=True):
        assert logits.dtype == torch.float32
        torch.testing.assert_close(logits, exact, atol=0.25 * max(0.4, exact.abs().max().item()), rtol=0.1)


@pytest.mark.parametrize(("layers", "pixels"), [(1, 16), (2, 34), (3, 70)])
def test_a_logit_sees_a_patch(layers, pixels):
    net = PatchGAN.Config(width=2, layers=layers, norm="none").build(3)
    images = torch.randn(1, 3, 128, 128).requires_grad_()
    logits = net(images)[0]
    middle = logits.shape[-1] // 2
    logits[0, 0, middle, middle].backward()
    seen = images.grad.abs().sum(dim=(0, 1)) > 0
    assert seen.any(dim=0).sum() == seen.any(dim=1).sum() == pixels


def test_pixelgan_judges_each_pixel_alone():
    net = PixelGAN.Config(width=2, norm="none").build(3)
    images = torch.randn(1, 3, 5, 6).requires_grad_()
    net(images)[0][0, 0, 2, 3].backward()
    assert images.grad.abs().sum(dim=(0, 1)).nonzero().tolist() == [[2, 3]]


def test_scales_are_averaged_down():
    net = PatchGAN.Config(width=2, scales=2, layers=1).build(3)
    images = torch.randn(1, 3, 20, 22)
    half = F.avg_pool2d(images, 3, stride=2, padding=1, count_include_pad=False)
    fine, coarse = net(images)
    assert torch.equal(fine, net.critics[0](images)) and torch.equal(coarse, net.critics[1](half))


def test_spectral_norm_bounds_every_weight():
    torch.manual_seed(0)
    net = PatchGAN.Config(width=4, spectral=True).build(3)
    for _ in range(30):  # each is a step of the power iteration
        net(torch.randn(1, 3, 32, 32))
    weights = [layer.weight.flatten(1) for layer in net.modules() if isinstance(layer, nn.Conv2d)]
    assert len(weights) == 5
    for weight in weights:
        assert torch.linalg.matrix_norm(weight, 2).item() == pytest.approx(1, abs=0.02)
    originals = [value for name, value in net.named_parameters() if name.endswith("original")]
    assert all(value.std().item() == pytest.approx(0.02, rel=0.3) for value in originals)  # initialized before


@each
def test_all_scales_together_count_as_one_discriminator_but_as_in_munits_code(name, knobs):
    net = discriminators[name].Config(**knobs).build(3)
    assert sum(net.shares) == pytest.approx(len(net.shares) if name == "multiscale" else 1)


def test_an_ensemble_sees_with_all_of_its_critics():
    config = {"patches": {"name": "patchgan", "width": 2, "layers": 1, "scales": 2}, "colors": {"name": "pixelgan"}}
    net = Ensemble.Config(critics=config, weights={"colors": 3.0}).build(3)
    images = torch.rand(1, 3, 32, 32)
    found, parts = net(images), [critic(images) for critic in net.critics]
    assert all(torch.equal(x, y) for x, y in zip(found, [*parts[0], *parts[1]], strict=True))
    assert net.shares == pytest.approx([0.125, 0.125, 0.75])
    assert net.smallest == net.critics[0].smallest


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "critics: missing"),
        ({"critics": {}}, "critics"),
        ({"critics": {"a": {"name": "ensemble"}}}, "'ensemble' cannot be chosen within itself"),
        ({"critics": {"a": {"name": "pixelgan"}}, "weights": {"b": 1.0}}, "weights.b: no such critic; known: a"),
        ({"critics": {"a": {"name": "pixelgan"}}, "weights": {"a": 0.0}}, "every critic has weight 0"),
    ],
)
def test_an_ensemble_that_makes_no_sense_is_refused(config, message):
    with pytest.raises(ConfigError, match=message):
        Ensemble.Config.parse(config)


def test_each_domain_may_have_its_own():
    own = {"shoes": {"name": "pixelgan"}}
    model = i2i_zoo.create("cyclegan", ("edges", "shoes"), (1, 3), discriminator_for=own)
    assert [type(critic).name for critic in model.discriminators.values()] == ["patchgan", "pixelgan"]
    with pytest.raises(UserError, match=r"discriminator_for\.shoe: no domain is called so; did you mean 'shoes'"):
        i2i_zoo.create("munit", ("edges", "shoes"), discriminator_for={"shoe": {"name": "pixelgan"}})
