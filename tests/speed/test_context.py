"""What is computed once for a turn, and what twice."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from i2i_zoo.nets.autoencoder import Autoencoder
from i2i_zoo.nets.resnet import Resnet
from i2i_zoo.nets.unet import Unet
from i2i_zoo.speed.choice import Speed
from i2i_zoo.speed.context import WeightCache, cached, cast, computing
from i2i_zoo.speed.convert import convert
from i2i_zoo.speed.recompute import checkpointed


class Counted(nn.Module):
    def __init__(self, *layers: nn.Module):
        super().__init__()
        self.layers, self.calls = nn.Sequential(*layers), 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return self.layers(x)


@pytest.mark.parametrize(
    ("layers", "inside", "calls"),
    [
        ([nn.Dropout(0.5)], True, 2),
        ([nn.Dropout(0.5)], False, 1),
        ([nn.BatchNorm2d(3)], True, 1),  # its statistics would change twice
    ],
)
def test_features_are_computed_again_for_the_gradient(layers, inside, calls):
    module = Counted(nn.Conv2d(3, 3, 3), *layers, nn.Tanh())
    x, found = torch.randn(2, 3, 8, 8, requires_grad=True), []
    for way in (module, lambda x: checkpointed(module, x)):
        module.calls = 0
        torch.manual_seed(0)
        with computing(Speed(checkpointing=inside)):
            y = way(x)
        y.square().sum().backward()
        found.append((y, x.grad, module.layers[0].weight.grad))
        x.grad, module.layers[0].weight.grad = None, None
    assert module.calls == calls
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True)), "dropout falls alike"


def test_without_gradients_nothing_is_computed_again():
    module = Counted(nn.Conv2d(3, 3, 3))
    with computing(Speed(checkpointing=True)), torch.no_grad():
        assert checkpointed(module, torch.randn(1, 3, 8, 8)).grad_fn is None
    assert module.calls == 1


@pytest.mark.parametrize(
    ("network", "light_share", "full_share"),
    [
        (lambda: Resnet.Config(width=4, blocks=3).build(3, 3), 0.9, 0.4),
        (lambda: Unet.Config(width=4, depth=3).build(3, 3), 1, 0.7),
        (
            lambda: nn.Sequential(
                *(getattr(Autoencoder(Autoencoder.Config(width=4), 3), n) for n in ("encode", "decode"))
            ),
            0.9,
            0.7,
        ),
    ],
    ids=["resnet", "unet", "autoencoder"],
)
def test_a_network_keeps_less_for_the_gradient(network, light_share, full_share):
    network, kept = network(), {}
    convert(network, recomputation=True)

    def pack(x: torch.Tensor) -> torch.Tensor:
        kept[way][x.untyped_storage().data_ptr()] = x.untyped_storage().nbytes()
        return x

    for way in ("plain", "light_checkpointing", "checkpointing"):
        kept[way] = {}
        with (
            computing(Speed(**{way: True} if way != "plain" else {})),
            torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x),
        ):
            network(torch.randn(1, 3, 64, 64, requires_grad=True))
    everything, light, little = (sum(sizes.values()) for sizes in kept.values())
    assert little < full_share * everything and little < light <= light_share * everything


def test_what_is_computed_again_caches_no_weights():
    layer, cache = nn.Linear(3, 3), WeightCache()

    class Layer(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x @ cached(layer.weight, torch.float64, cast)

    with computing(Speed(checkpointing=True), cache):
        checkpointed(Layer(), torch.ones(1, 3, dtype=torch.float64)).sum().backward()
        assert not cache.holds(cached(layer.weight, torch.bfloat16, cast).detach()) and len(cache._made) == 1


def test_what_is_derived_at_second_hand_is_forgotten_with_their_weight():
    weight, other, cache = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2)), WeightCache()
    with computing(Speed(), cache):
        twice = cached(cached(weight, torch.float64, cast), torch.bfloat16, cast)
        kept = cached(other, torch.float64, cast)
    assert cache.holds(twice)
    cache.forget([weight])
    assert not cache.holds(twice) and cache.holds(kept) and len(cache._made) == 1


def test_the_cache_of_inference_is_not_that_of_training():
    weight, x = nn.Parameter(torch.ones(3), requires_grad=False), torch.ones(3, requires_grad=True)
    with computing(Speed()):
        with torch.inference_mode():
            cached(weight, torch.float64, cast)
        (x.double() * cached(weight, torch.float64, cast)).sum().backward()
    assert x.grad.tolist() == [1, 1, 1]
