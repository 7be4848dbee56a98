"""The monitor of cycles that need a hidden code."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import l1_loss

from .probe import FEW, Finding, Probe

NOISE = 0.02
RUINED = 2.0
MAGNIFIED = 4.0


def steganography(probe: Probe) -> Finding | None:
    """Noise on the fake that can hardly be seen makes its cycle twice as wrong, by more than four times its own size.

    Chu et al. 2017, CycleGAN, a Master of Steganography: what the other domain cannot show but the cycle asks for is
    hidden in the fake as a faint signal of high frequency, which noise destroys; Bashkirova et al. 2019 measure it so.
    The noise has a deviation of 0.02, 2.5 of 255 grey levels. An honest cycle passes it on, or magnifies it as far as
    the other domain has less contrast; a code of one or two grey levels is magnified a hundredfold. Twice the error,
    because a cycle that is poor anyway hides nothing. Measured, of sound runs on shoes: 1.00 to 1.02 times the error,
    by less than a fifth of the noise. Nothing is said about a model that does not translate back, or has styles but
    cannot tell an image's own.
    """
    if not probe.goes_back:
        return None
    try:
        clean, noisy = cycle_errors(probe)
    except NotImplementedError:  # The model cannot encode a style.
        return None
    magnified = (noisy - clean) / (NOISE * math.sqrt(2 / math.pi))  # Gaussian noise's mean distance from 0
    if not (noisy > RUINED * clean and magnified > MAGNIFIED):
        return None
    return Finding(
        magnified,
        f"translations to {probe.to} carry a hidden code of their input: noise that can hardly be seen keeps it from "
        "coming back; start again with less weight on the cycle (a smaller model.cycle), or a model that has styles "
        "where many inputs have one answer",
    )


def cycle_errors(probe: Probe, noise: float = NOISE) -> tuple[float, float]:
    """The mean L1 distance of inputs from their cycles: through the fake as it is, and with noise on it."""
    clean, noisy = [], []
    for image, fake in list(zip(probe.inputs, probe.fakes, strict=True))[:FEW]:
        clean.append(l1_loss(probe.back(fake, image), image))
        noisy.append(l1_loss(probe.back(disturbed(fake, noise), image), image))
    return torch.stack(clean).mean().item(), torch.stack(noisy).mean().item()


def disturbed(images: Tensor, noise: float) -> Tensor:
    """Add Gaussian noise of that deviation, always the same."""
    drawn = torch.randn(images.shape, generator=torch.Generator().manual_seed(0))
    return images + noise * drawn.to(images)
