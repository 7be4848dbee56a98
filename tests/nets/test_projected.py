"""Features are frozen, mixed alike everywhere, in no checkpoint, and always those that the critics learned on."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from i2i_zoo.errors import UserError
from i2i_zoo.losses.adversarial import Gan, fool, judge
from i2i_zoo.nets.initialize import replacing_weights
from i2i_zoo.nets.layers import SpectralConv2d, spectral_norm
from i2i_zoo.nets.projected import Deviation, Projected, resized
from i2i_zoo.registry import generators

SMALL = {"size": None, "strides": (8, 16), "mix": 4, "width": 4}


def make(channels=3, **knobs):
    return Projected.Config(**SMALL | knobs).build(channels)


def features(net):
    return net.hidden.network()


def test_features_stay_frozen_and_in_eval_mode():
    net = make().train()
    images = torch.rand(2, 3, 32, 32) * 2 - 1
    before = {name: tensor.clone() for name, tensor in features(net).state_dict().items()}
    judge(net, images, images.flip(0), Gan(objective="hinge")).backward()
    assert not any(module.training for module in features(net).modules())
    assert all(weight.grad is None for weight in features(net).parameters())
    assert all(weight.grad is not None for weight in net.parameters())
    assert all(torch.equal(before[name], tensor) for name, tensor in features(net).state_dict().items())


def test_no_weights_are_missed_where_nothing_has_memory():
    """`i2i check` builds a model so; torch warns of each tensor that is not copied."""
    with torch.device("meta"):
        make()
        generators["timm_unet"].Config(backbone="tf_efficientnet_lite0", pretrained=True, width=8).build(3, 3)


def test_nothing_of_the_features_is_in_the_state_but_their_hash():
    net = make()
    names = {name for name, _ in net.critics.named_parameters(prefix="critics")}
    state = net.state_dict()
    assert state.keys() == names | {"_extra_state"} and state["_extra_state"].shape == (32,)


def test_mixing_is_a_function_of_its_seed_alone():
    images = torch.rand(1, 3, 32, 32)
    torch.manual_seed(1)
    one = features(make())(images)
    torch.manual_seed(2)
    again, other = features(make())(images), features(make(seed=1))(images)
    assert all(torch.equal(x, y) for x, y in zip(one, again, strict=True))
    assert not any(torch.equal(x, y) for x, y in zip(one, other, strict=True))


def test_building_it_draws_as_much_as_its_critics_do():
    torch.manual_seed(0)
    make()
    drawn = torch.rand(1)
    torch.manual_seed(0)
    with replacing_weights():  # no features
        make()
    assert torch.equal(drawn, torch.rand(1))


def test_the_finest_map_knows_the_coarsest():
    mixed = features(make(strides=(4, 32)))
    found = mixed(torch.rand(1, 3, 64, 64))
    with torch.no_grad():
        mixed.across_channels[1].weight.zero_()
    assert [tuple(x.shape) for x in found] == [(1, 4, 16, 16), (1, 4, 2, 2)]
    assert not torch.equal(found[0], mixed(torch.rand(1, 3, 64, 64))[0])


def test_a_model_that_is_loaded_to_be_used_needs_no_features(monkeypatch):
    state = make().state_dict()
    with replacing_weights(), monkeypatch.context() as without:
        without.setattr("i2i_zoo.nets.features.create", None)
        net = make()
        net.load_state_dict(state)
        assert torch.equal(net.state_dict()["_extra_state"], state["_extra_state"])
    images = torch.rand(1, 3, 32, 32)
    assert net.double()(images.double())[0].dtype == torch.float64, "they are looked for when they are needed after all"


def test_other_features_than_those_of_the_training_are_refused():
    state = make().state_dict()
    state["_extra_state"] = state["_extra_state"] ^ 1
    with pytest.raises(UserError, match="learned to see with other weights of 'tf_efficientnet_lite0'"):
        make().load_state_dict(state)
    with replacing_weights():
        later = make()
    later.load_state_dict(state)
    with pytest.raises(UserError, match="learned to see with other weights"):
        later(torch.rand(1, 3, 32, 32))


def test_an_unknown_stride_is_one_sentence():
    with pytest.raises(UserError, match=r"has no features of stride 64; known: 2, 4, 8, 16, 32"):
        make(strides=(8, 64))


def test_images_are_resized_by_their_smaller_side():
    assert resized(torch.rand(1, 1, 20, 30), 10).shape == (1, 1, 10, 15)
    assert resized(torch.rand(1, 1, 30, 20), 40).shape == (1, 1, 60, 40)
    image = torch.rand(1, 1, 30, 20)
    assert resized(image, 20) is image and resized(image, None) is image


def test_deviation_tells_a_batch_of_one_image_from_one_of_many():
    net = make(deviation=True)
    images = torch.rand(4, 3, 32, 32)
    alike = images[:1].expand(4, -1, -1, -1)
    alone, among = net(alike)[0][0], net(images)[0][0]
    assert not torch.allclose(alone, among), "the first image is the same, its company is not"
    torch.testing.assert_close(make(deviation=False)(images).pop().shape, net(images).pop().shape)
    plain = make()
    torch.testing.assert_close(plain(alike)[0][0], plain(images)[0][0])


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (1, 2, 3, 3)])
def test_deviation_is_the_mean_of_the_standard_deviations(shape):
    features = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    found = Deviation()(features)
    assert torch.equal(found[:, :-1], features)
    expected = features.std(dim=0, unbiased=False).mean().expand(shape[0], *shape[2:])
    torch.testing.assert_close(found[:, -1], expected, atol=1e-3, rtol=1e-3)
    assert torch.autograd.gradcheck(Deviation(), features)


def test_gradients_in_double_precision():
    torch.manual_seed(0)
    net, gan = make().double(), Gan(objective="nonsaturating", r1=0.1)
    images = (torch.rand(2, 3, 32, 32, dtype=torch.float64) * 2 - 1).requires_grad_()
    weights = tuple(net.parameters())

    def loss(*weights):
        named = dict(zip(dict(net.named_parameters()), weights, strict=True))
        return judge(Swapped(net, named), images, images.flip(2), gan)

    assert torch.autograd.gradcheck(loss, weights, fast_mode=True, atol=1e-6)
    assert torch.autograd.gradcheck(lambda x: fool(net, x, gan), images, fast_mode=True, atol=1e-6)


class Swapped(nn.Module):
    """`net` with other weights."""

    def __init__(self, net, weights):
        super().__init__()
        self.net, self.weights, self.shares = [net], weights, net.shares

    def forward(self, images):
        return torch.func.functional_call(self.net[0], self.weights, images)


@pytest.mark.parametrize("shape", [(4, 9), (9, 4), (1, 5), (64, 1024)])
def test_the_spectral_norm_is_the_largest_singular_value(shape):
    torch.manual_seed(0)
    matrix = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    found, exact = spectral_norm(matrix), torch.linalg.matrix_norm(matrix, 2)
    torch.testing.assert_close(found, exact)
    gradients = [torch.autograd.grad(value, matrix)[0] for value in (found, exact)]
    torch.testing.assert_close(*gradients)


def test_a_spectral_convolution_stretches_nothing_by_more_than_one():
    layer = SpectralConv2d(3, 5, 3, bias=False)
    kernel = layer(torch.eye(27).view(27, 3, 3, 3)).flatten(1)  # the answers to every unit input
    assert torch.linalg.matrix_norm(kernel, 2).item() == pytest.approx(1)
    assert spectral_norm(torch.zeros(2, 3)) == 0
