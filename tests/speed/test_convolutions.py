"""The ways taken for channels-last features give what the plain ones give: values and gradients, in float64."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from same import SIZES, assert_same, features
from torch import Tensor, nn
from torch.nn import functional as F

from i2i_zoo.speed import winograd
from i2i_zoo.speed.choice import Speed
from i2i_zoo.speed.context import WeightCache, cached, cast, channels_last, computing, in_memory_format
from i2i_zoo.speed.convolutions import Conv2d, FewInputsConv2d, FewOutputsConv2d, UpsampleConv2d, as_product, convolve


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("size", SIZES)
def test_a_stem_of_few_channels(size, bias, channels):
    layer = FewInputsConv2d(channels, 6, 7, padding=3, padding_mode="reflect", bias=bias).double()
    plain = nn.Conv2d(channels, 6, 7, padding=3, padding_mode="reflect", bias=bias).double()
    plain.weight, plain.bias = layer.weight, layer.bias

    def stem(x: Tensor) -> Tensor:
        with computing(Speed(channels_last=True)):
            return layer(in_memory_format(x[:, :channels]))

    assert_same(stem, lambda x: plain(x[:, :channels]), features(size), list(layer.parameters()))


@pytest.mark.parametrize(("channels", "learns", "taken"), [(3, True, True), (3, False, False), (5, True, False)])
def test_a_stem_takes_columns_where_images_of_few_channels_need_a_gradient(channels, learns, taken, monkeypatch):
    kernels, plain = [], F.conv2d
    monkeypatch.setattr(
        F, "conv2d", lambda x, weight, *rest: kernels.append(weight.shape[2:]) or plain(x, weight, *rest)
    )
    layer = FewInputsConv2d(channels, 6, 7, padding=3, padding_mode="reflect")
    y = layer(features((1, channels, 8, 8), torch.float32).detach().requires_grad_(learns))
    assert kernels == [(7, 1) if taken else (7, 7)] and channels_last(y)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("size", SIZES)
def test_a_head_of_few_channels(size, bias):
    head = FewOutputsConv2d(6, 3, 7, padding=3, padding_mode="reflect", bias=bias).double()
    plain = nn.Conv2d(6, 3, 7, padding=3, padding_mode="reflect", bias=bias).double()
    plain.load_state_dict(head.state_dict())
    plain.weight, plain.bias = head.weight, head.bias
    assert_same(head, plain, features(size), list(head.parameters()))


@pytest.mark.parametrize("size", [*SIZES, (2, 6, 2, 2), (1, 6, 2, 5)])
def test_resizing_and_convolving_at_once(size):
    layer = UpsampleConv2d(6, 4, 5, padding=2, padding_mode="reflect").double()

    def plain(x: Tensor) -> Tensor:
        return F.conv2d(F.pad(F.interpolate(x, scale_factor=2), (2,) * 4, mode="reflect"), layer.weight, layer.bias)

    assert_same(layer, plain, features(size), list(layer.parameters()))
    first = features(size).detach().contiguous()
    assert torch.equal(layer(first), plain(first)), "channels first is the plain way, to the last bit"
    assert channels_last(layer(features(size)))


@pytest.mark.parametrize("size", [(1, 6, 8, 10), (3, 6, 4, 6), (2, 6, 6, 4)])
def test_minimal_filtering_of_features_that_are_padded_by_reflection(size):
    weight, x = torch.randn(5, 6, 3, 3, dtype=torch.float64, requires_grad=True), features(size)
    for amount in (1, 2):

        def plain(x: Tensor, weight: Tensor = weight, amount: int = amount) -> Tensor:
            return F.conv2d(F.pad(x, (amount,) * 4, "reflect"), weight)

        assert_same(partial(winograd.conv2d, weight=weight, reflect=amount), plain, x, [weight])
    assert torch.autograd.gradcheck(winograd.conv2d, (x, weight, 1))


def test_features_are_kept_once_and_not_padded():
    """By the norm or activation that made them and by the convolution after it."""
    layer, kept = Conv2d(256, 256, 3, padding=1, padding_mode="reflect"), []
    x = features((1, 256, 16, 16), torch.float32)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t.shape) or t, lambda t: t):
        y = layer(x)
    assert y.shape == x.shape and sorted(kept) == [(1, 256, 16, 16), (4, 4, 256, 256)]


@pytest.mark.parametrize("size", [(1, 6, 8, 10), (3, 6, 4, 6), (2, 6, 6, 4)])
def test_minimal_filtering(size):
    weight = torch.randn(5, 6, 3, 3, dtype=torch.float64, requires_grad=True)
    x = features(size)
    assert_same(lambda x: winograd.conv2d(x, weight), lambda x: F.conv2d(x, weight), x, [weight])
    assert channels_last(winograd.conv2d(x, weight))
    frozen = weight.detach()
    assert_same(lambda x: winograd.conv2d(x, frozen), lambda x: F.conv2d(x, frozen), x, [])
    assert torch.autograd.gradcheck(winograd.conv2d, (x, weight))


def test_minimal_filtering_is_taken_where_it_pays():
    torch.manual_seed(0)
    sizes = [(256, 18, 18, True), (256, 19, 18, False), (256, 18, 19, False), (64, 34, 34, False), (256, 10, 10, False)]
    for channels, height, width, taken in sizes:
        x = torch.randn(1, channels, height, width).contiguous(memory_format=torch.channels_last)
        weight = torch.randn(channels, channels, 3, 3) / channels
        y = convolve(x.requires_grad_(), weight)
        assert (y.grad_fn.name() == "ProductsBackward") is taken, (channels, height, width)
        assert (y.double() - F.conv2d(x.double(), weight.double())).abs().max() < 1e-4
    assert convolve(torch.randn(1, 256, 18, 18, requires_grad=True), weight).grad_fn.name() == "ConvolutionBackward0"


def test_minimal_filtering_in_bf16_errs_by_less_than_two_percent():
    torch.manual_seed(0)
    x, weight = features((1, 256, 18, 18), torch.float32), torch.randn(256, 256, 3, 3).mul_(0.02).requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        y = winograd.conv2d(x, weight)
    expected = F.conv2d(x.double(), weight.double())
    g = torch.randn_like(y)
    ours, theirs = torch.autograd.grad(y, [x, weight], g), torch.autograd.grad(expected, [x, weight], g.double())
    for own, other in zip((y, *ours), (expected, *theirs), strict=True):
        assert (own - other).std() < 0.02 * other.std()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("stride", "padding"), [((1, 1), (0, 0)), ((2, 2), (1, 1)), ((1, 2), (2, 0))])
def test_a_convolution_as_one_product(stride, padding, bias):
    weight = torch.randn(5, 6, 3, 4, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(5, dtype=torch.float64, requires_grad=True) if bias else None
    parameters = [each for each in (weight, bias) if each is not None]
    plain = lambda x: F.conv2d(x, weight, bias, stride, padding)  # noqa: E731
    assert_same(lambda x: as_product(x, weight, bias, stride, padding), plain, features((2, 6, 8, 7)), parameters)


def test_few_pixels_of_many_channels_are_one_product():
    layer = Conv2d(256, 256, 4, stride=2, padding=1)
    for size, name in [(8, "CloneBackward0"), (32, "ConvolutionBackward0")]:
        x = features((1, 256, size, size), torch.float32)
        y = layer(x)
        assert y.grad_fn.name() == name
        torch.testing.assert_close(y, F.conv2d(x, layer.weight, layer.bias, 2, 1), rtol=1e-4, atol=1e-4)


def test_forms_of_a_weight_are_shared_only_while_it_cannot_change():
    made = []

    def make(weight: Tensor, dtype: torch.dtype) -> Tensor:
        made.append(weight)
        return weight.to(dtype)

    weight = nn.Parameter(torch.randn(3))
    with computing(Speed()):
        first = cached(weight, torch.bfloat16, make)
        assert cached(weight, torch.bfloat16, make) is first and len(made) == 1
        with torch.no_grad():
            assert not cached(weight, torch.bfloat16, make).requires_grad, "one made without gradients serves no others"
        assert cached(weight * 2, torch.bfloat16, make).requires_grad and len(made) == 3
        assert cached(first, torch.float32, make) is cached(first, torch.float32, make), "from a derived tensor"
    assert cached(weight, torch.bfloat16, make) is not first
    with computing(Speed()):
        assert cached(weight, torch.bfloat16, make) is not first


@pytest.mark.parametrize("fused", [False, True])
def test_forms_outlast_a_scope_until_the_weight_learns(fused):
    weight, cache = nn.Parameter(torch.randn(3)), WeightCache()
    optimizer = torch.optim.Adam([weight], fused=fused)

    def derived() -> Tensor:
        with computing(Speed(), cache):
            return cached(weight, torch.float64, cast)

    first = derived()
    first.sum().backward()
    assert derived() is first
    optimizer.step()
    cache.forget([weight])
    assert derived() is not first and torch.equal(derived(), weight.double())


def test_forms_are_shared_without_gradients_too():
    layer, x = (
        UpsampleConv2d(64, 256, 5, padding=2, padding_mode="reflect"),
        torch.randn(1, 64, 16, 16).contiguous(memory_format=torch.channels_last),
    )
    with torch.inference_mode(), computing(Speed()):
        y = layer(x)
        torch.testing.assert_close(layer(x), y)


@pytest.mark.parametrize("channels", [1, 3])
def test_images_are_laid_out_as_the_scope_says(channels):
    images = torch.randn(2, channels, 8, 8, requires_grad=True)
    layer = Conv2d(channels, 6, 3, padding=1, padding_mode="reflect")
    assert in_memory_format(images) is images
    with computing(Speed(channels_last=True)):
        assert channels_last(layer(in_memory_format(images))), "grey images too"
        assert torch.equal(in_memory_format(images), images)
    with computing(Speed()):
        assert not channels_last(layer(in_memory_format(images)))


def test_padding_stays_in_bf16_under_autocast():
    seen = []
    layer = nn.Sequential(Conv2d(6, 6, 3), Conv2d(6, 6, 3, padding=1, padding_mode="reflect"))
    with torch.autocast("cpu", torch.bfloat16):
        y = layer(features((1, 6, 8, 8), torch.float32))
    node = y.grad_fn
    while node is not None:
        seen.append(node.name())
        node = node.next_functions[0][0] if node.next_functions else None
    pads = next(i for i, name in enumerate(seen) if name.startswith("ReflectionPad"))
    assert seen[pads - 1].startswith("Convolution") and seen[pads + 1].startswith("Convolution"), seen
