"""Label maps: the confusion matrix and the palette, by hand."""

from __future__ import annotations

import pytest
import torch

from i2i_zoo.evaluation.metrics.labels import agreement, colors, derive_palette, histogram, nearest


def test_agreement_by_hand():
    """Long et al. 2015: pixel accuracy, mean recall, mean IoU; a class that the truth lacks does not count."""
    confusion = torch.tensor([[6, 2, 0], [1, 3, 0], [0, 0, 0]])
    pixel, recall, iou = agreement(confusion)
    assert pixel == pytest.approx(9 / 12)
    assert recall == pytest.approx((6 / 8 + 3 / 4) / 2)
    assert iou == pytest.approx((6 / 9 + 3 / 6) / 2)


def test_pixels_found_as_a_class_that_is_not_there_are_errors():
    pixel, recall, iou = agreement(torch.tensor([[2, 0, 2], [0, 4, 0], [0, 0, 0]]))
    assert (pixel, recall, iou) == (pytest.approx(6 / 8), pytest.approx(0.75), pytest.approx(0.75))


def test_nearest_color():
    palette = torch.tensor([[0, 0, 0], [255, 255, 255], [255, 0, 0]])
    found = nearest(torch.tensor([[10.0, 20, 30], [200, 190, 250], [180, 60, 40], [127.5, 127.5, 127.5]]), palette)
    assert found.tolist() == [0, 1, 2, 0], "of equally near ones the first"


def painted(*pixels):
    """An image (1, 3, 1, P) in [-1, 1] of colors in 0..255."""
    return torch.tensor(pixels).float().T[None, :, None] / 127.5 - 1


def test_colors_come_back():
    torch.testing.assert_close(colors(painted([255, 0, 10], [1, 2, 3])), torch.tensor([[255.0, 0, 10], [1, 2, 3]]))
    assert colors(torch.full((1, 1, 1, 1), 1.0)).tolist() == [[255, 255, 255]], "grey has three equal channels"


def test_a_palette_is_the_colors_of_clean_maps_commonest_first():
    known = [[240, 240, 230], [170, 218, 255], [255, 220, 100]]
    image = painted(*[known[0]] * 20, *[known[1]] * 9, *[known[2]] * 4)
    palette = derive_palette(histogram(colors(image)), 3)
    torch.testing.assert_close(palette, torch.tensor(known).double())
    assert len(derive_palette(histogram(colors(image)), 8)) == 3, "no more than there are colors"


def test_a_palette_averages_noise_away_and_does_not_depend_on_how_maps_are_cut():
    generator = torch.Generator().manual_seed(0)
    known = torch.tensor([[230.0, 230, 230], [40, 200, 60]])
    noisy = (known.repeat(200, 1) + 8 * torch.randn(400, 3, generator=generator)).clamp(0, 255)
    cells = histogram(noisy)
    assert torch.equal(cells, histogram(noisy[:100]) + histogram(noisy[100:]))
    palette = derive_palette(cells, 2)
    assert (torch.cdist(palette, known.double()).amin(1) < 2).all()
