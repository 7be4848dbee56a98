"""Images as arrays are resized and scaled as tensors are."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from i2i_zoo.data.preparation import Preparation
from i2i_zoo.data.range import Range

TYPES = {"uint8": 255, "uint16": 65535, "int16": 32767, "float32": 1}


def image(dtype: str, height: int, width: int) -> np.ndarray:
    noise = np.random.default_rng(0).uniform(0, TYPES[dtype], (3, height, width))
    return noise.astype(dtype)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("size", [(40, 31), (9, 50), (16, 24), (97, 25)])
@pytest.mark.parametrize("fit", ["stretch", "cover"])
@pytest.mark.parametrize("whole", [False, True])
def test_an_array_is_prepared_as_a_tensor(dtype, size, fit, whole):
    preparation, pixels = Preparation(size=(16, 24), fit=fit), image(dtype, *size)
    expected = preparation.prepare(torch.from_numpy(pixels), whole).numpy()
    found = preparation.prepare(pixels, whole)
    assert found.dtype == expected.dtype and found.shape == expected.shape
    level = max(TYPES[dtype] / 255, 1) if dtype != "float32" else 1 / 255
    distance = np.abs(found.astype(float) - expected.astype(float))
    assert distance.max() <= (2 if dtype == "uint8" else level)
    assert distance.mean() <= level / 2


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("known", [Range(), Range(low=-5, high=900, dtype="int16")])
def test_an_array_is_scaled_as_a_tensor(dtype, known):
    pixels = image(dtype, 8, 8)
    unit = known.to_unit(pixels)
    np.testing.assert_allclose(unit, known.to_unit(torch.from_numpy(pixels)).numpy(), rtol=0, atol=1e-6)
    expected = known.from_unit(torch.from_numpy(unit), dtype).numpy()
    np.testing.assert_array_equal(known.from_unit(unit, dtype), expected)
    assert known.from_unit(unit, dtype).dtype == expected.dtype
