"""Our networks answer as the official ones, given the same weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from official import reference
from safetensors.torch import load_file

from i2i_zoo.interop import load_official
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
REFERENCES = ("cyclegan_resnet6", "cyclegan_unet128_batchnorm")


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


@torch.inference_mode()
@pytest.mark.parametrize("name", REFERENCES)
def test_reference_checkpoints(name):
    folder = reference(name)
    tensors, model = load_file(folder / "io.safetensors"), load_official(folder, ("a", "b"))
    for direction, to in ("A", "b"), ("B", "a"):
        fake, critic = tensors[f"G_{direction}.output"], model.discriminators[to]
        found = model.translate(tensors[f"G_{direction}.input"], to)
        torch.testing.assert_close(found, fake, atol=1e-4, rtol=0)
        torch.testing.assert_close(critic(fake)[0], tensors[f"D_{direction}.output"], atol=1e-4, rtol=0)
