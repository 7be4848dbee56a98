"""Folders in the manner of diffusers: read as what they are, or refused in one sentence."""

from __future__ import annotations

import json

import pytest
import torch
from diffusers_folders import Generator, UNet, critic, write
from torch import nn

import i2i_zoo
from i2i_zoo.errors import UserError
from i2i_zoo.interop import load_official, read_official

DOMAINS = ("sar", "map")
IMAGE = torch.rand(1, 3, 32, 32) * 2 - 1


def warmed(net):
    """A network whose batch norms have seen something."""
    with torch.no_grad():
        net.train()(torch.randn(4, 3, 32, 32))
    return net


@torch.no_grad()
def assert_same(model, net, to):
    torch.testing.assert_close(model.translate(IMAGE, to), net(IMAGE), atol=1e-5, rtol=0)


def test_both_directions_with_their_critics(tmp_path):
    a2b, b2a = (write(tmp_path / f"generator_{x}", Generator(), norm_type="instance") for x in "ab")
    for side in "ab":
        write(tmp_path / f"discriminator_{side}", critic(), kind="")
    (tmp_path / "config.yaml").write_text("resolution: 32\nnetG: resnet_9blocks\n")
    (tmp_path / "training_state.pt").write_bytes(b"a pickle that is never opened")
    model, report = read_official(tmp_path, DOMAINS)
    assert model.missing_networks == () and model.preparation.size == (32, 32) and not model.training
    assert_same(model, a2b, "map"), assert_same(model, b2a, "sar")
    lines = "\n".join(report.lines())
    assert "generators.a2b: ResNet generator (blocks 1, width 2, instance norm)" in lines
    assert "discriminators.b: PatchGAN (layers 2, width 2, instance norm)" in lines
    assert lines.startswith("CycleGAN of a folder in the manner of diffusers")


@pytest.mark.parametrize("norm", ["instance", "batch"])
@pytest.mark.parametrize("name, kind", [("block", "CycleGANGenerator"), ("conv_block", "CUTGenerator")])
def test_one_direction_of_a_resnet(tmp_path, norm, name, kind):
    layer = {"instance": nn.InstanceNorm2d, "batch": nn.BatchNorm2d}[norm]
    net = write(tmp_path / "generator", warmed(Generator(name, layer)), kind, norm_type=norm, no_antialias=True)
    model = i2i_zoo.load(tmp_path, domains=DOMAINS)
    assert model.targets == ("map",) and model.config.generator.norm == norm
    assert_same(model, net, "map")


@pytest.mark.parametrize("norm", ["instance", "batch"])
def test_a_unet(tmp_path, norm):
    layer = {"instance": nn.InstanceNorm2d, "batch": nn.BatchNorm2d}[norm]
    net = UNet(layer)
    if norm == "batch":
        warmed(net)
    net = write(tmp_path / "generator", net, "Pix2PixGenerator", norm_type=norm, use_dropout=True)
    image = torch.rand(1, 3, 64, 64) * 2 - 1
    model, report = read_official(tmp_path / "generator", DOMAINS)  # its folder alone will do
    with torch.no_grad():
        torch.testing.assert_close(model.translate(image, "map"), net(image), atol=1e-5, rtol=0)
    assert model.config.generator.dropout == 0.5 and not any("dropout" in note for note in report.notes)


@pytest.mark.advice(
    "interop/diffusers.py: give the folder of a",
    "interop/diffusers.py: train one without",
    "interop/diffusers.py: not instance, batch or none; mend it",
    "interop/diffusers.py: as the config of a network",
)
@pytest.mark.parametrize(
    "config, said",
    [
        ("{", "cannot be read as the config of a network"),
        ("[]", "cannot be read as the config of a network (it is no table)"),
        ("[" * 100_000, "cannot be read as the config of a network"),
        (" " * 2**21, "it has more than 1048576 bytes"),
        ("{}", "describes a 'None'; give the folder of a CycleGANGenerator or CUTGenerator or Pix2PixGenerator"),
        ('{"_class_name": "UNet2DConditionModel"}', "describes a 'UNet2DConditionModel'; give"),
        ('{"_class_name": "CUTGenerator", "no_antialias": false}', "no_antialias is not true"),
        ('{"_class_name": "CUTGenerator", "no_antialias": 1}', "no_antialias is not true"),
        ('{"_class_name": "CUTGenerator", "norm_type": "dn"}', "norm_type is 'dn', not instance, batch or none"),
        ('{"_class_name": "CUTGenerator", "norm_type": {}}', "norm_type is '{}'"),
    ],
)
def test_a_config_of_something_else_is_one_sentence(tmp_path, config, said):
    write(tmp_path / "generator", Generator())
    (tmp_path / "generator" / "config.json").write_text(config)
    with pytest.raises(UserError) as caught:
        load_official(tmp_path, DOMAINS)
    assert said in str(caught.value) and "\n" not in str(caught.value) and "config.json" in str(caught.value)
    write(tmp_path / "generator", Generator())
    load_official(tmp_path, DOMAINS)


@pytest.mark.advice("interop/diffusers.py: cannot be read as safetensors")
def test_tensors_of_something_else_are_one_sentence(tmp_path):
    write(tmp_path / "generator", nn.Sequential(nn.Linear(2, 2)))
    with pytest.raises(UserError, match=r"safetensors: is no network of pytorch-CycleGAN"):
        load_official(tmp_path, DOMAINS)
    net = Generator()
    del net.model[10].block[5]
    write(tmp_path / "generator", net)
    with pytest.raises(UserError, match=r"model\.10\.conv_block"):
        load_official(tmp_path, DOMAINS)
    (tmp_path / "generator" / "diffusion_pytorch_model.safetensors").write_bytes(b"nothing")
    with pytest.raises(UserError, match="cannot be read as safetensors"):
        load_official(tmp_path, DOMAINS)
    write(tmp_path / "generator", Generator())
    load_official(tmp_path, DOMAINS)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    write(tmp_path / "theirs", Generator())
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "generator").symlink_to(tmp_path / "theirs")
    with pytest.raises(UserError, match="leads out of its folder"):
        load_official(tmp_path / "mine", DOMAINS)


def test_names_of_domains_are_asked_for(tmp_path):
    write(tmp_path / "generator", Generator())
    with pytest.raises(UserError, match="do not name their domains; say A and B: --domains horse zebra"):
        i2i_zoo.load(tmp_path)
    assert json.loads((tmp_path / "generator" / "config.json").read_text())["_class_name"] == "CycleGANGenerator"
