"""The monitor of translations that are their inputs."""

from __future__ import annotations

import torch

from .probe import Finding, Probe, grey

COPIED = 0.1


def translates_nothing(probe: Probe) -> Finding | None:
    """Translations differ from their inputs by less than a tenth of the way to a real image of the domain.

    The generator has learned to copy: that satisfies the cycle and the identity, and the discriminator, which alone
    asks for a change, is too weak beside them. Measured, of sound runs: edges and shoes 1.1 and 1.3, emoji, flat and
    three-dimensional, which have the same colors, 0.4.
    """
    value = change(probe)
    if not value < COPIED:
        return None
    return Finding(
        value,
        f"translations to {probe.to} are hardly more than their inputs; start again with more weight on the "
        "discriminator (a larger model.adversarial) or less on what holds the input (a smaller model.cycle, "
        "model.identity=0.0, if the model has it)",
    )


def change(probe: Probe) -> float:
    """The RMS difference of a fake from its input relative to that of the real image: of its pair, else of the nearest.

    The mean over images; NaN where a real image equals the input. Compared are means over channels.
    """
    inputs, fakes, targets = (grey(images) for images in (probe.inputs, probe.fakes, probe.targets))
    far = (inputs - targets).norm(dim=1) if probe.paired else torch.cdist(inputs, targets).amin(1)
    ratio = (fakes - inputs).norm(dim=1) / far
    return ratio.mean().item() if far.min() > 0 else float("nan")
