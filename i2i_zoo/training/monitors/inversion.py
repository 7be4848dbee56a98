"""The monitor of images that are turned into their negatives."""

from __future__ import annotations

from .probe import Finding, Probe, luminance

INVERTED = -0.5
OPPOSITE = -0.15


def color_inversion(probe: Probe) -> Finding | None:
    """The luminance of input and output correlates by less than -0.5, the median over images, against that of the data.

    A known accident of CycleGAN and UNIT (issues 1301 of junyanz/pytorch-CycleGAN-and-pix2pix, 32 of
    mingyuliutw/UNIT): two generators that both make negatives satisfy every cycle. What the task is, the data tell: the
    luminance of real images of both domains correlates too, of pairs where there are any, else over all combinations,
    which shows what the positions have in common. Measured on 6 test images: edges and shoes 0.35 (pairs 0.40), brains
    0.3 to 0.6, cats and dogs 0.02 +- 0.02, maps 0.03 +- 0.01. Half of it is added to the limit: less is needed where
    the domains agree. Below -0.15 the domains are opposite themselves, such as black on white and white on black, and
    nothing is said. Translations of shoes and edges by sound runs of all three models have 0.3 to 0.6.
    """
    value, task = correlation(probe), relation(probe)
    if task < OPPOSITE or not value < INVERTED + task / 2:
        return None
    return Finding(
        value,
        f"translations to {probe.to} look like negatives of their inputs; start again with an identity loss, which "
        "keeps colors (model.identity=0.5, if the model has it), or with another train.seed",
    )


def correlation(probe: Probe) -> float:
    """The correlation of the luminance of input and output over pixels; the median over images."""
    return (luminance(probe.inputs) * luminance(probe.fakes)).sum(1).median().item()


def relation(probe: Probe) -> float:
    """The mean correlation of real images of the one domain with those of the other."""
    one, other = luminance(probe.inputs), luminance(probe.targets)
    if probe.paired:
        return (one * other).sum(1).mean().item()
    return (one @ other.T).mean().item()
