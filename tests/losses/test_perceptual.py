"""The perceptual loss against its definition written out, and what it must leave alone."""

from __future__ import annotations

import pytest
import timm
import torch
import torchvision
from narrow_vgg import CHANNELS, images, reference
from safetensors.torch import save_file
from torch import nn

from i2i_zoo.errors import UserError
from i2i_zoo.hub import weight_files
from i2i_zoo.losses.perceptual import LAYERS, POOL4, VGG16, Perceptual, PerceptualLoss
from i2i_zoo.nets.initialize import replacing_weights

pytestmark = pytest.mark.usefixtures("folder")


def make(layer="relu5_3", channels=CHANNELS, weight=1.0):
    return PerceptualLoss(Perceptual(weight=weight, layer=layer), channels)


@pytest.mark.parametrize("layer", ["relu4_3", "relu5_3"])
@pytest.mark.parametrize(("channels", "size"), [((3, 3), (16, 16)), ((1, 3), (33, 47)), ((3, 1), (40, 24))])
def test_values_and_gradients_are_those_of_the_definition(weights, layer, channels, size):
    fake, real = (images(2, count, *size, seed=count + i) for i, count in enumerate(channels))
    fakes = [fake.clone().requires_grad_(), fake.double().requires_grad_()]
    loss = make(layer, dict(zip("ab", channels, strict=True)))(fakes[0], real.requires_grad_())
    expected = reference(weights, fakes[1], real.detach(), layer)
    assert 0.01 < expected < 4 and loss.dtype == torch.float32
    torch.testing.assert_close(loss.double(), expected, rtol=1e-4, atol=1e-6)
    loss.backward(), expected.backward()
    assert real.grad is None
    assert (fakes[0].grad - fakes[1].grad).abs().max() < 1e-3 * fakes[1].grad.abs().max()


def test_an_image_equals_itself_and_contrast_hardly_counts(weights):
    loss, real = make(), images(1, 3, 32, 32)
    assert loss(real, real) == 0
    assert loss(0.9 * real, real) < 0.1 * loss(images(1, 3, 32, 32, seed=2), real)


def test_double_and_bf16(weights):
    fake, real = images(1, 3, 32, 32), images(1, 3, 32, 32, seed=2)
    expected = reference(weights, fake, real, "relu5_3")
    torch.testing.assert_close(make()(fake, real).double(), expected, rtol=1e-4, atol=0)
    torch.testing.assert_close(make().double()(fake.double(), real.double()), expected, rtol=1e-6, atol=0)
    with torch.autocast("cpu", torch.bfloat16):
        loss = make()(fake.requires_grad_(), real)
    assert loss.dtype == torch.float32 and abs(loss - expected) < 0.1 * expected
    loss.backward()
    assert fake.grad.isfinite().all()


@pytest.mark.parametrize("value", [-1.0, 0.3])
def test_a_blank_image_gives_no_gradient_through_channels_without_variance(folder, weights, value):
    for name, tensor in weights.items():  # kernels of one pixel: a blank image has blank features, up to its margin
        if name.endswith("weight"):
            middle = tensor[..., 1, 1].abs().clone()
            tensor.zero_()[..., 1, 1] = middle
    save_file(weights, folder / "vgg16.tv_in1k.safetensors")
    fake = torch.full((1, 3, 32, 32), value, requires_grad=True)
    make()(fake, images(1, 3, 32, 32)).backward()
    assert not fake.grad.any()
    fake = torch.full((1, 3, 32, 32), value, requires_grad=True)
    loss = make()(images(1, 3, 32, 32), fake)
    assert loss.isfinite() and 0.01 < loss < 4


def test_a_blank_image_gives_small_gradients(weights):
    fake = torch.full((1, 3, 64, 64), 0.5, requires_grad=True)
    make()(fake, images(1, 3, 64, 64)).backward()
    assert 0 < fake.grad.abs().max() < 1


def test_what_is_too_small_is_one_sentence(weights):
    assert make().smallest == 16 and make(weight=0.0).smallest == 1
    with pytest.raises(UserError, match="needs images of 16 x 16 pixels or more"):
        make()(images(1, 3, 15, 64), images(1, 3, 15, 64))


@pytest.mark.parametrize("count", [2, 4])
def test_channels_that_vgg16_cannot_see(weights, count):
    with pytest.raises(UserError, match=rf"model\.perceptual: .* those of 'shoes' have {count} channels"):
        make(channels={"edges": 1, "shoes": count})
    make(channels={"edges": 1, "shoes": count}, weight=0.0)


