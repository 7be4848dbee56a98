"""The spread of the colors of things."""

from __future__ import annotations

import pytest
import torch
from small_models import Copies

from i2i_zoo.evaluation.base import NotApplicable, run
from i2i_zoo.evaluation.direction import Direction
from i2i_zoo.evaluation.metrics.colors import Colors, mean_colors, spread


def things(*colors):
    """Images (3, 8, 8) of a thing of each color in [0, 1] on white."""
    images = torch.ones(len(colors), 3, 8, 8)
    images[..., 2:6, 2:6] = torch.tensor(colors)[..., None, None] * 2 - 1
    return list(images)


def found(inputs, targets):
    direction = Direction(Copies(), "b", inputs, targets, False)
    [values] = run([Colors(Colors.Config(), direction)], direction, 2)
    return values


RED, BLUE, PINK = (0.8, 0.2, 0.2), (0.2, 0.2, 0.8), (0.6, 0.2, 0.4)


def test_the_color_of_a_thing_does_not_depend_on_its_ground():
    color = mean_colors(torch.stack([*things(RED), torch.ones(3, 8, 8)]), 1.0, 0.1)
    torch.testing.assert_close(color[0], torch.tensor(RED)) and color[1].isnan().all()


def test_spread_is_the_root_of_the_summed_variances():
    assert spread(torch.tensor([RED, BLUE]).double()).item() == pytest.approx((2 * 0.3**2) ** 0.5)
    assert spread(torch.tensor([RED, BLUE, (torch.nan,) * 3]).double()).item() == pytest.approx((2 * 0.3**2) ** 0.5)


def test_one_color_for_all_is_0_the_same_colors_in_another_order_are_1():
    assert found(things(PINK, PINK), things(RED, BLUE))["colors"] == pytest.approx(0, abs=1e-6)
    assert found(things(BLUE, RED), things(RED, BLUE))["colors"] == pytest.approx(1)
    assert found(things(RED, PINK), things(RED, BLUE))["colors"] == pytest.approx(((0.1**2 + 0.1**2) / 0.18) ** 0.5)


def test_grey_domains_have_no_colors():
    assert found(things(RED, BLUE), things((0.5,) * 3, (0.1,) * 3)) == {}, "grey that is kept as RGB"
    direction = Direction(Copies(), "b", things(RED), things(RED), False)
    direction.channels = 1
    with pytest.raises(NotApplicable, match="'b' is grey"):
        Colors(Colors.Config(), direction)
