"""CycleGAN: Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks (Zhu et al. 2017)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import NonNegativeInt
from torch import Tensor, nn
from torch.nn.functional import l1_loss

from .. import config
from ..errors import UserError
from ..losses.adversarial import Gan, fool, judge
from ..losses.color_distance import ColorDistance
from ..nets.choices import Discriminator, Generator
from ..nets.one_batch import in_one_batch
from ..nets.patchgan import PatchGAN
from ..nets.resnet import Resnet
from ..registry import models
from .base import Batch, Translator, Turn, weigh
from .pool import ImagePool


@models.register("cyclegan")
class CycleGAN(Translator):
    """Two generators, a -> b and b -> a, that undo each other; a discriminator in each domain judges the fakes."""

    class Config(config.Config):
        generator: Generator = Resnet.Config()
        """The network of both directions; each direction has its own weights."""
        discriminator: Discriminator = PatchGAN.Config()
        """The network that tells real from fake; each domain has its own weights."""
        discriminator_for: dict[str, Discriminator] = {}
        """Domain name -> its own `discriminator` table, in place of the common one."""
        gan: Gan = Gan()
        """The adversarial objective."""
        adversarial: config.Weight = 1.0
        """Weight of the two adversarial terms (eq. 1)."""
        cycle: config.Weight = 10.0
        """Weight of the cycle terms, lambda (eq. 2 and 3)."""
        forward: config.Weight = 1.0
        """Share of the forward cycle a -> b -> a in `cycle`: lambda_A of the official code; 0 switches it off."""
        backward: config.Weight = 1.0
        """Share of the backward cycle b -> a -> b in `cycle`: lambda_B of the official code; 0 switches it off."""
        identity: config.Weight = 0.0
        """Weight of the identity terms (section 5.2), each relative to the cycle that begins with the same images,
        as in the official code; the paper uses 0.5 for painting -> photo."""
        colors: config.Weight = 0.0
        """Weight of the distance of the colors of translations from those of real images, as distributions."""
        pool: NonNegativeInt = 50
        """Number of earlier fakes of each domain that the discriminators are shown again; 0: none."""

    players = ("generators", "discriminators")
    averaged = ("generators",)

    def __init__(self, config: Config, domains: Sequence[str], channels: int | Sequence[int] = 3):
        super().__init__(config, domains, channels)
        a, b = self.channels.values()
        if config.cycle * config.identity and a != b:
            raise UserError(f"model.identity: {a} and {b} channels cannot be compared; set model.identity=0")
        if not any((config.adversarial, config.colors, config.cycle * (config.forward + config.backward))):
            raise UserError("model: every loss has weight 0, so there is nothing to learn")
        generator = config.generator
        self.generators = nn.ModuleDict({"a2b": generator.build(a, b), "b2a": generator.build(b, a)})
        self.discriminators = self.build_discriminators(config.discriminator, config.discriminator_for)
        self.pools = nn.ModuleDict({"a": ImagePool(config.pool), "b": ImagePool(config.pool)})
        self.colors = nn.ModuleDict({"a": ColorDistance(), "b": ColorDistance()})
        self.stride, self.smallest = self.generators["a2b"].stride, self.generators["a2b"].smallest
        self.smallest_crop = max(self.smallest, *(disc.smallest for disc in self.discriminators.values()))

    @property
    def directions(self) -> tuple[tuple[str, str], ...]:
        """The two directions, or the one whose generator the file of the weights held."""
        roles = zip(super().directions, self.generators, strict=True)
        return tuple(direction for direction, role in roles if f"generators.{role}" not in self.missing_networks)

    def turns(self, batch: Batch, step: int) -> Iterator[Turn]:
        """Play the generators first, then the discriminators on pooled fakes (section 4 and appendix 7.1)."""
        c = self.config
        a, b = (batch[name] for name in self.domains)
        a2b, b2a = self.generators["a2b"], self.generators["b2a"]
        disc_a, disc_b = self.discriminators["a"], self.discriminators["b"]

        # Section 3.2, eq. 2: translate and come back. Section 5.2: translate images that need no change.
        cycle_a, cycle_b = c.cycle * c.forward, c.cycle * c.backward
        seen = c.adversarial or c.colors
        fake_b, identity_b = in_one_batch(a2b, a if seen or cycle_a else None, b if cycle_b * c.identity else None)
        cycled_a = b2a(fake_b) if cycle_a else None  # Computed here, its memory is free again sooner.
        fake_a, identity_a = in_one_batch(b2a, b if seen or cycle_b else None, a if cycle_a * c.identity else None)
        cycled_b = a2b(fake_a) if cycle_b else None

        # Section 3.3, eq. 3: the generators fool the discriminators (eq. 1) and close the cycles.
        yield Turn(
            ("generators",),
            weigh(
                fool_b=(c.adversarial, lambda: fool(disc_b, fake_b, c.gan)),
                fool_a=(c.adversarial, lambda: fool(disc_a, fake_a, c.gan)),
                cycle_a=(cycle_a, lambda: l1_loss(cycled_a, a)),
                cycle_b=(cycle_b, lambda: l1_loss(cycled_b, b)),
                identity_a=(cycle_a * c.identity, lambda: l1_loss(identity_a, a)),
                identity_b=(cycle_b * c.identity, lambda: l1_loss(identity_b, b)),
                colors_b=(c.colors, lambda: self.colors["b"](fake_b, b)),
                colors_a=(c.colors, lambda: self.colors["a"](fake_a, a)),
            ),
        )

        # Section 4, eq. 1: the discriminators judge pooled fakes; half the objective slows them down (appendix 7.1).
        if c.adversarial:
            pooled_b, pooled_a = self.pools["b"](fake_b), self.pools["a"](fake_a)
            yield Turn(
                ("discriminators",),
                weigh(
                    judge_b=(0.5, lambda: judge(disc_b, b, pooled_b, c.gan)),
                    judge_a=(0.5, lambda: judge(disc_a, a, pooled_a, c.gan)),
                ),
            )

    def forward(self, images: Tensor, to: str) -> Tensor:
        return self.generators["a2b" if to == self.domains[1] else "b2a"](images)
