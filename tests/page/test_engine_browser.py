"""Graphs in a real browser: the answers of onnxruntime, and not one request to elsewhere. See `conftest.py`."""

import json

import numpy as np
import pytest
from page_answers import GONE, graph, same

from i2i_zoo.data.images.pixels import fit
from i2i_zoo.data.preparation import Preparation


@pytest.fixture(scope="module")
def call(site, browser):
    """Calls a function of the engine, pictures as arrays (H, W, 4). Nothing else may have been asked for afterwards."""
    asked, page = [], browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
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
    page.close()
    assert len(asked) > 6 and all(url.startswith(site[1]) for url in asked)


def picture(height, width, channels=3):
    """A picture (H, W, 4) and its pixels (C, H, W); a part of it is transparent."""
    draw = np.random.default_rng(height)
    image = draw.integers(0, 256, (height, width, 4), np.uint8)
    image[: height // 2, :, 3] = 255
    return image, np.moveaxis(fit(image, True, channels), -1, 0)


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
    there = {"from": "edges", "to": "shoes"}
    for name, direction, message in (
        ("runs/styled", there, "24 x 16 pixels could not be translated"),
        ("gone", GONE, "gone.onnx could not be loaded"),
    ):
        error = call("translate", name, direction, image, {"numbers": [1.0, 2.0]})["error"]
        assert message in error and "\n" not in error
