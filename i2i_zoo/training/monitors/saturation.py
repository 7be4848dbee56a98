"""Monitors of discriminators that have won."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import torch
from torch import Tensor, nn

from ...losses.adversarial import OBJECTIVES, Objective
from .probe import Finding, Probe

WON = 0.05


def saturated_discriminator(probe: Probe) -> Finding | None:
    """A discriminator's loss is below 5 % of that of one that cannot tell real from fake.

    Then it has next to nothing to learn, and is so flat around the fakes that the generator learns nothing from it
    (Arjovsky & Bottou 2017, section 2). The loss is computed anew from the logits of test images, as a mean over
    scales, so that neither weights nor the number of scales matter. 5 % is an error of 0.11 in each logit for LSGAN, a
    probability of 0.97 for cross-entropy; sound runs on shoes have 43 to 110 %, of all three models. A Wasserstein
    critic cannot saturate: no blind guess has a loss to compare with. Discriminators are
    `model.discriminators[role]`, their objective is `model.config.gan.objective`; a model without these is never
    warned about.
    """
    value = share(probe)
    if not value < WON:
        return None
    return Finding(
        value,
        f"the discriminator tells every fake {probe.to} from real ones with certainty, so the generator learns little "
        "from it; start again with a penalty on it (model.gan.r1=1.0) or a smaller rate "
        "(train.optimizer_for.discriminators={lr=5e-5})",
    )


def share(probe: Probe) -> float:
    """The discriminator's loss relative to that of the best guess without looking; NaN where that means nothing."""
    discs = getattr(probe.model, "discriminators", {})
    role, gan = probe.model.roles[probe.to], getattr(probe.model.config, "gan", None)
    objective = OBJECTIVES.get(getattr(gan, "objective", ""))
    if objective is None or not isinstance(discs, nn.ModuleDict) or role not in discs:
        return float("nan")
    blind = _blind(objective)
    real, fake = (_logits(discs[role], images) for images in (probe.targets, probe.fakes))
    losses = [(objective.real(r).mean() + objective.fake(f).mean()).item() for r, f in zip(real, fake, strict=True)]
    return fmean(losses) / blind if blind > 0 else float("nan")


def _logits(disc: nn.Module, images: Sequence[Tensor]) -> list[Tensor]:
    """Return the logits of each scale over all images, (n,)."""
    answers = [disc(image) for image in images]
    return [torch.cat([logits.float().flatten() for logits in scale]) for scale in zip(*answers, strict=True)]


def _blind(objective: Objective) -> float:
    """The least loss of one constant answer: LSGAN 0.5, cross-entropy 2 ln 2, hinge 2, Wasserstein 0."""
    constants = torch.linspace(-1, 1, 201)
    return (objective.real(constants) + objective.fake(constants)).min().item()
