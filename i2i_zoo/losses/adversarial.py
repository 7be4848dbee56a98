"""Generators fool, discriminators judge: the objectives of adversarial training and their gradient penalties."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, NamedTuple

import torch
from einops import reduce
from torch import Tensor, nn
from torch.nn import functional as F

from ..config import Config, Weight
from ..distributed import rand
from ..nets.layers import full_precision
from ..nets.one_batch import in_one_batch
from .augment import Augment, augmented

Term = Callable[[Tensor], Tensor]


class Gan(Config):
    """The adversarial objective: the loss that a discriminator's logits give."""

    objective: Literal["lsgan", "vanilla", "nonsaturating", "hinge", "wgan-gp"] = "lsgan"
    """The adversarial loss; "vanilla" (cross-entropy, labels flipped for the generator) equals "nonsaturating"."""
    r1: Weight = 0.0
    """gamma of R1: gamma / 2 times the squared gradient at real images (Mescheder et al. 2018)."""
    gradient_penalty: Weight = 10.0
    """lambda of the gradient penalty, which only "wgan-gp" has (Gulrajani et al. 2017)."""
    augment: Augment = Augment()
    """Random changes of all images that discriminators see, real and fake."""


class Objective(NamedTuple):
    """Functions of the logits: D minimizes `real` of real images and `fake` of fakes, G minimizes `fool` of fakes."""

    real: Term
    fake: Term
    fool: Term


_cross_entropy = Objective(real=lambda d: F.softplus(-d), fake=F.softplus, fool=lambda d: F.softplus(-d))

OBJECTIVES = {
    "lsgan": Objective(real=lambda d: (d - 1) ** 2, fake=lambda d: d**2, fool=lambda d: (d - 1) ** 2),  # Mao 2017
    "vanilla": _cross_entropy,  # Goodfellow 2014, section 3: maximize log D(G(z)); -log sigmoid(d) = softplus(-d)
    "nonsaturating": _cross_entropy,
    "hinge": Objective(real=lambda d: F.relu(1 - d), fake=lambda d: F.relu(1 + d), fool=lambda d: -d),  # Lim & Ye 2017
    "wgan-gp": Objective(real=lambda d: -d, fake=lambda d: d, fool=lambda d: -d),
}


def fool(disc: nn.Module, fake: Tensor, gan: Gan) -> Tensor:
    """The generator's loss: a scalar, the mean over each scale's logits, summed over scales by their shares.

    `fake` (N, C, H, W) receives gradients, the parameters of `disc` receive none.
    """
    with frozen(disc):
        logits = disc(augmented(fake, gan.augment))
    return _total(OBJECTIVES[gan.objective].fool, logits, disc)


def judge(disc: nn.Module, real: Tensor, fake: Tensor, gan: Gan) -> Tensor:
    """The discriminator's loss: a scalar, real term + fake term (not halved) + penalties.

    Each term is the mean over a scale's logits, summed over scales by their shares. `real` and `fake` (N, C, H, W)
    receive no gradients.
    """
    real, fake = (augmented(images.detach(), gan.augment) for images in (real, fake))
    objective, (of_real, of_fake) = OBJECTIVES[gan.objective], in_one_batch(disc, real, fake)
    loss = _total(objective.real, of_real, disc) + _total(objective.fake, of_fake, disc)
    if gan.r1:
        loss = loss + gan.r1 / 2 * _slope(disc, real).mean()
    if gan.objective == "wgan-gp" and gan.gradient_penalty:
        mix = rand((len(real), 1, 1, 1), like=real)
        slope = _slope(disc, torch.lerp(fake, real, mix))
        loss = loss + gan.gradient_penalty * (((slope + 1e-12).sqrt() - 1) ** 2).mean()  # eps avoids the root of 0
    return loss


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Turn off the gradients of all parameters of `module` in the `with`."""
    learning = [parameter for parameter in module.parameters() if parameter.requires_grad]
    for parameter in learning:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learning:
            parameter.requires_grad_(True)


def _total(term: Term, logits: list[Tensor], disc: nn.Module) -> Tensor:
    return _weighted([term(full_precision(scale)).mean() for scale in logits], disc)


def _weighted(terms: list[Tensor], disc: nn.Module) -> Tensor:
    """The sum over scales, each with its share: the attribute `shares` of a discriminator, else 1."""
    shares = getattr(disc, "shares", [1.0] * len(terms))
    return torch.stack([share * term for share, term in zip(shares, terms, strict=True)]).sum()


def _slope(disc: nn.Module, images: Tensor) -> Tensor:
    """Compute |dD/dx|^2 of every image (N,), where D sums all logits of x by their shares.

    It is differentiated again, so it is never in bf16.
    """
    with torch.autocast(images.device.type, enabled=False):
        images = full_precision(images).detach().requires_grad_()
        value = _weighted([full_precision(scale).sum() for scale in disc(images)], disc)
        (gradient,) = torch.autograd.grad(value, images, create_graph=True)
    return reduce(gradient**2, "n c h w -> n", "sum")
