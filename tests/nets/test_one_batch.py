import pytest
import torch
from torch import nn

from i2i_zoo.losses.adversarial import Gan, judge
from i2i_zoo.nets.multiscale import Multiscale
from i2i_zoo.nets.one_batch import in_one_batch
from i2i_zoo.nets.patchgan import PatchGAN
from i2i_zoo.nets.resnet import Resnet


def calls_of(network):
    """The batch sizes that `network` is given from now on."""
    sizes = []
    network.register_forward_pre_hook(lambda net, inputs: sizes.append(len(inputs[0])))
    return sizes


def test_several_batches_are_one():
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    one, other, third = torch.rand(3, 2, 3, 8, 8)
    apart = [network(images) for images in (one, other, third)]
    sizes = calls_of(network)
    for found, expected in zip(in_one_batch(network, one, other, third), apart, strict=True):
        torch.testing.assert_close(found, expected)
    assert sizes == [6]


def test_lists_of_outputs_are_parted_too():
    network, (one, other) = Multiscale.Config(width=8, layers=2, scales=2).build(3), torch.rand(2, 2, 3, 16, 16)
    for found, images in zip(in_one_batch(network, one, other), (one, other), strict=True):
        torch.testing.assert_close(found, network(images))


def test_methods_take_several_arguments():
    class Sum(nn.Module):
        def of(self, one, other):
            return one + other

    pairs = [tuple(torch.rand(2, 2, 5)) for _ in range(2)]
    for found, (one, other) in zip(in_one_batch(Sum().of, *pairs), pairs, strict=True):
        torch.testing.assert_close(found, one + other)


@pytest.mark.parametrize("norm", ["batch", "spectral"])
def test_networks_that_look_at_the_batch_see_each_alone(norm):
    layer = nn.Conv2d(3, 4, 3)
    network = (
        nn.Sequential(layer, nn.BatchNorm2d(4)) if norm == "batch" else nn.utils.parametrizations.spectral_norm(layer)
    )
    sizes = calls_of(network)
    one, other = torch.rand(2, 2, 3, 8, 8)
    found = in_one_batch(network.eval(), one, other)
    assert sizes == [2, 2] and torch.equal(found[1], network(other))


def test_batches_of_other_sizes_stay_apart():
    network = nn.Conv2d(3, 4, 3)
    sizes = calls_of(network)
    assert [len(found) for found in in_one_batch(network, torch.rand(1, 3, 8, 8), torch.rand(2, 3, 8, 8))] == [1, 2]
    assert sizes == [1, 2]


def test_nothing_stays_nothing():
    network = nn.Conv2d(3, 4, 3)
    sizes = calls_of(network)
    first, second, third = in_one_batch(network, None, torch.rand(1, 3, 8, 8), None)
    assert first is third is None and second.shape == (1, 4, 6, 6) and sizes == [1]
    assert in_one_batch(network, None, None) == [None, None] and sizes == [1]


def test_real_and_fake_are_judged_as_one_batch():
    critic = PatchGAN.Config(width=8).build(3)
    sizes = calls_of(critic)
    judge(critic, torch.rand(2, 3, 32, 32), torch.rand(2, 3, 32, 32), Gan())
    assert sizes == [4]


def test_a_generator_translates_and_keeps_in_one_batch():
    network = Resnet.Config(blocks=1, width=8).build(3, 3)
    a, b = torch.rand(2, 1, 3, 16, 16)
    for found, images in zip(in_one_batch(network, a, b), (a, b), strict=True):
        torch.testing.assert_close(found, network(images))
