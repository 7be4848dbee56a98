"""The instance norm, and how weights begin."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from i2i_zoo.nets.initialize import initialize, replacing_weights, weights_are_replaced
from i2i_zoo.nets.layers import InstanceNorm, to_image


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("incoming", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("count", [1, 2])
def test_instance_norm_against_float64(count, memory_format, incoming):
    """`F.instance_norm` fails this for one image and a channels-last gradient."""
    torch.manual_seed(0)
    exact = (torch.randn(count, 4, 5, 6, dtype=torch.float64) * 3 + 1).requires_grad_()
    weight = torch.randn(count, 4, 5, 6, dtype=torch.float64)
    centered = exact - exact.mean(dim=(2, 3), keepdim=True)
    expected = centered / (centered.square().mean(dim=(2, 3), keepdim=True) + 1e-5).sqrt()
    expected.backward(weight)

    x = exact.detach().float().contiguous(memory_format=memory_format).requires_grad_()
    found = InstanceNorm()(x)
    found.backward(weight.float().contiguous(memory_format=incoming))
    torch.testing.assert_close(found.double(), expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(x.grad.double(), exact.grad, atol=1e-5, rtol=0)


def test_instance_norm_twice_differentiated():
    x = torch.randn(2, 3, 4, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(InstanceNorm(), x)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_tanh_runs_in_float32(dtype):
    features = torch.linspace(-3, 3, 50).to(dtype)
    with torch.autocast("cpu", torch.bfloat16):
        found = to_image(features)
    assert torch.equal(found, torch.tanh(features.float()))


@pytest.mark.parametrize(
    ("weights", "deviation"),
    [(None, 0.02), (nn.init.kaiming_normal_, (2 / (50 * 9)) ** 0.5)],
    ids=["normal", "kaiming"],
)
def test_initialize(weights, deviation):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(50, 60, 3), nn.BatchNorm2d(1000))
    initialize(net, *[weights] if weights else [])
    convolution, norm = net
    assert convolution.weight.std().item() == pytest.approx(deviation, rel=0.02)
    assert not convolution.bias.any() and not norm.bias.any()
    assert norm.weight.mean().item() == pytest.approx(1, abs=0.003)
    assert norm.weight.std().item() == pytest.approx(0.02, rel=0.1)


def test_replacing_weights_ends_with_an_exception():
    with pytest.raises(ZeroDivisionError), replacing_weights():
        assert weights_are_replaced()
        _ = 1 / 0
    assert not weights_are_replaced()


@pytest.mark.parametrize("spread", [0.0, 1e-6, 1e-3, 1.0])
@pytest.mark.parametrize("level", [0.0, 0.3, 10.1, 1000.3])
@pytest.mark.parametrize(("dtype", "close"), [(torch.float32, 2e-2), (torch.bfloat16, 2e-2)])
def test_instance_norm_of_channels_that_are_nearly_constant(level, spread, dtype, close):
    """Its slope is at most 1 / sqrt(eps) = 316, as that of the exact norm: no cancellation makes more of it."""
    torch.manual_seed(0)
    x = (level + spread * torch.randn(1, 4, 16, 16)).to(dtype).requires_grad_()
    weight = torch.randn(1, 4, 16, 16).to(dtype)
    found = InstanceNorm()(x)
    found.backward(weight)
    exact = x.detach().double().requires_grad_()
    centered = exact - exact.mean(dim=(2, 3), keepdim=True)
    expected = centered / (centered.square().mean(dim=(2, 3), keepdim=True) + 1e-5).sqrt()
    expected.backward(weight.double())
    torch.testing.assert_close(found.double(), expected, atol=close, rtol=close)
    assert (x.grad.double() - exact.grad).abs().max() <= close * exact.grad.abs().max()
    assert x.grad.abs().max() <= 316.3 * 1.02 * 2 * weight.abs().max()
