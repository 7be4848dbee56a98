"""The JavaScript of the page without a browser: pictures and styles as in Python. Skipped where there is no node."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

import i2i_zoo
from i2i_zoo.data.images.pixels import fit, from_unit, to_unit
from i2i_zoo.data.preparation import Preparation
from i2i_zoo.inference.style_ids import from_id, to_id
from i2i_zoo.inference.styles import walk
from i2i_zoo.onnx.draws import normal_rows

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="no node on the path")
PAGE = Path(i2i_zoo.__file__).parent / "page"


@pytest.fixture(scope="module")
def javascript(tmp_path_factory):
    """Run code that sees the page's modules and `given`; returns what it gives to `answer`."""
    folder = tmp_path_factory.mktemp("page")
    for name in ("styles.js", "preparation.js"):
        shutil.copy(PAGE / name, folder)
    (folder / "package.json").write_text('{"type": "module"}')

    def run(code: str, given):
        (folder / "given.json").write_text(json.dumps(given))
        (folder / "run.js").write_text(
            'import * as styles from "./styles.js"; import * as preparation from "./preparation.js";'
            'import { readFileSync, writeFileSync } from "node:fs";'
            'const given = JSON.parse(readFileSync("given.json"));'
            'const answer = (value) => writeFileSync("answer.json", JSON.stringify(value));' + code
        )
        subprocess.run([NODE, "run.js"], cwd=folder, check=True, capture_output=True, text=True)
        return json.loads((folder / "answer.json").read_text())

    return run


def test_a_seed_gives_the_style_of_python(javascript):
    asked = [(dim, seed) for dim in (1, 3, 8, 15, 16, 17, 40) for seed in (0, 7, 2**32 + 5)]
    names = javascript("answer(given.map(([dim, seed]) => styles.toId(styles.randomStyle(dim, seed))))", asked)
    assert names == [to_id(normal_rows(1, dim, seed)[0]) for dim, seed in asked]


def test_styles_have_the_names_of_python(javascript):
    style = np.random.default_rng(0).normal(0, 9, 11)
    name = to_id(style)
    assert javascript("answer(styles.toId(given))", style.tolist()) == name
    numbers = javascript("answer([...styles.fromId(given, 11)])", name)
    np.testing.assert_allclose(numbers, from_id(name, 11), rtol=1e-6)


def test_the_way_between_styles_is_that_of_python(javascript):
    styles = torch.randn(2, 8, generator=torch.Generator().manual_seed(0))
    for pair in (styles, styles[:1].repeat(2, 1), torch.zeros(2, 8)):
        code = (
            "const ends = given.map((one) => Float32Array.from(one));"
            "answer([0, 0.25, 0.5, 0.75, 1].map((share) => [...styles.between(...ends, share)]))"
        )
        np.testing.assert_allclose(javascript(code, pair.tolist()), walk(pair, 5), atol=1e-5)


def test_what_is_no_name_is_refused(javascript):
    code = "answer(given.map((name) => { try { styles.fromId(name, 3); } catch (error) { return error.message; } }))"
    good, *bad = javascript(code, ["u53u6", "u53u7", "u53", "u53u6u53u6", "u53!6", "U53U6"])
    assert good is None and all("5 letters and digits are expected" in message for message in bad)


def drawn(height: int, width: int) -> np.ndarray:
    """A picture (H, W, 4) as people have them: surfaces, edges, a little noise; transparent in parts."""
    draw = np.random.default_rng(height)
    y, x = np.mgrid[:height, :width] / max(height, width)
    colors = np.stack([128 + 100 * np.sin(9 * x + 5 * y), 255 * (x > y), 255 * y, 255 * (y < 0.7)], -1)
    return (colors + draw.normal(0, 3, colors.shape)).clip(0, 255).astype(np.uint8)


def test_pictures_are_prepared_as_in_python(javascript):
    sizes = [(64, 48), (97, 53), (20, 200), (5, 3), (130, 65), (301, 127)]
    asked = [(size, how, channels) for size in sizes for how in ("stretch", "cover") for channels in (1, 3)]
    pictures = {size: drawn(*size) for size in sizes}
    found = javascript(
        "answer(given.map(({ image, fit, channels }) => {"
        "const picture = preparation.fromImageData(image, channels);"
        "const made = preparation.prepared(picture, { size: [64, 48], fit });"
        "return { ...made, data: [...made.data], unit: [...preparation.toUnit(made)] }; }))",
        [
            {"image": {"data": pictures[size].ravel().tolist(), "height": size[0], "width": size[1]}}
            | {"fit": how, "channels": channels}
            for size, how, channels in asked
        ],
    )
    for (size, how, channels), made in zip(asked, found, strict=True):
        pixels = np.moveaxis(fit(pictures[size], True, channels), -1, 0)
        expected = Preparation(size=(64, 48), fit=how).prepare(pixels)
        assert (made["channels"], made["height"], made["width"]) == expected.shape
        np.testing.assert_array_equal(np.reshape(made["data"], expected.shape), expected, str((size, how)))
        np.testing.assert_array_equal(np.float32(made["unit"]).reshape(expected.shape), to_unit(expected))


@pytest.mark.parametrize("channels", [1, 3])
def test_answers_become_bytes_as_in_python(javascript, channels):
    answer = np.random.default_rng(0).normal(0, 0.8, (channels, 5, 7)).astype(np.float32)
    expected = np.moveaxis(from_unit(answer, "uint8"), 0, -1)
    code = "answer([...preparation.toBytes(Float32Array.from(given.answer), given.channels)])"
    found = javascript(code, {"answer": answer.ravel().tolist(), "channels": channels})
    found = np.reshape(found, (5, 7, 4))
    assert (found[..., 3] == 255).all()
    np.testing.assert_array_equal(found[..., :3], np.broadcast_to(expected, (5, 7, 3)))
