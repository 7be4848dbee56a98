"""Two models, small enough to be exported in a second, as a static folder, and that in a real browser.

The browser needs the extra `browser`, a Chromium on the path, and onnxruntime-web in node_modules beside the package;
without them its tests are skipped.
"""

import json
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from page_answers import GONE
from torch import nn

import i2i_zoo
from i2i_zoo.config import Config
from i2i_zoo.data.preparation import Preparation
from i2i_zoo.errors import UserError
from i2i_zoo.models import Translator

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


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

    def encode_style(self, images, domain):
        return self.style(images)

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
    export([(name, model, f"{name}:\nknown") for name, model in models.items()], folder, runtime)
    return folder


class Quiet(SimpleHTTPRequestHandler):
    """What `python -m http.server` answers with, without a log."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def site(exported, tmp_path_factory):
    """The exported folder with the real package in it, and its address."""
    from i2i_zoo.onnx import runtime_package

    try:
        package = runtime_package.find(Path(i2i_zoo.__file__).parents[1])
    except UserError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("served") / "some where"
    shutil.copytree(exported, folder, ignore=shutil.ignore_patterns("runtime"))
    runtime_package.copy(package, folder / "runtime")
    listed = json.loads((folder / "models.json").read_text())
    listed["models"].append(listed["models"][0] | {"name": "gone", "directions": [GONE]})
    (folder / "models.json").write_text(json.dumps(listed))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder.parent))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}/some%20where/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium on the path")
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()
