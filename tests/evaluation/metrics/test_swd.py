"""Sliced Wasserstein distance: known distances, and what must not change it."""

from __future__ import annotations

import pytest
import torch

from i2i_zoo.evaluation.metrics.swd import _blur, laplacian_pyramid, normalized, sliced_wasserstein


def patches(count=500, channels=3, seed=0, dtype=torch.float64):
    return torch.randn(count, channels, 7, 7, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def test_one_dimension_by_hand():
    """Single pixels: every direction is +1 or -1, so it is the 1-Wasserstein distance of the normalized values."""
    one, other = (torch.tensor(v).view(-1, 1, 1, 1).double() for v in ([5.0, 5.0, 7.0, 7.0], [-3.0, 0.0, 0.0, 3.0]))
    root = 2**0.5  # normalized: -1, -1, 1, 1 and -root, 0, 0, root
    expected = (2 * (root - 1) + 2 * 1) / 4
    assert sliced_wasserstein(one, other, 20, 0) == pytest.approx(expected, abs=1e-12)


def test_equal_sets_in_any_order_have_no_distance():
    one = patches()
    assert sliced_wasserstein(one, one[torch.randperm(len(one))], 40, 0) < 1e-12


def test_color_is_normalized_per_channel_and_contrast_within_is_not():
    one = patches()
    shifted = one * torch.tensor([2.0, 3.0, 0.5]).view(3, 1, 1) + torch.tensor([0.0, -4.0, 9.0]).view(3, 1, 1)
    assert sliced_wasserstein(one, shifted, 40, 0) < 1e-6
    peaked = one * torch.linspace(0, 2, 49).view(7, 7)
    assert sliced_wasserstein(one, peaked, 40, 0) > 0.05


def test_flat_sets_are_no_division_by_zero():
    flat = torch.full((10, 3, 7, 7), 0.3)
    assert torch.isfinite(normalized(flat)).all()
    assert sliced_wasserstein(patches(10, dtype=torch.float32), flat, 8, 0) > 0.5


def test_another_seed_takes_other_directions():
    one, other = patches(seed=0), patches(seed=1) ** 3
    values = [sliced_wasserstein(one, other, 64, seed) for seed in (0, 0, 1)]
    assert values[0] == values[1] != values[2] == pytest.approx(values[0], rel=0.2)


@pytest.mark.parametrize(("size", "heights"), [((32, 32), [32, 16, 8]), ((33, 50), [33, 17, 9])])
def test_the_pyramid_adds_up_to_the_image(size, heights):
    images = torch.rand(2, 3, *size, dtype=torch.float64)
    pyramid = laplacian_pyramid(images, 3)
    assert [level.shape[-2] for level in pyramid] == heights
    whole = pyramid[-1]
    for level in reversed(pyramid[:-1]):
        larger = torch.zeros_like(level)
        larger[..., ::2, ::2] = whole
        whole = level + 4 * _blur(larger)
    torch.testing.assert_close(whole, images)


def test_smooth_images_have_nothing_fine():
    ramp = torch.linspace(-1, 1, 32).expand(1, 1, 32, 32)
    fine, *_ = laplacian_pyramid(ramp, 2)
    assert fine[..., 4:-4].abs().max() < 1e-5
    noise = laplacian_pyramid(torch.randn(1, 1, 32, 32), 2)[0]
    assert noise.std() > 0.5
