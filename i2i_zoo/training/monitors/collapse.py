"""Monitors of outputs that are all alike, over inputs and over styles."""

from __future__ import annotations

import torch
from torch import Tensor

from .probe import FEW, Finding, Probe, mean_distance

ALIKE = 0.25
STYLES = 4
IGNORED = 0.1
VARIED = 0.08


def mode_collapse(probe: Probe) -> Finding | None:
    """Translations differ from each other less than a quarter as much as the inputs do, and as real images do.

    Goodfellow et al. 2014 (section 6) call it the Helvetica scenario: many inputs, one output. Distances are those of
    `mean_distance`. Both comparisons count: drawings of photos are more alike than the photos, and photos of drawings
    more different than the drawings, without anything being wrong. Measured, of sound runs on shoes: 0.98 and more.
    """
    value = alikeness(probe)
    if not value < ALIKE:
        return None
    return Finding(
        value,
        f"translations to {probe.to} are all alike, whatever the input; start again with a penalty on discriminators "
        "(model.gan.r1=1.0), a smaller learning rate or another train.seed",
    )


def alikeness(probe: Probe) -> float:
    """The mean distance of the fakes relative to that of the inputs or of the reals, whichever is less; else NaN."""
    if min(len(probe.inputs), len(probe.targets)) < 2:
        return float("nan")
    reference = min(mean_distance(probe.inputs), mean_distance(probe.targets))
    return mean_distance(probe.fakes) / reference if reference else float("nan")


def style_collapse(probe: Probe) -> Finding | None:
    """The look of a translation varies over styles by less than a tenth of what the look of real images does.

    The failure that MUNIT's style reconstruction is there to prevent (Huang et al. 2018, section 3). A look is the mean
    and deviation of each channel, the statistics that AdaIN sets. A domain may have no styles, as drawings: where real
    images deviate by less than 0.08, 10 of 255 grey levels, nothing is said. Measured: shoes deviate by 0.13 to 0.15,
    edges by 0.02 to 0.05; the styles of MUNITs on shoes by 60 to 200 % of that from 1,000 steps on.
    """
    if not probe.model.style_dim or len(probe.targets) < 2:
        return None
    reals = look(torch.cat(probe.targets)).var(0).mean().item()
    if not reals > VARIED**2 or not (value := (over_styles(probe) / reals) ** 0.5) < IGNORED:
        return None
    return Finding(
        value,
        f"styles make almost no difference to translations to {probe.to}; right if that domain has one answer to each "
        "input, else start again with more weight on the reconstruction of styles (model.style=5.0)",
    )


def over_styles(probe: Probe) -> float:
    """The variance of the look over styles of one input, the mean over numbers and inputs."""
    styles = probe.model.sample_style(STYLES, seed=0)
    painted = [probe.model.translate(x.expand(STYLES, -1, -1, -1), probe.to, styles) for x in probe.inputs[:FEW]]
    return torch.stack([look(images).var(0).mean() for images in painted]).mean().item()


def look(images: Tensor) -> Tensor:
    """Images (N, C, H, W) -> (N, 2 C): the mean and the standard deviation of each channel."""
    return torch.cat([images.mean((2, 3)), images.std((2, 3))], 1)
