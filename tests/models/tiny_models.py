"""Models so small that a step in float64 takes a moment."""

from __future__ import annotations

import torch
from torch import Tensor

import i2i_zoo
from i2i_zoo.models import Translator

SMALL = {
    "cyclegan": {
        "generator": {"name": "resnet", "width": 2, "blocks": 1},
        "discriminator": {"name": "patchgan", "width": 2, "layers": 2},
    },
    "munit": {
        "generator": {"width": 2, "blocks": 1, "mlp_width": 4, "style_halvings": 2},
        "discriminator": {"name": "multiscale", "width": 2, "layers": 2, "scales": 2},
        "style_dim": 3,
    },
    "unit": {
        "generator": {"width": 2, "blocks": 1},
        "discriminator": {"name": "multiscale", "width": 2, "layers": 2, "scales": 2},
    },
}


def make(name: str, **knobs: object) -> tuple[Translator, Tensor, Tensor]:
    """A tiny model in float64, and two images of each of its domains `a` and `b`."""
    torch.manual_seed(0)
    model = i2i_zoo.create(name, ("a", "b"), **SMALL[name] | knobs).double().train()
    for weight in model.parameters():  # as they begin, critics say next to nothing
        weight.data.add_(torch.randn_like(weight), alpha=0.2)
    a, b = torch.rand(2, 2, 3, 16, 16, dtype=torch.float64) * 2 - 1
    return model, a, b
