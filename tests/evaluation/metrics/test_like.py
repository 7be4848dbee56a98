"""Colors that follow an example, and evaluations in the styles of examples."""

from __future__ import annotations

import pytest
import torch
from small_models import Copies

from i2i_zoo.evaluation.base import NotApplicable, run
from i2i_zoo.evaluation.direction import Direction, Translations
from i2i_zoo.evaluation.metrics.colors import mean_colors
from i2i_zoo.evaluation.metrics.like import Like

COLORS = torch.tensor([[0.8, 0.2, 0.2], [0.2, 0.5, 0.8], [0.4, 0.1, 0.6], [0.6, 0.7, 0.3]])


def things(colors):
    """Images (3, 8, 8) in [-1, 1] of a thing of each color (3) in [0, 1] on white."""
    images = torch.ones(len(colors), 3, 8, 8)
    images[..., 2:6, 2:6] = colors[..., None, None] * 2 - 1
    return list(images)


class Paints(Copies):
    """Styles are colors; `heed` (3): which channels of a style are heeded, 1, and which are turned round, -1."""

    style_dim = 3

    def __init__(self, heed=(1.0, 1.0, 1.0)):
        super().__init__()
        self.heed = torch.tensor(heed)

    def encode_style(self, images, domain):
        return mean_colors(images, 1.0, 0.1)

    def sample_style(self, count, seed=None):
        return torch.full((count, 3), 0.5)

    def forward(self, images, to, style=None):
        return torch.stack(things((style - 0.5) * self.heed + 0.5))


def found(net, inputs=4):
    direction = Direction(net, "b", things(COLORS[:1].expand(inputs, 3)), things(COLORS), False)
    [values] = run([Like(Like.Config(), direction)], direction, 3)
    return values


def test_colors_of_the_example_are_1_colors_turned_round_in_one_channel_are_minus_1():
    assert found(Paints())["like"] == pytest.approx(1)
    assert found(Paints((1, -1, 1)))["like"] == pytest.approx(-1), "the channel that follows least counts"


def test_the_correlation_is_over_the_pairs_of_example_and_answer():
    net = Paints()
    net.forward = lambda images, to, style: torch.stack(things(torch.stack([*net.mixed.pop(0)])))
    answers = COLORS[[1, 2, 3, 0]] * 0.5 + COLORS * 0.5  # half of the example, half of another
    net.mixed = list(answers.split(3))
    expected = min(torch.corrcoef(torch.stack([COLORS[[1, 2, 3, 0], c], answers[:, c]]))[0, 1].item() for c in range(3))
    assert found(net)["like"] == pytest.approx(expected, abs=1e-5)


def test_without_styles_or_colors_nothing_is_said():
    images = things(COLORS)
    with pytest.raises(NotApplicable, match="no styles"):
        Like(Like.Config(), Direction(Copies(), "b", images, images, False))
    grey = Direction(Paints(), "b", images, images, False)
    grey.channels = 1
    with pytest.raises(NotApplicable, match="'b' is grey"):
        Like(Like.Config(), grey)


def test_styles_of_examples_are_those_of_the_next_targets():
    direction = Direction(Paints(), "b", things(COLORS), things(COLORS), True, by_example=True)
    batch = Translations(direction, range(2, 4))
    torch.testing.assert_close(mean_colors(batch.fake, 1.0, 0.1), COLORS[[3, 0]])
    first, second = batch.restyled([1], 2)
    torch.testing.assert_close(mean_colors(first, 1.0, 0.1), COLORS[[0]])
    torch.testing.assert_close(mean_colors(second, 1.0, 0.1), COLORS[[1]])
