"""A batch of one sample is that sample; others are stacked."""

from __future__ import annotations

import torch

from i2i_zoo.data.stream import collate


def test_a_single_sample_is_not_copied_and_several_are_stacked():
    one, two = ({"a": torch.rand(3, 4, 5), "b": torch.rand(1, 4, 5)} for _ in range(2))
    single, both = collate([one]), collate([one, two])
    assert {d: x.shape for d, x in single.items()} == {"a": (1, 3, 4, 5), "b": (1, 1, 4, 5)}
    assert single["a"].data_ptr() == one["a"].data_ptr()
    assert torch.equal(both["a"], torch.stack([one["a"], two["a"]]))
