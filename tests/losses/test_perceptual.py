"""The perceptual loss against its definition written out, and what it must leave alone."""

from __future__ import annotations

import pytest
import timm
import torch
import torchvision
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

import i2i_zoo
from i2i_zoo.errors import UserError
from i2i_zoo.losses.perceptual import LAYERS, POOL4, VGG16, Perceptual, PerceptualLoss
from i2i_zoo.nets import weight_files
from i2i_zoo.nets.initialize import replacing_weights
from i2i_zoo.training import TrainConfig, Trainer, checkpoint
from i2i_zoo.training.weights import export

CHANNELS = {"edges": 3, "shoes": 3}
WIDTHS = [2, 2, "M", 3, 3, "M", 4, 4, 4, "M", 5, 5, 5, "M", 5, 5, 5, "M"]  # a narrow VGG16
NORMAL = (torch.tensor([0.485, 0.456, 0.406]).double(), torch.tensor([0.229, 0.224, 0.225]).double())


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder for weights, empty, and no network; VGG16 is narrow."""
    monkeypatch.setenv("I2I_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr(weight_files, "CHECKSUMS", {})
    monkeypatch.setitem(timm.models.vgg.cfgs, "vgg16", WIDTHS)
    (tmp_path / "weights").mkdir()
    return tmp_path / "weights"


@pytest.fixture
def weights(folder):
    """Random weights of the features, which a file has too."""
    random, found, inputs = torch.Generator().manual_seed(0), {}, 3
    for i, layer in enumerate(features()):
        if layer != "pool" and layer != "relu":
            found[f"features.{i}.weight"] = torch.randn(layer, inputs, 3, 3, generator=random) * (2 / 9 / inputs) ** 0.5
            found[f"features.{i}.bias"] = torch.randn(layer, generator=random) / 10
            inputs = layer
    save_file(found, folder / "vgg16.tv_in1k.safetensors")
    return found


def features():
    """Width, "relu" or "pool" of each layer."""
    return [layer for width in WIDTHS for layer in (["pool"] if width == "M" else [width, "relu"])]


def reference(weights, fake, real, layer):
    """In float64, straight from the definition."""

    def seen(images):
        mean, deviation = (values[:, None, None] for values in NORMAL)
        x = ((images.double().expand(-1, 3, -1, -1) + 1) / 2 - mean) / deviation
        for i, kind in enumerate(features()[: {"relu4_3": 23, "relu5_3": 30}[layer]]):
            if kind == "relu":
                x = x.clamp(min=0)
            elif kind == "pool":
                x = F.max_pool2d(x, 2) if i < 20 else x  # no pooling after relu4_3
            else:
                kernel, bias = (weights[f"features.{i}.{name}"].double() for name in ("weight", "bias"))
                x = F.conv2d(x, kernel, bias, padding=1)
        mean, variance = x.mean((2, 3), keepdim=True), x.var((2, 3), unbiased=False, keepdim=True)
        return (x - mean) / (variance + 1e-5).sqrt()

    return ((seen(fake) - seen(real)) ** 2).mean()


def make(layer="relu5_3", channels=CHANNELS, weight=1.0):
    return PerceptualLoss(Perceptual(weight=weight, layer=layer), channels)


def images(*shape, seed=1):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


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
    assert not make(weight=0.0)._hidden


def test_missing_weights_are_reported_when_a_model_is_built_for_training(folder):
    sentence = r"put vgg16\.tv_in1k\.safetensors or vgg16-397923af\.pth into this folder"
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
    [net] = loss._hidden
    assert not list(loss.parameters()) and not list(loss.buffers()) and not loss.state_dict()
    loss.train(), loss.requires_grad_(True)
    assert not any(weight.requires_grad for weight in net.parameters()) and not net.training
    nn.ModuleDict({"loss": loss}).to("meta")
    assert {tensor.device.type for tensor in (*net.parameters(), *net.buffers())} == {"meta"}


def test_building_draws_no_random_numbers(weights):
    before = torch.get_rng_state()
    make()
    assert torch.equal(before, torch.get_rng_state())


GENERATOR = {"width": 2, "blocks": 1}
KNOBS = {"discriminator": {"width": 2, "layers": 1, "scales": 1}, "perceptual": {"weight": 2.0}}
both = pytest.mark.parametrize("name", ["munit", "unit"])


def model(name, channels=3, **knobs):
    torch.manual_seed(0)
    return i2i_zoo.create(name, tuple(CHANNELS), channels, **{"generator": GENERATOR} | KNOBS | knobs)


def batch(seed=1, channels=(3, 3)):
    return {d: images(1, c, 32, 32, seed=seed + c) for d, c in zip(CHANNELS, channels, strict=True)}


@both
def test_in_the_models_a_translation_is_compared_with_its_input(weights, name):
    net = model(name, channels=(1, 3)).eval()  # UNIT's codes have no noise then
    drawn = batch(channels=(1, 3))
    torch.manual_seed(5)
    losses = list(net.turns(drawn, 0))[-1].losses
    torch.manual_seed(5)
    styles = net.sample_style(2) if name == "munit" else None
    for role, to, source, i in (("a", "edges", "shoes", 0), ("b", "shoes", "edges", 1)):
        style = {} if styles is None else {"style": styles[i]}
        with torch.no_grad():
            fake = net.translate(drawn[source], to=to, **style)
        expected = 2 * reference(weights, fake, drawn[source], "relu5_3")
        assert losses[f"perceptual_{role}"].item() == pytest.approx(expected.item(), rel=1e-3)


@both
def test_its_gradients_reach_the_generators_only(weights, name):
    off = dict.fromkeys(("adversarial", "image", "content", "style", "cycle", "kl", "cycle_kl"), 0.0)
    fields = i2i_zoo.models[name].Config.model_fields
    net = model(name, **{knob: value for knob, value in off.items() if knob in fields})
    [turn] = net.turns(batch(), 0)
    assert turn.players == ("generators",) and set(turn.losses) == {"perceptual_a", "perceptual_b"}
    sum(turn.losses.values()).backward()
    assert any(weight.grad is not None and weight.grad.any() for weight in net.generators.parameters())
    assert all(weight.requires_grad for weight in net.parameters())


@both
def test_by_default_there_is_none(name):
    net = model(name, perceptual={})
    assert not any(loss.startswith("perceptual") for turn in net.turns(batch(), 0) for loss in turn.losses)
    assert net.config.perceptual == Perceptual(weight=0.0, layer="relu5_3")


@both
def test_crops_are_as_large_as_the_loss_needs(weights, name):
    knobs = {"generator": GENERATOR | ({"style_halvings": 2} if name == "munit" else {})}
    assert model(name, **knobs).smallest_crop == 16 > model(name, **knobs, perceptual={}).smallest_crop


@both
def test_a_resumed_run_is_bit_exact_and_its_files_hold_no_vgg16(folder, weights, tmp_path, name):
    config, batches = TrainConfig(ema=0.9), [batch(seed) for seed in range(4)]
    straight = Trainer(model(name), config)
    torch.manual_seed(7)
    for step in batches[:2]:
        straight.advance([step])
    checkpoint.save(straight, tmp_path / "run", {})
    expected = [straight.advance([step]) for step in batches[2:]]

    with replacing_weights(train=True):
        resumed = Trainer(model(name), config)
    checkpoint.restore(resumed, tmp_path / "run" / "checkpoints" / "last")
    for step, losses in zip(batches[2:], expected, strict=True):
        assert resumed.advance([step]) == losses
    for key, tensor in straight.model.state_dict().items():
        assert torch.equal(resumed.model.state_dict()[key], tensor)

    for file in folder.iterdir():
        file.unlink()
    loaded = i2i_zoo.load(tmp_path / "run")  # looks for nothing
    loaded.translate(images(1, 3, 32, 32), to="shoes")
    export(loaded, tmp_path / "exported.safetensors", {})
    files = [*tmp_path.rglob("*.safetensors")]
    assert len(files) > 5
    for path in files:
        with safe_open(path, "pt") as file:
            assert not [key for key in file.keys() if "perceptual" in key or "features" in key], path  # noqa: SIM118


@both
def test_missing_weights_stop_the_construction(name):
    with pytest.raises(UserError, match="put vgg16"):
        model(name)
