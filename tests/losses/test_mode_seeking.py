"""Mode seeking, by hand."""

from __future__ import annotations

import pytest
import torch

import i2i_zoo
from i2i_zoo.losses.mode_seeking import mode_seeking_loss

SMALL = {
    "generator": {"width": 4, "blocks": 1, "mlp_width": 8},
    "discriminator": {"name": "multiscale", "width": 4, "layers": 1, "scales": 1},
}


def test_it_is_the_distance_of_styles_relative_to_that_of_images():
    images = torch.zeros(2, 3, 4, 4).double()
    others = torch.tensor([0.5, -0.25]).double().view(2, 1, 1, 1).expand(2, 3, 4, 4)
    styles, other_styles = torch.tensor([[1.0, 0.0], [2.0, 2.0]]).double(), torch.zeros(2, 2).double()
    expected = (0.5 / 0.50001 + 2 / 0.25001) / 2
    assert mode_seeking_loss(images, others, styles, other_styles).item() == pytest.approx(expected, rel=1e-12)
    assert mode_seeking_loss(images, images, styles, other_styles).item() == pytest.approx(1.25e5)


def test_munit_paints_the_same_content_in_a_second_style():
    torch.manual_seed(0)
    model = i2i_zoo.create("munit", ("a", "b"), **SMALL, prior={"mode_seeking": 0.5}).double()
    a, b = torch.rand(2, 2, 3, 16, 16).double()
    torch.manual_seed(1)
    losses = list(model.turns({"a": a, "b": b}, 0))[1].losses
    torch.manual_seed(1)
    one, other = torch.randn(2, 2, 2, 8, dtype=torch.float64)[:, 1].unbind(1)
    fakes = [model.translate(a, to="b", style=style) for style in (one, other)]
    assert losses["alike_b"].item() == pytest.approx(0.5 * mode_seeking_loss(*fakes, one, other).item(), rel=1e-9)
