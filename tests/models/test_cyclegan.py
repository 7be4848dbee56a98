"""What the memory of a step hangs on."""

from __future__ import annotations

import torch

import i2i_zoo


def test_a_cycle_is_computed_right_after_its_fake():
    """So that the gradient frees it before the gradients of all kernels are complete."""
    generator = {"name": "resnet", "width": 4, "blocks": 1}
    model = i2i_zoo.create("cyclegan", ("a", "b"), generator=generator, identity=0.5)
    calls = []
    for way, network in model.generators.items():
        network.register_forward_hook(lambda module, images, fakes, way=way: calls.append((way, len(fakes))))
    next(model.turns({"a": torch.zeros(1, 3, 32, 32), "b": torch.zeros(1, 3, 32, 32)}, 0))
    assert calls == [("a2b", 2), ("b2a", 1), ("b2a", 2), ("a2b", 1)]
