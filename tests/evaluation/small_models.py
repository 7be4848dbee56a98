"""Models and test images small enough to score in a moment."""

from __future__ import annotations

import torch

import i2i_zoo
from i2i_zoo.models import Translator
from i2i_zoo.registry import datasets

SMALL = {
    "cyclegan": {
        "generator": {"name": "resnet", "width": 4, "blocks": 1},
        "discriminator": {"name": "pixelgan", "width": 2},
    },
    "munit": {
        "generator": {"width": 4, "blocks": 1, "mlp_width": 8},
        "discriminator": {"name": "pixelgan", "width": 2},
    },
}


class Copies(Translator):
    """A translator that returns what it gets."""

    players = ()

    def __init__(self):
        super().__init__(None, ("a", "b"))
        self.weight = torch.nn.Parameter(torch.zeros(1))  # says the device

    def turns(self, batch, step):
        yield from ()

    def forward(self, images, to):
        return images


def model(name):
    torch.manual_seed(0)
    return i2i_zoo.create(name, ("edges", "shoes"), (1, 3), **SMALL[name])


def shoes(count=7, size=32, train_images=2):
    """Test pairs (edges, shoes) that are drawn."""
    config = {"channels": [1, 3], "size": size, "train_images": train_images, "test_images": count}
    return datasets["shoes"].Config.parse(config).build()
