"""The base of all models: players that take turns in minimizing named losses."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from ..config import Config
from ..data.preparation import Preparation
from ..data.range import BY_TYPE, Range
from ..errors import UserError
from ..registry import Configurable, did_you_mean
from . import saving, summary
from .official_names import OFFICIAL

Batch = Mapping[str, Tensor]  # domain name -> images (N, C, H, W) in [-1, 1]
ROUNDING = 1e-2  # Half precision may put an image so far outside of [-1, 1].
Losses = dict[str, Tensor]  # loss name -> weighted scalar; the players of the turn minimize their sum


class Turn(NamedTuple):
    """A move of the game: `players` (submodules of the model) learn from the sum of `losses`."""

    players: tuple[str, ...]
    losses: Losses


class Translator(Configurable, nn.Module, ABC):
    """An image translator between named domains, and the game that trains it.

    A subclass names its `players` (player = attribute = optimizer = checkpoint file) and those of them that also keep
    an average of their weights for inference (`averaged`), and writes `turns` and `forward`. Sub-networks are keyed by
    role (`a2b`, `a`), never by domain name: any word may be a domain, not every word may be a module.
    """

    players: ClassVar[tuple[str, ...]]
    averaged: ClassVar[tuple[str, ...]] = ()
    domain_count: ClassVar[int | None] = 2  # domains that it translates between; None: any number from 2 on
    stride: int = 1  # Heights and widths inside the networks are multiples of this.
    smallest: int = 1  # the least height and width of images
    smallest_crop: int = 1  # the least height and width of training images, which discriminators see too
    style_dim: int = 0  # numbers in a style code; 0: one answer for each image
    smallest_style: int = 1  # least height and width of images whose style is encoded; smaller ones are padded
    missing_networks: tuple[str, ...] = ()  # sub-networks (`generators.b2a`) that its file lacks
    preparation: Preparation | None = None  # preparation of its training images; None: not known
    ranges: Mapping[str, Range] = {}  # domain -> the stored values of -1 and 1; none: those of each image's type
    provenance: Mapping[str, Any] = {}  # origin of its weights, `step` among it; empty: not known
    sheet: Path | None = None  # a picture of samples that these weights made

    def __init__(self, config: Config, domains: Sequence[str], channels: int | Sequence[int] = 3):
        """`channels` are those of each domain's images, one number for all or one for each; raises `UserError`."""
        super().__init__()
        self.config = config
        self.domains = tuple(domains)
        counts = (channels,) * len(self.domains) if isinstance(channels, int) else tuple(channels)
        needed = self.domain_count or max(len(self.domains), 2)
        if not len(self.domains) == len(set(self.domains)) == needed:
            many, got = "two" if needed == 2 else needed, ", ".join(map(repr, self.domains))
            raise UserError(f"domains: {many} different names are needed, got {got}")
        for name in self.domains:
            if not re.fullmatch(r"\w[\w .+-]*", name):
                raise UserError(f"domains: {name!r} is not a name: use letters, digits, spaces and . + - _")
        if len(counts) != len(self.domains) or min(counts) < 1:
            raise UserError(f"channels: one positive number for each domain is needed, got {list(counts)}")
        self.channels = dict(zip(self.domains, counts, strict=True))
        self.roles = {domain: chr(ord("a") + place) for place, domain in enumerate(self.domains)}

    @property
    def official_names(self) -> Mapping[str, str]:
        """Pairs of a loss and its name in the official code; a loss without one is not among them."""
        return OFFICIAL.get(self.name, {})

    def __repr__(self) -> str:
        return summary.text(self)

    def _repr_html_(self) -> str:
        """Show the same with samples, as notebooks ask for it."""
        return summary.html(self)

    def save(self, path: str | Path, half: bool = False) -> None:
        """Write the model into one safetensors file, which `i2i_zoo.load` and every command take.

        `half` stores float16, half the size. Raises `UserError` for another ending than `.safetensors`, and for weights
        that float16 cannot hold.
        """
        if (path := Path(path).expanduser()).suffix != ".safetensors":
            raise UserError(f"{path}: the name must end in .safetensors")
        saving.export(self, path, self.provenance, half)

    @property
    def directions(self) -> tuple[tuple[str, str], ...]:
        """The pairs (source, target) that it translates: each domain to each other, unless a subclass says fewer."""
        return tuple(permutations(self.domains, 2))

    @property
    def targets(self) -> tuple[str, ...]:
        """The domains that it can translate to."""
        return tuple(domain for domain in self.domains if any(to == domain for _, to in self.directions))

    @property
    def device(self) -> torch.device:
        """The device that the weights are on."""
        return next(self.parameters()).device

    def player(self, name: str) -> nn.Module:
        """Return one of the `players` by its name."""
        return getattr(self, name)

    def parameter_count(self, player: str) -> int:
        """The numbers that a player learns."""
        return sum(weight.numel() for weight in self.player(player).parameters())

    def by_role(self, build: Callable[[int], nn.Module]) -> nn.ModuleDict:
        """A network for each domain, keyed by role; `build` is given the channels of the domain's images."""
        return nn.ModuleDict({role: build(self.channels[domain]) for domain, role in self.roles.items()})

    def build_discriminators(self, common: Config, own: Mapping[str, Config]) -> nn.ModuleDict:
        """A discriminator for each domain, keyed by role: its `own`, by name of the domain, or the common one."""
        for name in own.keys() - set(self.domains):
            hint = did_you_mean(name, self.domains)
            raise UserError(f"model.discriminator_for.{name}: no domain is called so; {hint}")
        return nn.ModuleDict(
            {role: own.get(domain, common).build(self.channels[domain]) for domain, role in self.roles.items()}
        )

    @abstractmethod
    def turns(self, batch: Batch, step: int) -> Iterator[Turn]:
        """Play one iteration: yield each turn, in the order of play; the trainer updates its players in between.

            fake = self.generators["a2b"](batch["horse"])
            yield Turn(("generators",), {"fool_b": fool(disc_b, fake, gan)})
            yield Turn(("discriminators",), {"judge_b": judge(disc_b, batch["zebra"], fake, gan)})

        Never yield inside a `with`: autocast and grad mode must be the caller's at each yield.
        """

    @abstractmethod
    def forward(self, images: Tensor, to: str) -> Tensor:
        """Images (N, C, H, W) of another domain -> (N, C', H, W) of `to`; H and W are multiples of `stride`."""

    def translate(self, images: Tensor, to: str, style: Tensor | None = None) -> Tensor:
        """Images (N, C, H, W) in [-1, 1] of any height and width -> (N, C', H, W) in [-1, 1] of the domain `to`.

        Sizes that are no multiple of the networks' stride are padded by reflection and cropped back. Gradients flow as
        the caller's grad mode says. `style`, for models that have styles, is (style_dim,) for all images or
        (N, style_dim); None: drawn for each image. Raises `UserError` for an unknown domain, a wrong number of
        channels, a style of another shape, and a style where there are none.
        """
        self.require_images(images, self.source(to))
        top, bottom = self.margins(images.shape[-2])
        left, right = self.margins(images.shape[-1])
        padded = reflect(reflect(images, -2, top, bottom), -1, left, right)
        height, width = images.shape[-2:]
        options = {} if style is None else {"style": self.style_for_each(style, len(images))}
        return self(padded, to, **options)[..., top : top + height, left : left + width]

    def sample_style(self, n: int, seed: int | None = None) -> Tensor:
        """n styles (n, style_dim) of the prior N(0, I): for one `seed`, always the first n of the same, on any device.

        Without a `seed`, from torch's global RNG. Raises `UserError` for a model without styles.
        """
        self.require_styles()
        if n < 0 or not 0 <= (seed or 0) < 2**63:
            raise UserError(f"{n} styles of seed {seed}: the number must be 0 or more, the seed from 0 to 2**63 - 1")
        weight = next(self.parameters())
        if seed is None:
            return torch.randn((n, self.style_dim), device=weight.device, dtype=weight.dtype)
        generator, styles = torch.Generator().manual_seed(seed), torch.empty(n, self.style_dim)
        for style in styles:
            style.normal_(generator=generator)
        return styles.to(weight)

    def encode_style(self, images: Tensor, domain: str) -> Tensor:
        """The styles (N, style_dim) of images (N, C, H, W) of `domain`, in [-1, 1], of any height and width.

        Raises `UserError` for an unknown domain and for a model without styles.
        """
        self.require_styles()
        raise NotImplementedError(f"{self.name} cannot tell the style of an image")

    def require_domain(self, domain: str) -> None:
        """Raise `UserError` unless the model knows `domain`."""
        if domain not in self.domains:
            raise UserError(f"no domain is called {domain!r}; {did_you_mean(domain, self.domains)}")

    def require_images(self, images: Tensor, domain: str) -> None:
        """Raise `UserError` unless `images` are (N, C, H, W) with the channels of `domain`."""
        self.require_domain(domain)
        expected = self.channels[domain]
        if images.ndim != 4 or images.shape[1] != expected:
            raise UserError(f"{domain}: images of shape (N, {expected}, H, W) are expected, got {tuple(images.shape)}")

    def require_batch(self, batch: Batch) -> None:
        """Raise `UserError` unless `turns` takes `batch`: as many of each domain, in [-1, 1], of one size that fits."""
        if not isinstance(batch, Mapping) or batch.keys() != set(self.domains):
            got = ", ".join(map(repr, batch)) if isinstance(batch, Mapping) else type(batch).__name__
            raise UserError(f"a batch is a dict of images for each of {', '.join(map(repr, self.domains))}; got {got}")
        for domain, images in batch.items():
            if not isinstance(images, Tensor) or not images.is_floating_point():
                kind = images.dtype if isinstance(images, Tensor) else type(images).__name__
                raise UserError(f"{domain}: a tensor of floats in [-1, 1] is expected, got {kind}")
            self.require_images(images, domain)
            lowest, highest = torch.stack(images.detach().aminmax()).tolist() if images.numel() else (0.0, 0.0)
            if not max(-lowest, highest) <= 1 + ROUNDING:
                raise UserError(f"{domain}: images in [-1, 1] are expected, got values from {lowest:g} to {highest:g}")
        counts = {domain: len(images) for domain, images in batch.items()}
        if len({*counts.values()}) > 1 or 0 in counts.values():
            raise UserError(f"as many images of each domain are needed, one at least; got {counts}")
        sizes = {tuple(images.shape[2:]) for images in batch.values()}
        if len(sizes) > 1 or any(side % self.stride or side < self.smallest_crop for side in max(sizes)):
            needed = f"height and width multiples of {self.stride}, at least {self.smallest_crop}"
            raise UserError(f"images of one size are needed, {needed}; got {sorted(sizes)}")

    def require_styles(self) -> None:
        """Raise `UserError` for a model without styles."""
        if not self.style_dim:
            raise UserError(f"{self.name} has no styles to choose from: it has one answer for each image")

    def style_for_each(self, style: Tensor, count: int) -> Tensor:
        """The styles (count, style_dim) that `translate` takes as (style_dim,) or (count, style_dim); `UserError`."""
        self.require_styles()
        if not isinstance(style, Tensor) or not style.isfinite().all():
            raise UserError(
                "style: a tensor of finite numbers is expected; `i2i_zoo.styles.from_id` makes one of a name"
            )
        if style.shape not in ((self.style_dim,), (count, self.style_dim)):
            expected = f"({self.style_dim},) or ({count}, {self.style_dim})"
            raise UserError(f"style: shape {expected} is expected, got {tuple(style.shape)}")
        return style.expand(count, -1)

    def range_of(self, domain: str) -> Range:
        """The range of stored values of a domain's images."""
        return self.ranges.get(domain, BY_TYPE)

    def source(self, to: str) -> str:
        """The domain that images come from when they are translated `to`; of several, the first.

        Raises `UserError` for an unknown domain, and for one that the model does not translate to.
        """
        self.require_domain(to)
        sources = [source for source, target in self.directions if target == to]
        if not sources:
            known = " and ".join(f"from {source!r} to {target!r}" for source, target in self.directions)
            why = ": the other way is not in its file" if self.missing_networks else ""
            raise UserError(f"this model translates {known} only{why}")
        return sources[0]

    @property
    def only_trained(self) -> tuple[str, ...]:
        """The sub-networks that training alone needs (`discriminators.a`): of all players that keep no average."""
        others = [player for player in self.players if player not in self.averaged]
        return tuple(f"{player}.{name}" for player in others for name, _ in self.player(player).named_children())

    def learned(self, player: str, missing: Sequence[str] | None = None) -> dict[str, Tensor]:
        """The state dict of `player` without `missing` sub-networks; None: the model's `missing_networks`."""
        without = tuple(f"{path}." for path in (self.missing_networks if missing is None else missing))
        state = self.player(player).state_dict()
        return {key: tensor for key, tensor in state.items() if not f"{player}.{key}".startswith(without)}

    def margins(self, size: int) -> tuple[int, int]:
        missing = max(-(-size // self.stride) * self.stride, self.smallest) - size
        return missing // 2, missing - missing // 2


def freeze(model: Translator) -> Translator:
    """Turn off the gradients of all weights until `unfreeze`, for a model that only translates; returns it."""
    model.frozen_weights = [weight for weight in model.parameters() if weight.requires_grad]
    return model.requires_grad_(False)


def unfreeze(model: nn.Module) -> None:
    """Turn on the gradients that `freeze` turned off, if it did."""
    for weight in vars(model).pop("frozen_weights", ()):
        weight.requires_grad_(True)


def reflect(images: Tensor, dim: int, before: int, after: int) -> Tensor:
    """Pad one axis by reflection, as often as it takes (`F.pad` cannot pad by more than the image's own size)."""
    if not before and not after:
        return images
    size = images.shape[dim]
    position = torch.arange(-before, size + after, device=images.device)
    period = max(2 * (size - 1), 1)
    mirrored = (size - 1) - ((position % period) - (size - 1)).abs() if size > 1 else position * 0
    return images.index_select(dim, mirrored)


def weigh(**terms: tuple[float, Callable[[], Tensor]]) -> Losses:
    """Name -> weight x term. A term of weight 0 is not computed, so it costs nothing."""
    return {name: weight * term() for name, (weight, term) in terms.items() if weight}
