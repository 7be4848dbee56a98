"""UNIT's autoencoders by name, and the U-Net among them."""

from __future__ import annotations

import pytest
import torch

import i2i_zoo.nets  # noqa: F401, registers them
from i2i_zoo.errors import UserError
from i2i_zoo.models.unit import UNIT
from i2i_zoo.nets.packing import pack, unpack
from i2i_zoo.registry import autoencoders

SMALL = {
    "autoencoder": {"width": 4, "blocks": 2},
    "unet_autoencoder": {"width": 4, "backbone": "mobilenetv3_small_050"},
}


def build(name, channels=3):
    return autoencoders[name].Config(**SMALL[name]).build(channels)


@pytest.mark.parametrize("name", autoencoders)
def test_codes_are_those_of_any_domain(name):
    torch.manual_seed(0)
    net, other = build(name), build(name, channels=1)
    images = torch.rand(2, 3, net.smallest + net.stride, net.smallest) * 2 - 1
    code = net.encode(images.requires_grad_())
    assert code.shape[2:] == (images.shape[2] // net.stride, images.shape[3] // net.stride)
    assert code.shape == other.encode(images[:, :1]).shape
    found = other.decode(code)
    assert found.shape == (2, 1, *images.shape[2:]) and found.abs().max() <= 1 and found.dtype == torch.float32
    net.decode(code).square().mean().backward()
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in net.parameters())
    assert images.grad.isfinite().all()


def test_packed_features_come_back_as_they_were():
    features = {4: torch.rand(2, 5, 3, 2), 1: torch.rand(2, 1, 12, 8), 2: torch.rand(2, 2, 6, 4)}
    channels = {reduction: found.shape[1] for reduction, found in features.items()}
    packed = pack(features, channels)
    assert packed.shape == (2, 5 + 16 + 2 * 4, 3, 2)
    for reduction, found in unpack(packed, channels).items():
        assert torch.equal(found, features[reduction])


def test_at_first_a_code_is_the_features_and_the_brightness():
    net = build("unet_autoencoder").eval()
    images = torch.rand(2, 3, 32, 48) * 2 - 1
    found = unpack(net.encode(images), net.encode.channels)
    for reduction, features in net.encode.features(images).items():
        torch.testing.assert_close(found[reduction], features)
    torch.testing.assert_close(found[1], images.mean(1, keepdim=True))


def test_with_color_the_image_itself_is_in_the_code():
    def color(channels):
        return autoencoders["unet_autoencoder"].Config(**SMALL["unet_autoencoder"], color=True).build(channels).eval()

    images = torch.rand(2, 3, 32, 48) * 2 - 1
    net, grey = color(3), color(1)
    torch.testing.assert_close(unpack(net.encode(images), net.encode.channels)[1], images)
    found = unpack(grey.encode(images[:, :1]), grey.encode.channels)[1]
    torch.testing.assert_close(found, images[:, :1].expand(-1, 3, -1, -1))
    with pytest.raises(UserError, match="color: images of 4 channels have no colors"):
        color(4)


@pytest.mark.parametrize("name", autoencoders)
def test_shared_blocks_are_the_same_and_the_others_are_not(name):
    def ids(net):
        return {id(weight) for weight in net.parameters()}

    one, other = build(name), build(name)
    sizes = []
    for blocks in range(3):
        one.share(other, blocks)
        sizes.append(len(ids(one.encode) & ids(other.encode)))
        assert bool(ids(one.decode) & ids(other.decode)) == bool(blocks)
    assert sizes[0] == 0 < sizes[1] < sizes[2]
    with pytest.raises(UserError, match=r"model.shared_blocks: there are no more than \d (blocks|levels) to share"):
        one.share(other, 9)


def test_the_coarsest_features_are_shared_first():
    one, other = build("unet_autoencoder"), build("unet_autoencoder")
    one.share(other, 1)
    assert one.encode.means["16"] is other.encode.means["16"] and one.decode.levels[0] is other.decode.levels[0]
    assert one.encode.means["8"] is not other.encode.means["8"]


def test_a_table_without_a_name_is_that_of_the_paper():
    config = UNIT.Config.parse({"generator": {"width": 8}})
    assert config.generator == autoencoders["autoencoder"].Config(width=8)
