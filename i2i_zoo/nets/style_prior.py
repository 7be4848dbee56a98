"""The styles that a MUNIT draws: those of N(0, I), as published, or partly those that the training images have."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from .. import config
from ..distributed import randn
from .known_styles import KnownStyles
from .style_autoencoder import StyleAutoencoder

ROLES = ("a", "b")


class Prior(config.Config):
    """The styles that are drawn, and losses of styles. The paper has none of it."""

    known: config.Share = 0.0
    """Share of the drawn styles that have the mean and covariance of the training images' styles, not those of N(0, I).
    Above 0, the codes of `sample_style`, `encode_style`, `translate` and the command line are standardized: N(0, I)
    stands for the styles of the training images."""
    kl: config.Weight = 0.0
    """Weight of the divergence of the training images' styles from N(0, I), per number of a code."""
    mode_seeking: config.Weight = 0.0
    """Weight of the terms against styles that look alike (Mao et al. 2019, eq. 3)."""


class StylePrior:
    """The prior of both domains' styles. `networks` hold their distribution, for the state of a player; none where
    the prior is N(0, I)."""

    def __init__(self, config: Prior, dim: int):
        self.config, self.dim = config, dim
        follows = config.known or config.kl
        self.networks = {"known": nn.ModuleDict({role: KnownStyles(dim) for role in ROLES})} if follows else {}

    def draw(self, own_a: Tensor, own_b: Tensor, step: int) -> Sequence[Tensor]:
        """Styles (draws, N, dim) of each domain, for N images, in training step `step`, whose images have the styles
        `own_a` and `own_b` (N, dim); two draws where modes are sought, else one.

        Drawn sample by sample, so that micro-batches and processes draw what their batch would.
        """
        for role, own in zip(ROLES, (own_a, own_b), strict=True) if self.networks else ():
            self._of(role).see(own, step)
        share = self.config.known
        draws, dice = 1 + bool(self.config.mode_seeking), 1 + bool(share)
        noise = randn((len(own_a), 2, draws, dice, self.dim), like=own_a).movedim(0, 2)
        if not share:
            return noise.squeeze(3)
        return [self._of(role).draw(own, share) for role, own in zip(ROLES, noise, strict=True)]

    def kl(self, role: str, styles: Tensor) -> Tensor:
        """The divergence of a domain's styles (N, dim) from N(0, I), per number."""
        return self._of(role).kl(styles)

    def style(self, role: str, codes: Tensor) -> Tensor:
        """The styles (N, dim) that the codes stand for; the same where none are known."""
        return self._of(role).style(codes) if self.config.known else codes

    def code(self, role: str, styles: Tensor) -> Tensor:
        """The codes (N, dim) that stand for the styles: the inverse of `style`."""
        return self._of(role).code(styles) if self.config.known else styles

    def folded(self, role: str, net: StyleAutoencoder) -> StyleAutoencoder:
        """A network that does with codes what the domain's own `net` does with the styles that they stand for."""
        return self._of(role).folded(net) if self.config.known else net

    def _of(self, role: str) -> KnownStyles:
        known = self.networks["known"][role]
        assert isinstance(known, KnownStyles)
        return known
