"""FID, KID, density and coverage, against analysis and against torchmetrics."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from torch import nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from i2i_zoo.evaluation.metrics.coverage import density_and_coverage
from i2i_zoo.evaluation.metrics.fid import frechet_distance
from i2i_zoo.evaluation.metrics.kid import kernel_distance


def cloud(count, mean, covariance, seed=0):
    """Points whose sample mean and covariance (N - 1) are exactly those given."""
    mean, covariance = torch.tensor(mean).double(), torch.tensor(covariance).double()
    points = torch.randn(count, len(mean), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    points = points - points.mean(0)
    points = points @ torch.linalg.inv(torch.linalg.cholesky(points.T.cov())).T
    return points @ torch.linalg.cholesky(covariance).T + mean


@pytest.mark.parametrize("count", [5, 50])
def test_frechet_distance_of_gaussians(count):
    """For covariances that commute: |m1 - m2|^2 + sum of (s1 - s2)^2 over the axes."""
    one = cloud(count, [0.0, 1.0], [[4.0, 0.0], [0.0, 9.0]])
    other = cloud(count + 3, [3.0, 5.0], [[1.0, 0.0], [0.0, 25.0]], seed=1)
    assert frechet_distance(one, other) == pytest.approx(9 + 16 + (2 - 1) ** 2 + (3 - 5) ** 2, rel=1e-9)
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_of_gaussians_whose_axes_differ():
    """In two dimensions, the square of tr (S1 S2)^(1/2) is tr(S1 S2) + 2 det(S1 S2)^(1/2)."""
    s1, s2 = torch.tensor([[4.0, 1.0], [1.0, 2.0]]).double(), torch.tensor([[3.0, -1.0], [-1.0, 5.0]]).double()
    root = (torch.trace(s1 @ s2) + 2 * torch.det(s1 @ s2).sqrt()).sqrt()
    expected = torch.trace(s1 + s2) - 2 * root
    one, other = cloud(20, [0.0, 0.0], s1.tolist()), cloud(30, [0.0, 0.0], s2.tolist(), seed=1)
    assert frechet_distance(one, other) == pytest.approx(expected.item(), rel=1e-9)


class Features(nn.Module):
    """In place of Inception: torchmetrics gets the features themselves as images."""

    num_features = 6

    def forward(self, images):
        return images.flatten(1)


@pytest.mark.parametrize(("n", "m"), [(40, 30), (5, 4)], ids=["more images than features", "fewer"])
def test_frechet_distance_is_torchmetrics(n, m):
    one, other = torch.rand(n, 6, dtype=torch.float64), torch.rand(m, 6, dtype=torch.float64) ** 2
    theirs = FrechetInceptionDistance(feature=Features())
    theirs.set_dtype(torch.float64)
    theirs.update(one.view(n, 6, 1, 1), real=True)
    theirs.update(other.view(m, 6, 1, 1), real=False)
    assert frechet_distance(one, other) == pytest.approx(theirs.compute().item(), rel=1e-5)


def test_kernel_distance_is_torchmetrics():
    one, other = torch.rand(30, 6, dtype=torch.float64), torch.rand(30, 6, dtype=torch.float64) ** 2
    with pytest.warns(UserWarning, match="save all extracted features"):
        theirs = KernelInceptionDistance(feature=Features(), subsets=1, subset_size=30)
    theirs.update(one.view(30, 6, 1, 1), real=True)
    theirs.update(other.view(30, 6, 1, 1), real=False)
    assert kernel_distance(one, other) == pytest.approx(theirs.compute()[0].item(), rel=1e-9)


def test_kernel_distance_is_unbiased():
    """The mean over all pairs of samples of two, drawn from one distribution of three points, is exactly 0."""
    points = torch.tensor([[0.0, 1.0], [2.0, -1.0], [0.5, 3.0]]).double()
    values = [kernel_distance(points[list(draw[:2])], points[list(draw[2:])]) for draw in product(range(3), repeat=4)]
    assert sum(values) == pytest.approx(0, abs=1e-9) and max(values) > 1


def test_density_and_coverage_by_hand():
    """Reals at 0, 1, 3, 10 with k = 1 have radii 1, 1, 2, 7."""
    real = torch.tensor([[0.0], [1.0], [3.0], [10.0]]).double()
    fake = torch.tensor([[0.5], [2.5], [100.0]]).double()
    # 0.5 lies in the balls of 0 and 1; 2.5 in that of 3; 100 in none. (|2.5 - 10| = 7.5)
    density, coverage = density_and_coverage(real, fake, neighbors=1)
    assert density == pytest.approx(3 / (1 * 3)) and coverage == pytest.approx(3 / 4)


def test_a_collapsed_set_covers_little_but_may_be_dense():
    real = torch.randn(60, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    density, coverage = density_and_coverage(real, real.mean(0).expand(60, 4), 5)
    assert coverage < 0.5 and density > 1.5
    assert density_and_coverage(real, real, 5)[1] == 1
