"""Is every image turned into its negative?"""

from __future__ import annotations

from .probe import Finding, Probe, luminance

INVERTED = -0.5
OPPOSITE = -0.15


def color_inversion(probe: Probe) -> Finding | None:
    """The median correlation of the luminance of input and output is below -0.5, and the domains' own is not negative.

    A known accident of CycleGAN and UNIT (issues 1301 of junyanz/pytorch-CycleGAN-and-pix2pix, 32 of
    mingyuliutw/UNIT): two generators that both make negatives satisfy every cycle. Whether a negative is the task is
    told by the data: the luminance of real images of both domains correlates too, for pairs where there are any, else
    over all combinations, which shows what the positions have in common, such as dark figures on white. Measured on 6
    test images: edges and shoes 0.35 (pairs 0.40), brains 0.3 to 0.6, cats and dogs 0.02 +- 0.02, maps 0.03 +- 0.01.
    Below -0.15 the domains themselves are taken to be opposite, such as black on white and white on black. Translations
    of shoes and edges, of CycleGAN and MUNIT, have 0.3 to 0.6.
    """
    value = correlation(probe)
    if not value < INVERTED or relation(probe) < OPPOSITE:
        return None
    return Finding(
        value,
        f"translations to {probe.to} look like negatives of their inputs; an identity loss keeps colors "
        "(model.identity=0.5, if the model has it), or start again with another train.seed",
    )


def correlation(probe: Probe) -> float:
    """Of the luminance of input and output, over pixels: the median over images."""
    return (luminance(probe.inputs) * luminance(probe.fakes)).sum(1).median().item()


def relation(probe: Probe) -> float:
    """The mean correlation of real images of the one domain with those of the other."""
    one, other = luminance(probe.inputs), luminance(probe.targets)
    if probe.paired:
        return (one * other).sum(1).mean().item()
    return (one @ other.T).mean().item()
