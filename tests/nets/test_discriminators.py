"""What every registered discriminator owes, and what PatchGAN sees."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import i2i_zoo.nets  # noqa: F401, registers the discriminators
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
    assert len(found) == knobs.get("scales", 1)
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
        torch.testing.assert_close(logits, exact, atol=0.1, rtol=0.1)


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
