"""How networks begin, where they drop features, and MUNIT's discriminator by hand: what answers alone do not show."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import i2i_zoo
from i2i_zoo.nets.adain import LayerNorm
from i2i_zoo.nets.multiscale import Multiscale
from i2i_zoo.nets.resnet import Resnet
from i2i_zoo.nets.unet import Unet

WIDE = {
    "unit": {"generator": {"width": 16, "blocks": 1}, "discriminator": {"width": 16}},
    "munit": {"generator": {"width": 16, "blocks": 1, "mlp_width": 64}, "discriminator": {"width": 16}},
}


def normalized(weight: Tensor) -> Tensor:
    """With deviation 1, if it began as He et al. 2015 say: N(0, 2 / inputs of an output)."""
    return (weight * (weight[0].numel() / 2) ** 0.5).flatten()


@pytest.mark.parametrize("name", WIDE)
def test_generators_begin_by_kaiming_and_discriminators_as_dcgan(name):
    torch.manual_seed(0)
    model = i2i_zoo.create(name, ("a", "b"), **WIDE[name])
    for player, scaled in (("generators", normalized), ("discriminators", lambda w: w.flatten() / 0.02)):
        for key, tensor in getattr(model, player).named_parameters():
            if tensor.ndim > 1:  # a convolution or a linear layer
                values = scaled(tensor.detach())
                close = 4 / (2 * len(values)) ** 0.5  # deviations of a deviation
                assert values.std().item() == pytest.approx(1, abs=close), f"{player}.{key}"
                assert values.mean().item() == pytest.approx(0, abs=4 / len(values) ** 0.5), f"{player}.{key}"
            elif key.endswith("bias"):
                assert not tensor.any(), f"{player}.{key}"


def test_the_layer_norm_of_munit_begins_with_random_scales():
    torch.manual_seed(0)
    norm = LayerNorm(4000)
    assert norm.weight.mean().item() == pytest.approx(0.5, abs=0.02), "uniform between 0 and 1"
    assert norm.weight.std().item() == pytest.approx(12**-0.5, abs=0.01)
    assert norm.weight.min() >= 0 and norm.weight.max() <= 1 and not norm.bias.any()


@pytest.mark.parametrize("name", WIDE)
def test_scales_of_layer_norms_stay_random_in_whole_models(name):
    scales = [
        layer.weight
        for layer in i2i_zoo.create(name, ("a", "b"), **WIDE[name]).modules()
        if isinstance(layer, LayerNorm)
    ]
    assert len(scales) == 4 and all(0 < scale.std() < 0.5 and scale.max() <= 1 for scale in scales)


@pytest.mark.parametrize(("depth", "dropping"), [(8, [1, 2, 3]), (7, [1, 2]), (6, [1]), (5, []), (3, [])])
def test_the_unet_drops_features_in_its_widest_layers_but_the_innermost(depth, dropping):
    """Those of 512 channels on the way up, whose outputs are joined to others of 512 (Isola et al. 2017)."""
    net, seen = Unet.Config(width=2, depth=depth, dropout=0.5).build(3, 3).train(), {}
    for layer in [*net.downs, *net.ups]:
        layer.register_forward_pre_hook(lambda layer, inputs: seen.setdefault(layer, inputs[0]))
    net(torch.randn(2, 3, 2**depth, 2**depth))
    random = [layer for layer, x in seen.items() if not torch.equal(layer(x), layer(x))]
    assert random == [net.ups[number] for number in dropping]


def test_a_residual_block_drops_features_between_its_convolutions():
    """With all dropped, what is left is the bias of the second convolution."""
    net = Resnet.Config(width=2, blocks=1, norm="none", dropout=1.0).build(3, 3).train()
    [block] = net.blocks
    *_, second = (layer for layer in block.modules() if isinstance(layer, nn.Conv2d))
    nn.init.normal_(second.bias)
    x = torch.randn(2, 8, 6, 6)
    torch.testing.assert_close(block(x), x + second.bias[:, None, None])


def test_the_discriminator_of_munit_by_hand():
    """Huang et al. 2018, section 5.1: four strided convolutions of 4 x 4 and one of 1 x 1, without norms, padded by
    reflection, slopes of 0.2; at three scales, each the mean over 3 x 3 pixels of the one before, within the image."""
    torch.manual_seed(0)
    net = Multiscale.Config(width=2).build(3).double()
    for weight in net.parameters():
        nn.init.normal_(weight, std=0.3)
    images = torch.randn(2, 3, 72, 88, dtype=torch.float64)
    weights, found = iter(net.parameters()), net(images)
    assert len(found) == 3 and len(list(net.parameters())) == 3 * 5 * 2
    for logits in found:
        x = images
        for _ in range(4):
            x = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), next(weights), next(weights), stride=2)
            x = torch.where(x > 0, x, 0.2 * x)
        torch.testing.assert_close(logits, F.conv2d(x, next(weights), next(weights)))
        ones = torch.ones(3, 1, 3, 3, dtype=torch.float64)
        sums, counts = (F.conv2d(t, ones, stride=2, padding=1, groups=3) for t in (images, torch.ones_like(images)))
        images = sums / counts
