"""The pieces of UNIT and MUNIT: norms, codes and what they are decoded to."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from i2i_zoo.nets.adain import AdaIN, AdaINBlock, LayerNorm, adain
from i2i_zoo.nets.autoencoder import Autoencoder
from i2i_zoo.nets.style_autoencoder import StyleAutoencoder

PLAIN = Autoencoder.Config(width=4, blocks=2)
STYLED = StyleAutoencoder.Config(width=4, blocks=2, mlp_width=8, style_halvings=3)


@pytest.mark.parametrize("count", [1, 3])
def test_layer_norm_of_munit(count):
    """Per image, over C, H and W, with the unbiased standard deviation, to which eps is added."""
    torch.manual_seed(0)
    norm, x = LayerNorm(4).double(), torch.randn(count, 4, 2, 3, dtype=torch.float64) * 1e-4 + 5
    nn.init.normal_(norm.bias)
    for found, image in zip(norm(x), x, strict=True):
        expected = (image - image.mean()) / (image.flatten().std(correction=1) + 1e-5)
        torch.testing.assert_close(found, expected * norm.weight[:, None, None] + norm.bias[:, None, None])
    assert (norm.weight >= 0).all() and (norm.weight <= 1).all()


def test_layer_norm_of_constant_features():
    norm, x = LayerNorm(4), torch.full((2, 4, 3, 3), 0.5, requires_grad=True)
    found = norm(x)
    (found * torch.randn_like(found)).sum().backward()
    assert torch.equal(found, norm.bias[None, :, None, None].expand_as(found))
    assert x.grad.isfinite().all() and x.grad.abs().max() < 10
    assert norm.weight.grad.isfinite().all() and norm.bias.grad.isfinite().all()


def test_adain_takes_shifts_then_scales_of_each_channel():
    torch.manual_seed(0)
    x, shift, scale = torch.randn(2, 3, 8, 8), torch.randn(2, 3), torch.randn(2, 3)
    found = adain(x, torch.stack([shift, scale], dim=1))
    torch.testing.assert_close(found, F.instance_norm(x) * scale[..., None, None] + shift[..., None, None])
    torch.testing.assert_close(found.mean(dim=(2, 3)), shift, atol=1e-5, rtol=0)
    torch.testing.assert_close(AdaIN()(x), F.instance_norm(x))


@pytest.mark.parametrize(("level", "size"), [(0.3, 4), (300, 4), (33.3, 128), (3.3e4, 128), (1.7, 512)])
def test_a_constant_channel_passes_no_gradient(level, size):
    x = torch.randn(2, 2, size, size)
    x[0, 1] = level + 1e-7 * x[1, 1]  # rounding is no structure
    x.requires_grad_()
    affine = torch.randn(2, 2, 2, requires_grad=True)
    found = adain(x, affine)
    (found * torch.randn_like(found)).sum().backward()
    assert not x.grad[0, 1].any() and x.grad[0, 0].any() and x.grad[1].any()
    assert torch.equal(found[0, 1], affine[0, 0, 1].expand(size, size))
    assert affine.grad[0, 0].all(), "its shift learns all the same"
    x.grad = None
    (AdaIN()(x) * torch.randn_like(x)).sum().backward()
    assert not x.grad[0, 1].any() and x.grad[0, 0].any()


@pytest.mark.parametrize("net", [Autoencoder(PLAIN, 3), StyleAutoencoder(STYLED, 3, 5)])
def test_only_convolutions_without_a_norm_that_removes_it_have_a_bias(net):
    dead = [layer for block in net.modules() if isinstance(block, AdaINBlock) for layer in (block.first, block.second)]
    chains = [list(chain) for chain in net.modules() if isinstance(chain, nn.Sequential)]
    dead += [one for chain in chains for one, two in pairwise(chain) if isinstance(two, AdaIN)]
    convolutions = {layer for layer in net.modules() if isinstance(layer, nn.Conv2d)}
    assert len(dead) == 3 + 2 * 2 * 2
    assert {layer for layer in convolutions if layer.bias is None} == set(dead)


@pytest.mark.parametrize("halvings", [1, 2, 3])
@pytest.mark.parametrize("channels", [1, 3])
def test_codes_and_images_at_the_smallest_size(channels, halvings):
    net = Autoencoder(PLAIN.model_copy(update={"halvings": halvings}), channels)
    images = torch.rand(2, channels, net.smallest, net.smallest + net.stride)
    code = net.encode(images)
    assert code.shape == (2, 4 * net.stride, net.smallest // net.stride, net.smallest // net.stride + 1)
    image = net.decode(code)
    assert image.shape == images.shape and image.abs().max() <= 1
    image.square().mean().backward()
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in net.parameters())


def test_contents_and_styles():
    net = StyleAutoencoder(STYLED, 3, style_dim=5)
    images = torch.rand(2, 3, net.smallest_style, 12)
    content, style = net.encode(images)
    assert content.shape == (2, 16, 2, 3) and style.shape == (2, 5)
    net.decode(content, style).square().mean().backward()
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in net.parameters())
    with pytest.raises(RuntimeError):
        net.style(torch.rand(2, 3, net.smallest_style - 1, 12))


def test_decoding_keeps_nothing():
    net = StyleAutoencoder(STYLED, 3, style_dim=5).eval()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    content, style = torch.randn(2, 16, 4, 4), torch.randn(2, 5)
    one = net.decode(content, style)
    assert not torch.allclose(one, net.decode(content, -style))
    assert torch.equal(one, net.decode(content, style))
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    each = [net.decode(content[i : i + 1], style[i : i + 1]) for i in range(2)]
    torch.testing.assert_close(torch.cat(each), one, atol=1e-5, rtol=0)


def test_codes_are_float32_under_autocast():
    net, images, seen = StyleAutoencoder(STYLED, 3, style_dim=5).eval(), torch.rand(1, 3, 16, 16), []
    for block in net.decoder.blocks:
        block.register_forward_pre_hook(lambda block, inputs: seen.append(inputs[0].dtype))
    with torch.autocast("cpu", torch.bfloat16):
        content, style = net.encode(images)
        image = net.decode(content, style)
    assert content.dtype == style.dtype == image.dtype == torch.float32
    assert seen == [torch.bfloat16] * 2
    torch.testing.assert_close(image, net.decode(*net.encode(images)), atol=0.15, rtol=0)


def test_weights_begin_as_kaiming_says():
    torch.manual_seed(0)
    net = StyleAutoencoder(StyleAutoencoder.Config(width=16), 3, style_dim=8)
    for weight, fan_in in ((net.decoder.blocks[0].first.weight, 64 * 9), (net.mlp[2].weight, 256)):
        assert weight.std().item() == pytest.approx((2 / fan_in) ** 0.5, rel=0.05)
