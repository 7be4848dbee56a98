"""Graphs in a real browser: the answers of onnxruntime, and not one request to elsewhere.

Needs the extra `browser`, a Chromium on the path, and onnxruntime-web in node_modules beside the package; skipped
without them.
"""

import json
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

import i2i_zoo
from i2i_zoo.data.images.pixels import fit
from i2i_zoo.data.preparation import Preparation
from i2i_zoo.errors import UserError
from i2i_zoo.onnx import runtime_package

sync_api = pytest.importorskip("playwright.sync_api")
pytest.importorskip("onnxruntime")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path")
GONE = {"from": "edges", "to": "shoes", "graph": "models/gone.onnx"}


class Quiet(SimpleHTTPRequestHandler):
    """What `python -m http.server` answers with, without a log."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site(exported, tmp_path_factory):
    """The exported folder with the real package in it, and its address."""
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


@pytest.fixture(scope="module")
def call(site):
    """Calls a function of the engine, pictures as arrays (H, W, 4); afterwards nothing may have been asked elsewhere."""
    asked = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.context.on("request", lambda request: asked.append(request.url))
        page.goto(site[1] + "models.json")

        def called(name, *given):
            given = [g if not isinstance(g, np.ndarray) else {"picture": [*g.shape, g.ravel().tolist()]} for g in given]
            return page.evaluate(
                """async ([engine, name, given]) => {
                    const { [name]: f } = await import(engine);
                    const value = await f(...given.map((one) => {
                        if (one?.numbers) return Float32Array.from(one.numbers);
                        if (!one?.picture) return one;
                        const [height, width, , numbers] = one.picture;
                        return new ImageData(Uint8ClampedArray.from(numbers), width, height);
                    })).catch((error) => ({ error: error.message }));
                    if (value instanceof Float32Array) return [...value];
                    return value.data ? { shape: [value.height, value.width, 4], data: [...value.data] } : value;
                }""",
                [site[1] + "engine.js", name, given],
            )

        yield called
        browser.close()
    assert len(asked) > 6 and all(url.startswith(site[1]) for url in asked)


def picture(height, width, channels=3):
    """A picture (H, W, 4) and its pixels (C, H, W); a part of it is transparent."""
    draw = np.random.default_rng(height)
    image = draw.integers(0, 256, (height, width, 4), np.uint8)
    image[: height // 2, :, 3] = 255
    return image, np.moveaxis(fit(image, True, channels), -1, 0)


def graph(site, name):
    from i2i_zoo.onnx.run import Graph

    return Graph(site[0] / "models" / name)


def same(answer, expected):
    """Within a level of (C, H, W)."""
    found = np.reshape(answer["data"], answer["shape"]).astype(int)
    expected = np.moveaxis(expected, 0, -1).astype(int)
    assert found[..., :3].shape == expected.shape and (found[..., 3] == 255).all()
    assert np.abs(found[..., :3] - expected).max() <= 1
    assert expected.std() > 10


def test_models_are_those_of_the_folder(site, call):
    assert call("models") == json.loads((site[0] / "models.json").read_text())["models"]


@pytest.mark.parametrize(("height", "width"), [(16, 24), (41, 30), (9, 70)])
def test_a_style_answers_as_in_python(site, call, height, width):
    image, pixels = picture(height, width)
    style = np.array([0.5, -1, 2], np.float32)
    direction = {"from": "edges", "to": "shoes"}
    answer = call("translate", "runs/styled", direction, image, {"numbers": style.tolist()})
    prepared = Preparation(size=(16, 24), fit="cover").prepare(pixels)
    same(answer, graph(site, "runs-styled.edges2shoes.onnx").translate(prepared, style))


def test_grey_of_any_size_answers_as_in_python(site, call):
    image, pixels = picture(13, 22, channels=1)
    answer = call("translate", "plain", {"from": "a b", "to": "3d"}, image, None)
    same(answer, graph(site, "plain.a b23d.onnx").translate(pixels))


def test_an_example_has_the_style_that_it_has_in_python(site, call):
    image, pixels = picture(16, 24)
    known = graph(site, "runs-styled.style_shoes.onnx")
    [expected] = known.run(known.card.stored[0].to_unit(pixels)[None])
    np.testing.assert_allclose(call("styleOf", "runs/styled", "shoes", image), expected, atol=1e-4)


def test_what_goes_wrong_is_one_sentence(call):
    image, _ = picture(13, 22)
    for name, message in (
        ("runs/styled", "24 x 16 pixels could not be translated"),
        ("gone", "gone.onnx could not be"),
    ):
        error = call("translate", name, GONE, image, {"numbers": [1.0, 2.0]})["error"]
        assert message in error and "\n" not in error
