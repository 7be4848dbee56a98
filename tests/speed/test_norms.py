"""Norms of channels-last features give what the plain ones give."""

from __future__ import annotations

import pytest
import torch
from same import SIZES, assert_same, features
from torch import Tensor, nn

from i2i_zoo.speed.context import channels_last
from i2i_zoo.speed.norms import AdaIN, InstanceNorm, LayerNorm


def reference_norm(x: Tensor) -> Tensor:
    variance, mean = torch.var_mean(x, dim=(2, 3), keepdim=True, correction=0)
    return (x - mean) / (variance + 1e-5).sqrt()


@pytest.mark.parametrize("size", SIZES)
def test_instance_norm(size):
    assert_same(InstanceNorm(), reference_norm, features(size), [])
    assert_same(AdaIN(), reference_norm, features(size), [])
    affine = torch.randn(size[0], 2, 6, dtype=torch.float64, requires_grad=True)
    styled = lambda x: reference_norm(x) * affine[:, 1, :, None, None] + affine[:, 0, :, None, None]  # noqa: E731
    assert_same(lambda x: AdaIN()(x, affine), styled, features(size), [affine])
    assert_same(InstanceNorm(), reference_norm, features(size, torch.float32), [], rtol=1e-4)
    assert channels_last(InstanceNorm()(features(size)))


@pytest.mark.parametrize("size", SIZES)
def test_the_layer_norm_of_munit(size):
    torch.manual_seed(0)
    norm = LayerNorm(6).double()
    nn.init.normal_(norm.bias)
    assert_same(norm, lambda x: norm(x.contiguous()), features(size), list(norm.parameters()))


def test_constant_features_give_finite_gradients():
    norm, x = LayerNorm(6), torch.full((1, 6, 4, 4), 3.0).contiguous(memory_format=torch.channels_last).requires_grad_()
    y = norm(x)
    assert torch.equal(y, norm.bias[:, None, None].expand_as(y))
    assert all(g.isfinite().all() for g in torch.autograd.grad(y.square().sum() + y.sum(), [x, norm.weight]))


def test_layer_norm_in_half_precision_leaves_no_mean():
    """What rounding the mean to bf16 leaves would be as large as the features."""
    norm = LayerNorm(4)
    x = (100.3 + 0.5 * torch.randn(1, 4, 16, 16)).bfloat16().contiguous(memory_format=torch.channels_last)
    assert (norm(x) - norm(x.double())).abs().mean() < 0.005


@pytest.mark.parametrize(("level", "size"), [(0.3, 4), (300, 4), (33.3, 128), (3.3e4, 128), (1.7, 512)])
def test_a_constant_channel_passes_no_gradient(level, size):
    """At the last three its mean is rounded so that it does not seem constant."""
    x = torch.randn(2, 2, size, size)
    x[0, 1] = level + 1e-7 * x[1, 1]  # rounding is no structure
    x = x.contiguous(memory_format=torch.channels_last).requires_grad_()
    affine = torch.randn(2, 2, 2, requires_grad=True)
    found = AdaIN()(x, affine)
    (found * torch.randn_like(found)).sum().backward()
    assert not x.grad[0, 1].any() and x.grad[0, 0].any() and x.grad[1].any()
    assert torch.equal(found[0, 1], affine[0, 0, 1].expand(size, size))
    assert affine.grad[0, 0].all(), "its shift learns all the same"
    x.grad = None
    (AdaIN()(x) * torch.randn_like(x)).sum().backward()
    assert not x.grad[0, 1].any() and x.grad[0, 0].any()


def test_lively_channels_are_not_searched_for_constants(monkeypatch):
    """The search would call what is not there."""
    x = torch.randn(2, 3, 32, 32).contiguous(memory_format=torch.channels_last) + 3
    monkeypatch.setattr(torch.Tensor, "amax", None)
    assert torch.equal(AdaIN()(x), InstanceNorm()(x))
