"""Training on images that say nothing: blank ones, black domains, one row of pixels stretched to a square."""

from __future__ import annotations

import pytest
import torch

import i2i_zoo
from i2i_zoo.data.transforms import resize
from i2i_zoo.training import TrainConfig, Trainer

SMALL = {
    "cyclegan": {
        "generator": {"name": "resnet", "width": 8, "blocks": 3},
        "discriminator": {"name": "patchgan", "width": 8, "layers": 2},
        "identity": 0.5,
    },
    "munit": {
        "generator": {"width": 4, "blocks": 2, "mlp_width": 8},
        "discriminator": {"name": "multiscale", "width": 4, "layers": 2},
        "cycle": 10.0,
    },
    "unit": {
        "generator": {"width": 4, "blocks": 2},
        "discriminator": {"name": "multiscale", "width": 4, "layers": 2},
    },
}
LARGEST = 1e4  # of gradients; with ordinary images they are below 20


def blank(value):
    return torch.full((1, 3, 32, 32), float(value))


def noise():
    return torch.rand(1, 3, 32, 32) * 2 - 1


def row():
    return resize(torch.rand(3, 1, 40), (32, 32), "stretch")[None] * 2 - 1


CASES = {
    "blank in one domain": lambda: (blank(1), noise()),
    "white in both": lambda: (blank(1), blank(1)),
    "black in both": lambda: (blank(-1), blank(-1)),
    "zeros": lambda: (blank(0), blank(0)),
    "one row": lambda: (row(), row()),
}


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", list(SMALL))
def test_gradients_and_weights_stay_finite(name, case, precision):
    torch.manual_seed(0)
    trainer = Trainer(i2i_zoo.create(name, ("a", "b"), **SMALL[name]), TrainConfig(precision=precision))
    slopes = []
    for weight in trainer.model.parameters():
        weight.register_post_accumulate_grad_hook(lambda w: slopes.append(w.grad.abs().max().item()))
    for _ in range(4):
        a, b = CASES[case]()
        losses = trainer.advance([{"a": a, "b": b}])
        assert all(loss.isfinite() for loss in losses.values()), losses
    assert any(slopes) and all(slope < LARGEST for slope in slopes)
    assert all(weight.isfinite().all() for weight in trainer.model.parameters())
    with trainer.inference() as model:
        assert all(model.translate(blank(-1), to=to).isfinite().all() for to in "ab")


@pytest.mark.parametrize("name", list(SMALL))
def test_one_blank_image_among_others_does_no_harm(name):
    """A single one turns the weights of the official MUNIT into NaN."""
    torch.manual_seed(0)
    trainer = Trainer(i2i_zoo.create(name, ("a", "b"), **SMALL[name]))
    for step in range(6):
        trainer.advance([{"a": blank(1) if step == 2 else noise(), "b": noise()}])
    assert all(weight.isfinite().all() for weight in trainer.model.parameters())
    before = {key: tensor.clone() for key, tensor in trainer.model.generators.state_dict().items()}
    trainer.advance([{"a": noise(), "b": noise()}])
    after = trainer.model.generators.state_dict()
    assert any(not torch.equal(after[key], tensor) for key, tensor in before.items()), "it still learns"
