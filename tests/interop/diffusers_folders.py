"""Folders in the manner of diffusers with small networks, written as their documentation lays them out."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn


class Residual(nn.Module):
    """A block under the name that its library gives it: `block`, or `conv_block` in the official manner."""

    def __init__(self, width: int, name: str, bias: bool, norm: type[nn.Module]):
        super().__init__()
        layers = []
        for last in (False, True):
            layers += [nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3, bias=bias), norm(width)]
            layers += [] if last else [nn.ReLU()]
        self.name = name
        self.add_module(name, nn.Sequential(*layers))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + getattr(self, self.name)(x)


class Generator(nn.Module):
    """CycleGAN's (`block`, no biases) or CUT's (`conv_block`, with biases) generator of 2 channels and 1 block."""

    def __init__(self, name: str = "block", norm: type[nn.Module] = nn.InstanceNorm2d, width: int = 2):
        super().__init__()
        bias = name == "conv_block" and norm is not nn.BatchNorm2d
        options = {"kernel_size": 3, "stride": 2, "padding": 1, "bias": bias}
        layers = [nn.ReflectionPad2d(3), nn.Conv2d(3, width, 7, bias=bias), norm(width), nn.ReLU()]
        for inner in (width, 2 * width):
            layers += [nn.Conv2d(inner, 2 * inner, **options), norm(2 * inner), nn.ReLU()]
        layers += [Residual(4 * width, name, bias, norm)]
        for inner in (4 * width, 2 * width):
            layers += [nn.ConvTranspose2d(inner, inner // 2, output_padding=1, **options), norm(inner // 2), nn.ReLU()]
        self.model = nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.model(x)


class Level(nn.Module):
    """A level of pix2pix' U-Net around the levels below it."""

    def __init__(self, outer: int, inner: int, below: nn.Module | None, norm: type[nn.Module], images: int = 0):
        super().__init__()
        self.images = images
        options = {"kernel_size": 4, "stride": 2, "padding": 1, "bias": False}
        down, up = nn.Conv2d(images or outer, inner, **options), inner * (2 if below else 1)
        if images:
            layers = [down, below, nn.ReLU(), nn.ConvTranspose2d(up, images, 4, 2, 1), nn.Tanh()]
        else:
            middle = [norm(inner), below] if below else []
            layers = [
                nn.LeakyReLU(0.2),
                down,
                *middle,
                nn.ReLU(),
                nn.ConvTranspose2d(up, outer, **options),
                norm(outer),
            ]
        self.model = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.model(x) if self.images else torch.cat([x, self.model(x)], 1)


class UNet(nn.Module):
    """pix2pix' generator of 5 levels and 2 channels."""

    def __init__(self, norm: type[nn.Module] = nn.BatchNorm2d, width: int = 2):
        super().__init__()
        level = Level(8 * width, 8 * width, None, norm)
        for outer in (4, 2, 1):
            level = Level(outer * width, 2 * outer * width, level, norm)
        self.model = Level(3, width, level, norm, images=3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.model(x)


def critic(width: int = 2) -> nn.Sequential:
    """A PatchGAN of 2 halvings without dead biases, under the name `model`."""
    options = {"kernel_size": 4, "padding": 1, "bias": False}
    layers = [nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(width, 2 * width, stride=2, **options)]
    layers += [nn.InstanceNorm2d(2 * width), nn.LeakyReLU(0.2), nn.Conv2d(2 * width, 4 * width, stride=1, **options)]
    layers += [nn.InstanceNorm2d(4 * width), nn.LeakyReLU(0.2), nn.Conv2d(4 * width, 1, 4, padding=1)]
    return nn.Sequential().append(nn.Sequential(*layers))


def write(folder: Path, net: nn.Module, kind: str = "CycleGANGenerator", **config: object) -> nn.Module:
    """Write a network with its config, if `kind` names its class; returns it in eval mode."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {key.removeprefix("0."): value for key, value in net.state_dict().items()}
    if not kind:
        tensors = {f"model.{key}": value for key, value in tensors.items()}
    save_file(tensors, folder / "diffusion_pytorch_model.safetensors")
    if kind:
        text = json.dumps({"_class_name": kind, "_diffusers_version": "0.35.1"} | config)
        (folder / "config.json").write_text(text)
    return net.eval()
