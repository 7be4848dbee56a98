"""What answers in a browser are compared with."""

import numpy as np

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
