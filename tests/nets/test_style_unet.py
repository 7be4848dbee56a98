"""MUNIT's autoencoders by name, and the U-Net among them: content of brightness, looks of a style."""

from __future__ import annotations

import pytest
import torch

import i2i_zoo.nets  # noqa: F401, registers them
from i2i_zoo.errors import UserError
from i2i_zoo.interop.write import write_official
from i2i_zoo.models.munit import MUNIT
from i2i_zoo.nets.packing import unpack
from i2i_zoo.registry import style_autoencoders

SMALL = {
    "style_autoencoder": {"width": 4, "blocks": 1, "mlp_width": 8, "style_halvings": 3},
    "style_unet": {"width": 4, "backbone": "mobilenetv3_small_050", "mlp_width": 8, "style_halvings": 3},
}


def build(name, channels=3):
    return style_autoencoders[name].Config(**SMALL[name]).build(channels, 5)


@pytest.mark.parametrize("name", style_autoencoders)
def test_contents_are_those_of_any_domain_and_styles_decide(name):
    torch.manual_seed(0)
    net, other = build(name), build(name, channels=1)
    images = torch.rand(2, 3, net.smallest + net.stride, max(net.smallest, net.smallest_style)) * 2 - 1
    content, style = net.encode(images.requires_grad_())
    assert style.shape == (2, 5)
    assert content.shape[2:] == (images.shape[2] // net.stride, images.shape[3] // net.stride)
    found = other.decode(content, style)
    assert found.shape == (2, 1, *images.shape[2:]) and found.abs().max() <= 1 and found.dtype == torch.float32
    assert not torch.allclose(found, other.decode(content, -style), atol=1e-3)
    net.decode(content, style).square().mean().backward()
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in net.parameters())
    assert images.grad.isfinite().all()


def test_the_features_of_a_content_come_back_as_they_were():
    encoder = build("style_unet").content.eval()
    images = torch.rand(2, 3, 32, 48) * 2 - 1
    grey = images.mean(1, keepdim=True)
    features = unpack(encoder(images), encoder.channels)
    for reduction, found in encoder.encoder(grey).items():
        assert torch.equal(features[reduction], found)
    assert torch.equal(features[1], grey)


def test_a_content_has_no_colors():
    encoder = build("style_unet").content.eval()
    images = torch.rand(1, 3, 32, 32)
    torch.testing.assert_close(encoder(images), encoder(images.flip(1)), atol=1e-4, rtol=1e-4)


def test_an_even_style_is_the_plain_norm():
    """Scales are counted from 1, shifts from 0."""
    net, seen = build("style_unet").eval(), []
    torch.nn.init.zeros_(net.mlp[-1].weight)
    level = net.decoder[0]
    level.norm.register_forward_hook(lambda norm, inputs, output: seen.append((inputs, output)))
    net.decode(net.content(torch.rand(1, 3, 32, 32)), torch.randn(1, 5))
    for (x, _), found in list(seen):
        torch.testing.assert_close(found, level.norm(x))


def test_the_official_code_has_none(tmp_path):
    config = MUNIT.Config.parse({"generator": {"name": "style_unet", **SMALL["style_unet"]}})
    with pytest.raises(UserError, match="generator: the official code has no 'style_unet'"):
        write_official(config.build(["a", "b"]), "munit", tmp_path)


def test_a_table_without_a_name_is_that_of_the_paper():
    config = MUNIT.Config.parse({"generator": {"width": 8}})
    assert config.generator == style_autoencoders["style_autoencoder"].Config(width=8)
