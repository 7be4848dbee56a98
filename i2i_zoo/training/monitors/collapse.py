"""Does everything come out alike?"""

from __future__ import annotations

import torch
from torch import Tensor

from .probe import FEW, Finding, Probe, spread

ALIKE = 0.25
STYLES = 4
IGNORED = 0.1
VARIED = 0.06


def mode_collapse(probe: Probe) -> Finding | None:
    """Translations differ from each other less than a quarter as much as the inputs do, and as real images do.

    Goodfellow et al. 2014 (section 6) call it the Helvetica scenario: many inputs, one output. Distances are those of
    `spread`. Both comparisons count: drawings of photos are more alike than the photos, and photos of drawings more
    different than the drawings, without anything being wrong. Measured, of sound runs on shoes: 0.99 and more.
    """
    value = alikeness(probe)
    if not value < ALIKE:
        return None
    return Finding(
        value,
        f"translations to {probe.to} are all alike, whatever the input; a penalty on the discriminators "
        "(model.gan.r1=1.0) or a smaller learning rate often helps, or start again with another train.seed",
    )


def alikeness(probe: Probe) -> float:
    """The spread of the fakes, relative to that of the inputs or of the real images, whichever is less; else NaN."""
    if min(len(probe.inputs), len(probe.targets)) < 2:
        return float("nan")
    reference = min(spread(probe.inputs), spread(probe.targets))
    return spread(probe.fakes) / reference if reference else float("nan")


def style_collapse(probe: Probe) -> Finding | None:
    """Styles change the look of a translation by less than a tenth of what the domain asks for.

    The failure that MUNIT's style reconstruction is there to prevent (Huang et al. 2018, section 3). A look is the mean
    and deviation of each channel, the statistics that AdaIN sets. Real images vary in it by their content and by their
    style; what translations in one style vary by is due to content. A domain may have no styles, such as drawings:
    nothing is said where content explains half or more, or where real images look alike, with a deviation below 0.06,
    8 of 255 grey levels (measured: shoes 0.13, edges 0.01 to 0.03; styles of a MUNIT 70 % of what shoes ask for).
    """
    if not probe.model.style_dim or min(len(probe.inputs), len(probe.targets)) < 2:
        return None
    styles, contents, reals = variances(probe)
    missing = reals - contents
    if not (reals > VARIED**2 and missing > reals / 2 and styles < IGNORED**2 * missing):
        return None
    return Finding(
        (styles / missing) ** 0.5,
        f"styles make almost no difference to translations to {probe.to}; "
        "more weight on the reconstruction of styles (model.style=5.0, if the model has it) may help",
    )


def variances(probe: Probe) -> tuple[float, float, float]:
    """Of the look, per number: over styles for one input, over inputs in one style, over real images."""
    styles = probe.model.sample_style(STYLES, seed=0)
    painted = [probe.model.translate(x.expand(STYLES, -1, -1, -1), probe.to, styles) for x in probe.inputs[:FEW]]
    looks = torch.stack([look(images) for images in painted])
    return _variance(looks, 1), _variance(looks, 0), _variance(look(torch.cat(probe.targets)), 0)


def look(images: Tensor) -> Tensor:
    """Images (N, C, H, W) -> (N, 2 C): the mean and the standard deviation of each channel."""
    return torch.cat([images.mean((2, 3)), images.std((2, 3))], 1)


def _variance(looks: Tensor, dim: int) -> float:
    return looks.var(dim).mean().item()
