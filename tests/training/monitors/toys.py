"""Translators whose faults are known."""

from __future__ import annotations

from types import SimpleNamespace

import torch
from torch import nn
from torch.nn.functional import interpolate

from i2i_zoo.training.monitors.probe import Probe


class Toy(nn.Module):
    """Translates by two functions (images, style) -> images; `discriminators` and `objective` only if given."""

    domains, roles = ("a", "b"), {"a": "a", "b": "b"}

    def __init__(self, a2b, b2a=None, style_dim=0, critic=None, objective="lsgan"):
        super().__init__()
        self.here = nn.Parameter(torch.zeros(()))
        self.ways, self.style_dim = {"b": a2b, "a": b2a or a2b}, style_dim
        self.config = SimpleNamespace(gan=SimpleNamespace(objective=objective))
        if critic:
            self.discriminators = nn.ModuleDict({"a": critic, "b": critic})

    directions, targets, device = (("a", "b"), ("b", "a")), domains, torch.device("cpu")

    def source(self, to):
        return "b" if to == "a" else "a"

    def translate(self, images, to, style=None):
        return self.ways[to](images, style)

    def sample_style(self, n, seed=None):
        return torch.randn(n, self.style_dim, generator=torch.Generator().manual_seed(seed))

    def encode_style(self, images, domain):
        return images.mean((2, 3))[:, : self.style_dim]


def pictures(count=5, seed=0, cells=4, size=16):
    """Different smooth images (3, size, size) in [-1, 1]."""
    noise = torch.randn(count, 3, cells, cells, generator=torch.Generator().manual_seed(seed))
    return list(interpolate(noise, size=(size, size), mode="bilinear").tanh())


def probe(toy, a=None, b=None, paired=False):
    """The direction a -> b."""
    return Probe(toy, "b", {"a": a or pictures(), "b": b or pictures(seed=1)}, paired)