def test_weight_0_looks_for_nothing(monkeypatch):
    monkeypatch.setattr("i2i_zoo.losses.perceptual.locate", None)
    assert not make(weight=0.0).hidden._made


def test_missing_weights_are_reported_when_a_model_is_built_for_training(folder):
    sentence = r"vgg16\.tv_in1k\.safetensors: these .* or vgg16-397923af\.pth beside it"
    with pytest.raises(UserError, match=sentence):
        make()
    with pytest.raises(UserError, match=sentence), replacing_weights(train=True):
        make()
    with replacing_weights():
        loss = make()
    with pytest.raises(UserError, match=sentence):
        loss(images(1, 3, 16, 16), images(1, 3, 16, 16))


def test_a_model_that_was_loaded_finds_its_network_when_it_is_trained(weights):
    fake, real = images(1, 3, 16, 16).double(), images(1, 3, 16, 16, seed=2).double()
    with replacing_weights():
        loss = make().double()
    assert loss(fake, real) == make().double()(fake, real)


@pytest.mark.parametrize("change", ["missing", "narrow"])
def test_a_file_with_other_weights_is_one_sentence(folder, weights, change):
    if change == "missing":
        del weights["features.21.bias"]
    else:
        weights["features.21.bias"] = torch.zeros(3)
    save_file(weights, folder / "vgg16.tv_in1k.safetensors")
    with pytest.raises(
        UserError, match=r"tv_in1k\.safetensors: does not hold the weights of VGG16 .*21\.bias"
    ) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_torchvisions_file_gives_the_same(folder, weights, monkeypatch):
    expected = make()(images(1, 3, 16, 16), images(1, 3, 16, 16, seed=2))
    (folder / "vgg16.tv_in1k.safetensors").unlink()
    torch.save(weights, folder / "vgg16-397923af.pth")
    with pytest.raises(UserError, match=r"vgg16-397923af\.pth: has the SHA-256"):
        make()
    monkeypatch.setattr(weight_files, "_named", lambda file: None)
    assert make()(images(1, 3, 16, 16), images(1, 3, 16, 16, seed=2)) == expected


def test_the_layers_are_those_of_vgg16(monkeypatch):
    monkeypatch.undo()
    with torch.device("meta"):
        ours, theirs = timm.create_model(VGG16).features, torchvision.models.vgg16().features
    assert [type(layer) for layer in ours] == [type(layer) for layer in theirs]
    assert {k: t.shape for k, t in ours.state_dict().items()} == {k: t.shape for k, t in theirs.state_dict().items()}
    blocks, block, conv = {}, 1, 0
    for i, layer in enumerate(theirs):  # names as in the paper: the ReLU after the conv'th convolution of a block
        if isinstance(layer, nn.MaxPool2d):
            block, conv = block + 1, 0
        elif isinstance(layer, nn.Conv2d):
            conv += 1
        else:
            blocks[f"relu{block}_{conv}"] = i
    assert {name: blocks[name] for name in LAYERS} == LAYERS
    assert isinstance(theirs[POOL4], nn.MaxPool2d) and blocks["relu4_3"] == POOL4 - 1


def test_the_network_is_hidden_but_moves_along(weights):
    loss = make()
    net = loss.hidden.network()
    assert not list(loss.parameters()) and not list(loss.buffers()) and not loss.state_dict()
    loss.train(), loss.requires_grad_(True)
    assert not any(weight.requires_grad for weight in net.parameters()) and not net.training
    nn.ModuleDict({"loss": loss}).to("meta")
    assert {tensor.device.type for tensor in (*net.parameters(), *net.buffers())} == {"meta"}


def test_building_draws_no_random_numbers(weights):
    before = torch.get_rng_state()
    make()
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("channels", [1, 3])
def test_lite0_is_always_there(channels):
    loss = PerceptualLoss(Perceptual(weight=1.0, layer="lite0"), {"edges": channels}).double()
    fake, real = (images(2, channels, 32, 32, seed=seed).double().requires_grad_() for seed in (1, 2))
    assert loss(real, real) == 0 and not list(loss.parameters())
    loss(fake, real).backward()
    assert fake.grad.abs().sum() > 0 and real.grad is None
    assert loss(fake * 0.5, fake) < 0.5 * loss(fake, real), "contrast counts less than content"
