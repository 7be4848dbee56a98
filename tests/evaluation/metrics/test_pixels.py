"""Measures of image pairs, against known answers."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn.functional import avg_pool2d
from torchmetrics.functional.image import structural_similarity_index_measure

from i2i_zoo.evaluation.metrics.edges import edge_f1
from i2i_zoo.evaluation.metrics.pixels import l1, ms_ssim, psnr, scales, ssim
from i2i_zoo.evaluation.metrics.silhouette import agreement


def images(count=3, channels=3, size=(24, 32), seed=0):
    return torch.rand(count, channels, *size, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_l1_and_psnr_of_a_known_difference():
    black, grey = torch.full((2, 3, 4, 4), -1.0), torch.full((2, 3, 4, 4), -0.5)  # 0 and 0.25 of 1
    torch.testing.assert_close(l1(black, grey), torch.tensor([0.25, 0.25]))
    torch.testing.assert_close(psnr(black, grey), torch.full((2,), -20 * math.log10(0.25)))
    assert psnr(black, black).tolist() == [100, 100]


@pytest.mark.parametrize("measure", [l1, psnr, ssim, ms_ssim, edge_f1])
def test_each_image_is_measured_alone(measure):
    one, other = images(seed=1), images(seed=2)
    alone = torch.cat([measure(a[None], b[None]) for a, b in zip(one, other, strict=True)])
    torch.testing.assert_close(measure(one, other), alone)
    assert alone.std() > 0


def test_ssim_of_constant_images():
    """Without structure only the luminance term is left: (2ab + c) / (aa + bb + c) with c = 0.0001."""
    one, other = torch.full((1, 1, 16, 16), -0.5), torch.full((1, 1, 16, 16), 0.5)
    expected = (2 * 0.25 * 0.75 + 1e-4) / (0.25**2 + 0.75**2 + 1e-4)
    assert ssim(one, other).item() == pytest.approx(expected, rel=1e-9)
    assert ssim(other, other).item() == pytest.approx(1, abs=1e-9)


def test_ssim_is_torchmetrics_within_the_image():
    """torchmetrics counts the reflected borders too; here only windows that lie within."""
    one, other = images(seed=1), images(seed=2)
    _, theirs = structural_similarity_index_measure(
        (one.double() + 1) / 2, (other.double() + 1) / 2, data_range=1.0, return_full_image=True
    )
    torch.testing.assert_close(ssim(one, other), theirs[..., 5:-5, 5:-5].mean((1, 2, 3)), rtol=1e-5, atol=1e-6)


def test_ms_ssim_takes_the_scales_that_fit():
    assert [scales((side, 999)) for side in (10, 11, 21, 22, 44, 64, 88, 128, 175, 176)] == [
        0,
        1,
        1,
        2,
        3,
        3,
        4,
        4,
        4,
        5,
    ]
    one, other = images(size=(11, 15)), images(size=(11, 15), seed=1)
    torch.testing.assert_close(ms_ssim(one, other), ssim(one, other).clamp(min=0))
    for side in (11, 44, 176):
        one = images(1, 1, (side, side + 3))
        assert ms_ssim(one, one).item() == pytest.approx(1, abs=1e-9), side


def test_ms_ssim_of_two_scales_by_its_definition():
    """Structure of the finer scale, all of the coarser, with the first two of the five weights over their sum."""
    one = images(size=(24, 32))
    other = (one + 0.5 * images(size=(24, 32), seed=1)).clamp(-1, 1)
    _, structure = structural_similarity_index_measure(
        (one.double() + 1) / 2, (other.double() + 1) / 2, data_range=1.0, return_contrast_sensitivity=True
    )
    coarse = ssim(avg_pool2d(one, 2), avg_pool2d(other, 2))
    expected = structure ** (0.0448 / 0.3304) * coarse ** (0.2856 / 0.3304)
    torch.testing.assert_close(ms_ssim(one, other), expected, rtol=1e-4, atol=1e-5)


def drawing(*dots):
    image = torch.ones(1, 1, 8, 8)
    for y, x in dots:
        image[..., y, x] = -1
    return image


def test_edges_within_a_pixel_are_found():
    truth = drawing((1, 1), (1, 5))
    assert edge_f1(truth, truth).item() == pytest.approx(1)
    assert edge_f1(drawing((2, 2), (0, 5)), truth).item() == pytest.approx(1), "diagonal neighbors count"
    assert edge_f1(drawing((3, 1), (1, 5)), truth).item() == pytest.approx(0.5), "two pixels away does not"
    assert edge_f1(drawing((3, 1), (1, 5)), truth, tolerance=2).item() == pytest.approx(1)
    # precision 1/3, recall 1/2: F1 = 0.4
    assert edge_f1(drawing((1, 5), (6, 1), (6, 6)), truth).item() == pytest.approx(0.4)
    assert edge_f1(drawing(), truth).item() == 0


def test_agreement_of_masks_by_hand():
    one, other = torch.zeros(2, 2, 4, dtype=torch.bool), torch.zeros(2, 2, 4, dtype=torch.bool)
    one[0, 0, :3], other[0, 0, 1:] = True, True  # 3 and 3 pixels, 2 of them common; the second pair is empty
    f1, iou = agreement(one, other)
    torch.testing.assert_close(f1, torch.tensor([2 * 2 / 6, 1.0], dtype=torch.float64))
    torch.testing.assert_close(iou, torch.tensor([2 / 4, 1.0], dtype=torch.float64))
