"""Our networks answer as the official ones, given the same weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from official import from_official, reference
from safetensors.torch import load_file

from i2i_zoo.nets.patchgan import PatchGAN
from i2i_zoo.nets.pixelgan import PixelGAN
from i2i_zoo.nets.resnet import Resnet
from i2i_zoo.nets.unet import Unet

GOLDEN = load_file(Path(__file__).with_name("nets.safetensors"))
CASES = {
    "resnet.instance": Resnet.Config(width=3, blocks=2),
    "resnet.batch": Resnet.Config(width=2, blocks=1, norm="batch", dropout=0.5),
    "unet.instance": Unet.Config(width=2, depth=5),
    "unet.batch": Unet.Config(width=2, depth=5, norm="batch"),
    "patchgan.instance": PatchGAN.Config(width=2),
    "patchgan.batch": PatchGAN.Config(width=2, layers=2, norm="batch"),
    "pixelgan.instance": PixelGAN.Config(width=2),
    "pixelgan.batch": PixelGAN.Config(width=2, norm="batch"),
}
REFERENCES = {
    "cyclegan_resnet6": (Resnet.Config(width=8, blocks=6), PatchGAN.Config(width=8)),
    "cyclegan_unet128_batchnorm": (
        Unet.Config(width=8, depth=7, norm="batch"),
        PatchGAN.Config(width=8, norm="batch"),
    ),
}


@torch.inference_mode()
def answer(net, state, images):
    net.load_state_dict(state)
    found = net.eval()(images)
    return found[0] if isinstance(found, list) else found


@pytest.mark.parametrize("case", CASES)
def test_small_networks(case):
    net = CASES[case].build(3, 2) if "gan" not in case else CASES[case].build(3)
    images = GOLDEN["input"][..., :16, :20] if case.startswith("resnet") else GOLDEN["input"]
    prefix = f"{case}.weights."
    state = {key.removeprefix(prefix): value for key, value in GOLDEN.items() if key.startswith(prefix)}
    torch.testing.assert_close(answer(net, state, images), GOLDEN[f"{case}.output"], atol=1e-5, rtol=0)


@pytest.mark.parametrize("direction", ["A", "B"])
@pytest.mark.parametrize("name", REFERENCES)
def test_reference_checkpoints(name, direction):
    folder = reference(name)
    tensors = load_file(folder / "io.safetensors")
    generator, discriminator = (config.build(*c) for config, c in zip(REFERENCES[name], [(3, 3), (3,)], strict=True))
    given = {"G": tensors[f"G_{direction}.input"], "D": tensors[f"G_{direction}.output"]}
    for kind, net in {"G": generator, "D": discriminator}.items():
        state = torch.load(folder / f"latest_net_{kind}_{direction}.pth", weights_only=True)
        found = answer(net, from_official(net, state), given[kind])
        torch.testing.assert_close(found, tensors[f"{kind}_{direction}.output"], atol=1e-4, rtol=0)


def test_layers_are_sorted_and_old_instance_norms_dropped():
    net = PatchGAN.Config(width=2, layers=4).build(3)
    state = {}
    for key, value in net.state_dict().items():
        position, name = key.removeprefix("critics.0.").split(".")
        state |= {f"model.{position}.{name}": value, f"model.{position}1.running_mean": torch.zeros(2)}
    found = from_official(net, dict(sorted(state.items())))  # "model.11" comes before "model.2" here
    torch.testing.assert_close(found, dict(net.state_dict()), atol=0, rtol=0)
