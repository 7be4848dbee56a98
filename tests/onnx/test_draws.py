"""Styles drawn without torch are those that torch draws."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from i2i_zoo.onnx.draws import normal_rows


@pytest.mark.parametrize("size", [1, 3, 8, 15, 16, 17, 31, 32])
@pytest.mark.parametrize("seed", [0, 7, 2**40 + 3])
def test_numbers_are_those_of_torch(size, seed):
    generator, expected = torch.Generator().manual_seed(seed), torch.empty(5, size)
    for row in expected:
        row.normal_(generator=generator)
    np.testing.assert_allclose(normal_rows(5, size, seed), expected.numpy(), rtol=0, atol=1e-5)
