"""The distance tells one color for all from many, and pulls each fake to the color of its rank."""

from __future__ import annotations

import torch

from i2i_zoo.losses.color_distance import REMEMBERED, ColorDistance, thumbnails


def plain(colors):
    """An image of one color each."""
    return torch.as_tensor(colors, dtype=torch.float32)[:, :, None, None].expand(-1, -1, 8, 8)


def test_the_same_images_in_another_order_are_at_no_distance():
    images = torch.rand(6, 3, 16, 16) * 2 - 1
    assert ColorDistance()(images, images.flip(0)) < 1e-6
    assert ColorDistance()(images * 0.5, images.flip(0)) > 1e-2


def test_one_color_for_all_is_far_from_many_though_each_is_likely():
    torch.manual_seed(0)
    many = torch.rand(64, 3) * 2 - 1
    again, same = torch.rand(64, 3) * 2 - 1, many[:1].expand(64, -1)
    assert ColorDistance()(plain(same), plain(many)) > 3 * ColorDistance()(plain(again), plain(many))


def test_along_one_axis_it_is_the_distance_of_the_sorted_values():
    torch.manual_seed(0)
    fakes, reals = (torch.rand(5, 1, 4, 4).mean((2, 3), keepdim=True).expand(-1, -1, 4, 4) for _ in range(2))
    found = ColorDistance()(fakes, reals)
    expected = (fakes[:, 0, 0, 0].sort().values - reals[:, 0, 0, 0].sort().values).abs().mean()
    torch.manual_seed(0)
    torch.rand(2, 5, 1, 4, 4)  # what was drawn before
    directions = torch.nn.functional.normalize(torch.randn(16, 64), dim=0)
    torch.testing.assert_close(found, expected * directions.sum(0).abs().mean())


def test_fakes_are_ranked_among_the_latest_ones():
    """A batch of one is never its own distribution: the darkest is pulled to the darkest real one."""
    distance = ColorDistance()
    reals = torch.linspace(-1, 1, 8)
    for value, real in zip(torch.linspace(-0.1, 0.1, 8), reals, strict=True):
        fake = torch.full((1, 1, 8, 8), value.item(), requires_grad=True)
        distance(fake, real.view(1, 1, 1, 1).expand(1, 1, 8, 8)).backward()
    assert fake.grad.sum() < 0, "the brightest must become brighter still"
    assert len(distance.fakes) == len(distance.reals) == 8


def test_no_more_is_remembered_than_said_and_no_gradients():
    distance = ColorDistance()
    for _ in range(3):
        distance(torch.rand(100, 1, 8, 8, requires_grad=True), torch.rand(100, 1, 8, 8))
    assert len(distance.fakes) == len(distance.reals) == REMEMBERED and not distance.fakes.requires_grad


def test_thumbnails_are_means_of_blocks():
    images = torch.rand(3, 2, 8, 8)
    torch.testing.assert_close(thumbnails(images), torch.nn.functional.avg_pool2d(images, 2).flatten(1))
