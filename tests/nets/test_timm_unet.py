"""Any timm backbone as encoder, or one sentence that says why not."""

from __future__ import annotations

from functools import partial

import pytest
import timm
import torch
from safetensors.torch import save_file

from i2i_zoo.errors import UserError
from i2i_zoo.nets.initialize import replacing_weights
from i2i_zoo.nets.timm_unet import TimmUnet

create_model = timm.create_model


def build(backbone, channels=3, **knobs):
    return TimmUnet.Config(backbone=backbone, width=4, **knobs).build(channels, 3)


@pytest.mark.parametrize(
    ("backbone", "channels", "reductions"),
    [
        ("resnet18", 3, [2, 4, 8, 16, 32]),
        ("convnext_atto", 3, [4, 8, 16, 32]),
        ("mobilenetv3_small_050", 4, [2, 4, 8, 16, 32]),
        ("vit_tiny_patch16_224", 3, [16]),
    ],
)
def test_backbones(backbone, channels, reductions):
    net = build(backbone, channels)
    assert sorted(net.encoder.channels) == reductions and net.stride == reductions[-1]
    images = torch.rand(1, channels, net.smallest, net.smallest + net.stride) * 2 - 1
    found = net(images.requires_grad_())
    assert found.shape == (1, 3, *images.shape[2:]) and found.abs().max() <= 1
    found.square().mean().backward()
    assert all(parameter.grad is not None for parameter in net.parameters())
    assert net.training and all(layer.training for layer in net.modules())


@pytest.mark.parametrize(("backbone", "stride"), [("resnet18", 8), ("convnext_atto", 8), ("tf_efficientnet_lite0", 16)])
def test_a_backbone_ends_at_the_stride_asked_for(backbone, stride):
    torch.manual_seed(0)
    whole = build(backbone)
    net = build(backbone, stride=stride)
    assert (
        net.stride == stride == max(net.encoder.channels)
        and net.encoder.channels.items() < whole.encoder.channels.items()
    )
    count, most = (sum(w.numel() for w in one.encoder.parameters()) for one in (net, whole))
    assert count < most / 2
    images = torch.rand(1, 3, 64, 64) * 2 - 1
    net(images).square().mean().backward()
    assert all(parameter.grad is not None for parameter in net.parameters()), "what no feature needs is left out"
    state = whole.encoder.state_dict()
    net.encoder.load_state_dict({name: state[name] for name in net.encoder.state_dict()})
    expected = whole.eval().encoder(images)
    for reduction, features in net.eval().encoder(images).items():
        torch.testing.assert_close(features, expected[reduction])


def test_an_unknown_stride_is_one_sentence():
    with pytest.raises(UserError, match=r"timm's 'convnext_atto' has no features of stride 2; known: 4, 8, 16, 32"):
        build("convnext_atto", stride=2)


def test_channels_last_features_are_turned(monkeypatch):
    tiny = {"embed_dim": 8, "depths": (1, 1, 1, 1), "num_heads": (1, 1, 1, 1)}
    monkeypatch.setattr(timm, "create_model", partial(create_model, **tiny))
    net = build("swin_tiny_patch4_window7_224")
    features = net.encoder(torch.zeros(1, 3, 64, 96))
    assert {reduction: tuple(found.shape) for reduction, found in features.items()} == {
        reduction: (1, channels, 64 // reduction, 96 // reduction)
        for reduction, channels in net.encoder.channels.items()
    }


@pytest.mark.parametrize(
    ("channels", "mean", "std"),
    [(3, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]), (2, [0.4490] * 2, [0.2260] * 2)],
)
def test_images_reach_the_backbone_in_its_own_units(channels, mean, std):
    encoder = build("mobilenetv3_small_050", channels).encoder
    images = torch.rand(1, channels, 64, 64)  # in [0, 1]
    mean, std = (torch.tensor(values)[:, None, None] for values in (mean, std))
    seen = []
    encoder.backbone.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    encoder(images * 2 - 1)
    torch.testing.assert_close(seen[0], (images - mean) / std, atol=1e-3, rtol=0)


@pytest.fixture
def pretrained(tmp_path, monkeypatch):
    """A folder with "pretrained" weights for one backbone: all 0.123."""
    monkeypatch.setenv("I2I_WEIGHTS", str(tmp_path))
    weights = create_model("mobilenetv3_small_050").state_dict()
    for tensor in weights.values():
        tensor.fill_(0.123)
    save_file(weights, tmp_path / "mobilenetv3_small_050.lamb_in1k.safetensors")


def is_pretrained(net):
    return all((parameter == 0.123).all() for parameter in net.encoder.parameters())


@pytest.mark.usefixtures("pretrained")
def test_pretrained_weights_survive_construction():
    assert is_pretrained(build("mobilenetv3_small_050", pretrained=True))
    assert is_pretrained(build("mobilenetv3_small_050", pretrained=True, stride=8))
    assert not is_pretrained(build("mobilenetv3_small_050", pretrained=False))


@pytest.mark.usefixtures("pretrained")
def test_loading_a_checkpoint_needs_no_pretrained_weights():
    with replacing_weights():
        net = build("mobilenetv3_small_050", pretrained=True)
    assert not is_pretrained(net)


def test_missing_pretrained_weights(tmp_path, monkeypatch):
    monkeypatch.setenv("I2I_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(
        UserError, match=r"mobilenetv3_small_050.lamb_in1k.safetensors: these .* model.generator.pretrained=false"
    ):
        build("mobilenetv3_small_050", pretrained=True)


@pytest.mark.parametrize(
    ("backbone", "message"),
    [
        ("resnet81", "no backbone called 'resnet81'; did you mean 'resnet"),
        ("qqqqqqqq", "no backbone called 'qqqqqqqq'; timm.list_models"),
        ("resnet18.nowhere", "cannot give the features"),
        ("mixer_s32_224", "does not take images of any size"),
        ("sequencer2d_s", "shrinks images by 7"),
    ],
)
def test_refusals_are_one_sentence(backbone, message):
    with pytest.raises(UserError, match=message) as caught:
        build(backbone)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_a_backbone_is_cut_where_no_gradients_are_kept(mode):
    with mode():
        net = build("resnet18", stride=8)
    assert {name: w.shape for name, w in net.named_parameters()} == {
        name: w.shape for name, w in build("resnet18", stride=8).named_parameters()
    }
