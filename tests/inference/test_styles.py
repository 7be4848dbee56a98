"""Style codes: names, mixtures, walks."""

from __future__ import annotations

import pytest
import torch

from i2i_zoo.errors import UserError
from i2i_zoo.inference.styles import from_id, mix, rounded, to_id, walk


def test_a_name_gives_the_same_rounded_style_again():
    styles = torch.randn(500, 8, generator=torch.Generator().manual_seed(0))
    names = [to_id(style) for style in styles]
    assert len(set(names)) == 500 and all(len(name) == 13 and name.islower() for name in names if not name.isdigit())
    again = torch.stack([from_id(name, 8) for name in names])
    assert torch.equal(again, rounded(styles)) and torch.equal(rounded(again), again)
    assert (again - styles).abs().max() < 0.1 and (again - styles).abs().mean() < 0.02
    assert [to_id(style) for style in again] == names


def test_far_styles_keep_their_order_and_absurd_ones_are_cut():
    far = torch.tensor([-1e9, -20.0, -5.0, 0.0, 5.0, 20.0, 1e9])
    again = rounded(far)
    assert again[3] == 0 and (again.diff() > 0).all() and again.abs().max() < 30
    assert again[1:-1] == pytest.approx(far[1:-1], rel=0.02)


@pytest.mark.parametrize("dim", [1, 2, 3, 8, 16])
def test_names_of_any_dimension(dim):
    style = torch.linspace(-2, 2, dim)
    assert torch.equal(from_id(to_id(style), dim), rounded(style))


@pytest.mark.parametrize("name", ["", "xx", "../../etc/passwd", "mfqhq44zsv3f1", "mfqhq44zsv3fb", "ß" * 13, "a" * 14])
def test_what_is_no_name_is_one_sentence(name):
    with pytest.raises(UserError, match="is not the name of a style of this model: 13 letters"):
        from_id(name, 8)


def test_mixing_is_the_weighted_mean():
    styles = torch.tensor([[0.0, 2.0], [4.0, 2.0]])
    assert torch.equal(mix(styles), torch.tensor([2.0, 2.0]))
    assert torch.equal(mix(styles, [3, 1]), torch.tensor([1.0, 2.0]))
    for wrong in ([1], [0, 0], [-1, 2], [float("nan"), 1]):
        with pytest.raises(UserError, match="mixing 2 styles takes as many weights"):
            mix(styles, wrong)


def test_a_walk_goes_through_all_styles_and_keeps_their_length():
    styles = torch.eye(3)
    path = walk(styles, 5)
    assert torch.allclose(path[::2], styles)
    assert path[1] == pytest.approx(torch.tensor([0.5**0.5, 0.5**0.5, 0.0]))
    assert torch.allclose(path.norm(dim=1), torch.ones(5))


def test_a_walk_without_a_shortest_arc_is_straight():
    one = torch.tensor([1.0, 0.0])
    for other in (one, -one, 3 * one, 0 * one):
        path = walk(torch.stack([one, other]), 3)
        assert torch.allclose(path[1], (one + other) / 2) and path.isfinite().all()
    for styles, frames in ((one[None], 3), (torch.stack([one, one]), 1)):
        with pytest.raises(UserError, match="a walk takes two styles"):
            walk(styles, frames)
