"""The styles that training images have: followed, drawn, and how far they are from N(0, I)."""

from __future__ import annotations

import pytest
import torch

from i2i_zoo.nets.known_styles import DECAY, LEAST, KnownStyles


def random(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def followed(dim=3):
    """Styles that were followed for a while."""
    known = KnownStyles(dim).double()
    mixing = torch.eye(dim).double() / 2 + random(dim, dim) / 8
    for step in range(20):
        known.see(random(16, dim, seed=step) @ mixing + torch.arange(dim), step)
    return known


def test_the_moments_are_exponential_averages_from_the_next_step_on():
    known, second = KnownStyles(2).double(), torch.eye(2).double()
    mean = torch.zeros(2).double()
    for step in range(5):
        styles = 1 + 2 * random(6, 2, seed=step)
        before = known.mean
        known.see(styles[:3], step)
        moved = known.mean
        known.see(styles[3:], step)
        assert torch.equal(known.mean, moved) and torch.equal(moved, before) == (step == 0)
        torch.testing.assert_close(known.mean, mean)
        torch.testing.assert_close(known.root @ known.root, second - torch.outer(mean, mean))
        weight = max(1 - DECAY, 9 / (10 + step))
        mean = (1 - weight) * mean + weight * styles.mean(0)
        second = (1 - weight) * second + weight * styles.T @ styles / 6


def test_drawn_styles_have_the_known_moments():
    known = followed()
    noise = random(100_000, 2, 3)
    styles = known.draw(noise, 1.0)
    torch.testing.assert_close(styles.mean(0), known.mean, atol=0.02, rtol=0)
    torch.testing.assert_close(styles.T.cov(), known.root @ known.root, atol=0.02, rtol=0)
    some = known.draw(noise, 0.3)
    is_known, is_prior = (some == styles).all(1), (some == noise[:, 0]).all(1)
    assert (is_known ^ is_prior).all() and abs(is_known.double().mean() - 0.3) < 0.01
    assert torch.equal(known.draw(noise, 0.0), noise[:, 0])


def test_codes_and_styles_are_each_others_inverse_and_alike_at_first():
    codes = random(5, 3)
    known = followed()
    torch.testing.assert_close(known.code(known.style(codes)), codes)
    assert torch.equal(KnownStyles(3).double().style(codes), codes)


def test_what_is_not_finite_is_not_seen_and_no_direction_is_lost():
    known = KnownStyles(2).double()
    known.see(torch.tensor([[1.0, 2.0], [float("nan"), 0.0], [0.0, float("inf")]]).double(), 0)
    assert known.seen[0].tolist() == [1.0, 1.0, 2.0]
    for step in range(1, 3000):
        known.see(torch.ones(2, 2).double(), step)
    assert torch.linalg.eigvalsh(known.root).min() == pytest.approx(LEAST**0.5)
    known.eval().see(torch.ones(2, 2).double(), 3000)
    assert known.steps == 2999, "nothing is learnt while not training"


def test_the_divergence_and_its_gradient_are_those_of_the_moments():
    """Of as many styles as it takes that their own moments are the known ones."""
    known, styles = followed(), random(64, 3)
    styles = (styles - styles.mean(0)) @ torch.linalg.inv(torch.linalg.cholesky(styles.T.cov(correction=0)).T)
    styles = known.style(styles).requires_grad_()
    mean, covariance = styles.mean(0), styles.T.cov(correction=0)
    exact = (covariance.trace() + mean @ mean - 3 - covariance.logdet()) / 2 / 3
    torch.testing.assert_close(known.kl(styles), exact)
    torch.testing.assert_close(*(torch.autograd.grad(loss, styles)[0] for loss in (known.kl(styles), exact)))
