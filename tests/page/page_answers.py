"""What answers in a browser are compared with."""

from base64 import b64decode
from io import BytesIO

import numpy as np
from PIL import Image

GONE = {"from": "shoes", "to": "edges", "graph": "models/gone.onnx"}


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


def on(page, selector):
    """The pixels (H, W, 4) of a canvas."""
    png = page.locator(selector).first.evaluate("canvas => canvas.toDataURL()").partition(",")[2]
    return np.asarray(Image.open(BytesIO(b64decode(png))).convert("RGBA"))


def stroke(page, start, end):
    """Draw a line with the mouse, between two shares of width and height."""
    box = page.locator("#sheet").bounding_box()
    (x, y), (to_x, to_y) = ((box["x"] + box["width"] * u, box["y"] + box["height"] * v) for u, v in (start, end))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(to_x, to_y, steps=5)
    page.mouse.up()
