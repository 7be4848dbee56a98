"""Two models, small enough to be exported in a second, as a static folder."""

import json
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from i2i_zoo.config import Config
from i2i_zoo.data.preparation import Preparation
from i2i_zoo.models import Translator


class Tinted(Translator):
    """A blur and a tint from one domain to the other; the tint is the style, where there is one."""

    name, players, turns, stride = "tinted", (), None, 4

    def __init__(self, domains, channels, style_dim):
        super().__init__(Config(), domains, channels)
        self.style_dim = style_dim
        given, made = self.channels.values()
        self.blur, self.tint = nn.Conv2d(given, made, 5, padding=2), nn.Linear(style_dim or 1, made)
        self.style = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(made, style_dim or 1))

    @property
    def directions(self):
        return (self.domains,)

    @property
    def generators(self):
        return {"b": self}

    @property
    def prior(self):
        """As MUNIT has one; it tells the styles of images."""
        return SimpleNamespace(folded=lambda role, generator: SimpleNamespace(style=generator.style))

    def forward(self, images, to, style=None):
        tint = 0 if style is None else self.tint(style)[..., None, None]
        return (self.blur(images) + tint).tanh()


@pytest.fixture(scope="session")
def models():
    """One with styles and a size, and one from grey to color that takes any size."""
    torch.manual_seed(0)
    styled = Tinted(("edges", "shoes"), 3, 3).eval()
    styled.preparation = Preparation(size=(16, 24), fit="cover")
    return {"runs/styled": styled, "plain": Tinted(("a b", "3d"), (1, 3), 0).eval()}


@pytest.fixture(scope="session")
def runtime(tmp_path_factory):
    """What passes for the npm package onnxruntime-web."""
    from i2i_zoo.onnx.runtime_package import FILES, NAME, VERSION

    package = tmp_path_factory.mktemp("npm") / "node_modules" / NAME
    (package / "dist").mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"name": NAME, "version": VERSION}))
    for name in FILES:
        (package / "dist" / name).write_text(name)
    return package


@pytest.fixture(scope="session")
def exported(models, runtime, tmp_path_factory):
    pytest.importorskip("onnxscript")
    from i2i_zoo.onnx.web import export

    folder = tmp_path_factory.mktemp("web") / "site"
    export(models.items(), folder, runtime)
    return folder
