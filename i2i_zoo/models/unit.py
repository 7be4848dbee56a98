"""UNIT: Unsupervised Image-to-Image Translation Networks (Liu et al. 2017), as published and as in its later code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import Tensor
from torch.nn.functional import l1_loss

from .. import config
from ..distributed import randn
from ..errors import UserError
from ..losses.adversarial import Gan, fool, judge
from ..losses.color_distance import ColorDistance
from ..losses.perceptual import Perceptual, PerceptualLoss
from ..nets.autoencoder import Autoencoder
from ..nets.choices import CodeGenerator, Discriminator
from ..nets.multiscale import Multiscale
from ..nets.one_batch import in_one_batch
from ..registry import models
from .base import Batch, Translator, Turn, weigh


@models.register("unit")
class UNIT(Translator):
    """A variational autoencoder for each domain, with one space of codes for both: a translation is encoded by one
    and decoded by the other. A code is the mean of a normal distribution of unit variance."""

    class Config(config.Config):
        generator: CodeGenerator = Autoencoder.Config()
        """The autoencoder of each domain."""
        shared_blocks: config.Blocks = 0
        """Residual blocks that the domains share: the last ones of the encoders, the first ones of the decoders. The
        paper's shared latent space is 1 (section 3, eq. 2); the later code has 0."""
        discriminator: Discriminator = Multiscale.Config()
        """The network that tells real from fake; each domain has its own weights."""
        discriminator_for: dict[str, Discriminator] = {}
        """Domain name -> its own `discriminator` table, in place of the common one."""
        gan: Gan = Gan()
        """The adversarial objective."""
        adversarial: config.Weight = 1.0
        """Weight of the adversarial terms, lambda_0 (eq. 5)."""
        image: config.Weight = 10.0
        """Weight of the reconstruction of images from their own codes, lambda_2 (eq. 3)."""
        kl: config.Weight = 0.01
        """Weight of the divergence of codes from N(0, I), lambda_1 (eq. 3), as the mean of the squared code."""
        cycle: config.Weight = 10.0
        """Weight of the reconstruction of images from their translations, lambda_4 (eq. 6)."""
        cycle_kl: config.Weight = 0.01
        """Weight of the divergence of the translations' codes, lambda_3 (eq. 6)."""
        colors: config.Weight = 0.0
        """Weight of the distance of the colors of translations from those of real images, as distributions."""
        perceptual: Perceptual = Perceptual()
        """MUNIT's perceptual terms, which the later code has too."""

    players = ("discriminators", "generators")
    averaged = ("generators",)

    def __init__(self, config: Config, domains: Sequence[str], channels: int | Sequence[int] = 3):
        super().__init__(config, domains, channels)
        c = config
        if not any((c.adversarial, c.image, c.kl, c.cycle, c.cycle_kl, c.colors, c.perceptual.weight)):
            raise UserError("model: every loss has weight 0, so there is nothing to learn")
        self.generators = self.by_role(config.generator.build)
        self.discriminators = self.build_discriminators(config.discriminator, config.discriminator_for)
        self.perceptual = PerceptualLoss(config.perceptual, self.channels)
        self.colors = self.by_role(lambda channels: ColorDistance())
        one, other = self.generators.values()
        one.share(other, config.shared_blocks)
        self.stride, self.smallest, discs = one.stride, one.smallest, self.discriminators.values()
        self.smallest_crop = max(one.smallest, *(disc.smallest for disc in discs), self.perceptual.smallest)

    def turns(self, batch: Batch, step: int) -> Iterator[Turn]:
        """Play the discriminators first, then the generators on the same fakes, which do not change in between."""
        c = self.config
        a, b = (batch[name] for name in self.domains)
        gen_a, gen_b = self.generators["a"], self.generators["b"]
        disc_a, disc_b = self.discriminators["a"], self.discriminators["b"]

        # Section 3, eq. 3: encode, add noise, decode in both domains.
        code_a, code_b = gen_a.encode(a), gen_b.encode(b)
        noisy_a, noisy_b = self.with_noise(code_a, code_b)
        fake_a, recon_a = in_one_batch(gen_a.decode, noisy_b, noisy_a if c.image else None)
        fake_b, recon_b = in_one_batch(gen_b.decode, noisy_a, noisy_b if c.image else None)

        # Section 3, eq. 5: the discriminators judge.
        if c.adversarial:
            losses = {
                "judge_a": c.adversarial * judge(disc_a, a, fake_a, c.gan),
                "judge_b": c.adversarial * judge(disc_b, b, fake_b, c.gan),
            }
            yield Turn(("discriminators",), losses)

        # Section 3, eq. 3, 5 and 6: the generators reconstruct, fool the discriminators and close the cycles.
        cycle_code_b, cycle_code_a = gen_a.encode(fake_a), gen_b.encode(fake_b)
        cycle_noisy_a, cycle_noisy_b = self.with_noise(cycle_code_a, cycle_code_b)
        yield Turn(
            ("generators",),
            weigh(
                fool_a=(c.adversarial, lambda: fool(disc_a, fake_a, c.gan)),
                fool_b=(c.adversarial, lambda: fool(disc_b, fake_b, c.gan)),
                image_a=(c.image, lambda: l1_loss(recon_a, a)),
                image_b=(c.image, lambda: l1_loss(recon_b, b)),
                kl_a=(c.kl, lambda: code_a.square().mean()),
                kl_b=(c.kl, lambda: code_b.square().mean()),
                cycle_a=(c.cycle, lambda: l1_loss(gen_a.decode(cycle_noisy_a), a)),
                cycle_b=(c.cycle, lambda: l1_loss(gen_b.decode(cycle_noisy_b), b)),
                cycle_kl_a=(c.cycle_kl, lambda: cycle_code_a.square().mean()),
                cycle_kl_b=(c.cycle_kl, lambda: cycle_code_b.square().mean()),
                colors_a=(c.colors, lambda: self.colors["a"](fake_a, a)),
                colors_b=(c.colors, lambda: self.colors["b"](fake_b, b)),
                perceptual_a=(c.perceptual.weight, lambda: self.perceptual(fake_a, b)),
                perceptual_b=(c.perceptual.weight, lambda: self.perceptual(fake_b, a)),
            ),
        )

    def with_noise(self, one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
        """Add noise of unit variance to two codes (N, C, h, w) of one shape, while training.

        The noise is drawn sample by sample, so that micro-batches and processes draw what their batch would.
        """
        if not self.training:
            return one, other
        noise = randn((len(one), 2, *one.shape[1:]), like=one)
        return one + noise[:, 0], other + noise[:, 1]

    def forward(self, images: Tensor, to: str) -> Tensor:
        """Translate without noise, in training mode too."""
        code = self.generators[self.roles[self.source(to)]].encode(images)
        return self.generators[self.roles[to]].decode(code)
