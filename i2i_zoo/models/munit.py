"""MUNIT: Multimodal Unsupervised Image-to-Image Translation (Huang et al. 2018)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import Tensor
from torch.nn.functional import l1_loss

from .. import config
from ..errors import UserError
from ..losses.adversarial import Gan, fool, judge
from ..losses.mode_seeking import mode_seeking_loss
from ..losses.perceptual import Perceptual, PerceptualLoss
from ..nets.choices import Discriminator, StyleGenerator
from ..nets.multiscale import Multiscale
from ..nets.one_batch import in_one_batch
from ..nets.style_autoencoder import StyleAutoencoder
from ..nets.style_prior import Prior, StylePrior
from ..registry import models
from .base import Batch, Translator, Turn, reflect, weigh


@models.register("munit")
class MUNIT(Translator):
    """An autoencoder for each domain, whose codes are a content that the domains share and a style that is the
    domain's own; a translation keeps the content and takes any style of the prior N(0, I)."""

    class Config(config.Config):
        generator: StyleGenerator = StyleAutoencoder.Config()
        """The autoencoder of each domain."""
        style_dim: config.Width = 8
        """Numbers in a style code."""
        discriminator: Discriminator = Multiscale.Config()
        """The network that tells real from fake; each domain has its own weights."""
        discriminator_for: dict[str, Discriminator] = {}
        """Domain name -> its own `discriminator` table, in place of the common one."""
        gan: Gan = Gan()
        """The adversarial objective."""
        adversarial: config.Weight = 1.0
        """Weight of the adversarial terms (eq. 4)."""
        image: config.Weight = 10.0
        """Weight of the reconstruction of images from their own codes, lambda_x (eq. 1)."""
        content: config.Weight = 1.0
        """Weight of the reconstruction of contents from translations, lambda_c (eq. 2)."""
        style: config.Weight = 1.0
        """Weight of the reconstruction of the drawn styles from translations, lambda_s (eq. 3)."""
        cycle: config.Weight = 0.0
        """Weight of the style-augmented cycle terms (section 5.1); 10 where domains are aligned pixel by pixel."""
        perceptual: Perceptual = Perceptual()
        """The perceptual terms (appendix)."""
        prior: Prior = Prior()
        """The styles that are drawn, and what is asked of them; N(0, I) and nothing by default, as published."""

    players = ("discriminators", "generators")
    averaged = ("generators",)

    def __init__(self, config: Config, domains: Sequence[str], channels: int | Sequence[int] = 3):
        super().__init__(config, domains, channels)
        c = config
        weights = (c.adversarial, c.image, c.content, c.style, c.cycle, c.perceptual.weight)
        if not any((*weights, c.prior.kl, c.prior.mode_seeking)):
            raise UserError("model: every loss has weight 0, so there is nothing to learn")
        self.style_dim = config.style_dim
        self.generators = self.by_role(lambda c: config.generator.build(c, config.style_dim))
        self.prior = StylePrior(config.prior, config.style_dim)
        self.generators.update(self.prior.networks)
        self.discriminators = self.build_discriminators(config.discriminator, config.discriminator_for)
        self.perceptual = PerceptualLoss(config.perceptual, self.channels)
        one, smallest = self.generators["a"], [disc.smallest for disc in self.discriminators.values()]
        self.stride, self.smallest, self.smallest_style = one.stride, one.smallest, one.smallest_style
        self.smallest_crop = max(one.smallest, one.smallest_style, *smallest, self.perceptual.smallest)

    def turns(self, batch: Batch, step: int) -> Iterator[Turn]:
        """Play the discriminators first, then the generators on the same fakes, which do not change in between."""
        c, seek = self.config, self.config.prior.mode_seeking
        a, b = (batch[name] for name in self.domains)
        gen_a, gen_b = self.generators["a"], self.generators["b"]
        disc_a, disc_b = self.discriminators["a"], self.discriminators["b"]

        # Section 3.2: encode, and decode with the own style (eq. 1) and with one of the prior.
        (content_a, own_a), (content_b, own_b) = gen_a.encode(a), gen_b.encode(b)
        (style_a, *other_a), (style_b, *other_b) = self.prior.draw(own_a, own_b, step)
        fake_a, recon_a = in_one_batch(gen_a.decode, (content_b, style_a), (content_a, own_a) if c.image else None)
        fake_b, recon_b = in_one_batch(gen_b.decode, (content_a, style_b), (content_b, own_b) if c.image else None)

        # Section 3.2, eq. 4: the discriminators judge.
        if c.adversarial:
            losses = {
                "judge_a": c.adversarial * judge(disc_a, a, fake_a, c.gan),
                "judge_b": c.adversarial * judge(disc_b, b, fake_b, c.gan),
            }
            yield Turn(("discriminators",), losses)

        # Section 3.2, eq. 1 to 5: the generators fool the discriminators and reconstruct images, contents and styles.
        (recon_content_b, recon_style_a), (recon_content_a, recon_style_b) = gen_a.encode(fake_a), gen_b.encode(fake_b)
        yield Turn(
            ("generators",),
            weigh(
                fool_a=(c.adversarial, lambda: fool(disc_a, fake_a, c.gan)),
                fool_b=(c.adversarial, lambda: fool(disc_b, fake_b, c.gan)),
                image_a=(c.image, lambda: l1_loss(recon_a, a)),
                image_b=(c.image, lambda: l1_loss(recon_b, b)),
                content_a=(c.content, lambda: l1_loss(recon_content_a, content_a)),
                content_b=(c.content, lambda: l1_loss(recon_content_b, content_b)),
                style_a=(c.style, lambda: l1_loss(recon_style_a, style_a)),
                style_b=(c.style, lambda: l1_loss(recon_style_b, style_b)),
                cycle_a=(c.cycle, lambda: l1_loss(gen_a.decode(recon_content_a, own_a), a)),
                cycle_b=(c.cycle, lambda: l1_loss(gen_b.decode(recon_content_b, own_b), b)),
                kl_a=(c.prior.kl, lambda: self.prior.kl("a", own_a)),
                kl_b=(c.prior.kl, lambda: self.prior.kl("b", own_b)),
                alike_a=(seek, lambda: mode_seeking_loss(fake_a, gen_a.decode(content_b, *other_a), style_a, *other_a)),
                alike_b=(seek, lambda: mode_seeking_loss(fake_b, gen_b.decode(content_a, *other_b), style_b, *other_b)),
                perceptual_a=(c.perceptual.weight, lambda: self.perceptual(fake_a, b)),
                perceptual_b=(c.perceptual.weight, lambda: self.perceptual(fake_b, a)),
            ),
        )

    def forward(self, images: Tensor, to: str, style: Tensor | None = None) -> Tensor:
        """Translate in a `style` (N, style_dim), or in one drawn for each image from torch's global RNG."""
        style = self.sample_style(len(images)) if style is None else style
        content = self.generators[self.roles[self.source(to)]].content(images)
        return self.generators[self.roles[to]].decode(content, self.prior.style(self.roles[to], style.to(content)))

    def encode_style(self, images: Tensor, domain: str) -> Tensor:
        self.require_images(images, domain)
        encoder = self.generators[self.roles[domain]]
        for dim in (-2, -1):
            images = reflect(images, dim, 0, max(self.smallest_style - images.shape[dim], 0))
        return self.prior.code(self.roles[domain], encoder.style(images))
