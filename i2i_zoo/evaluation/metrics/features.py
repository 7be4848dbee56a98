"""Features of images that distributions are compared by, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from pydantic import PositiveInt
from torch import Tensor, nn
from torch.nn.functional import interpolate

from ... import config
from ...config import Pixels
from ...data.images.files import from_unit
from ..base import Metric, NotApplicable, Score
from ..direction import Direction, Targets, Translations
from .inception import Inception, load_inception
from .kept_features import KeptFeatures
from .pixels import as_rgb

SIDE = 128  # pixels that a backbone of timm looks at, unless a recipe says another number


class FeatureMetric(Metric):
    """Base of metrics that compare the features of translations with those of real images of the same domain.

    Images become 8 bits deep, as in a file, and are resized by an antialiased bicubic filter without rounding, as
    clean-fid does (Parmar et al. 2022). The features are as the backbone gives them, neither centered nor scaled.
    """

    class Config(config.Config):
        backbone: str = "tf_efficientnet_lite2"
        """The network of the features, which scores are called after: any name of timm, or `inception`, that of FID.
        A backbone that the model's discriminators look through is refused: it would judge its own pupil."""
        pixels: Pixels | None = None
        """Side that images are resized to; left out: 128, and for `inception` its own 299."""
        styles: PositiveInt = 1
        """Styles of each input whose translations are pooled, for models with styles."""

        @property
        def side(self) -> int:
            return self.pixels or (Inception.side if self.backbone == "inception" else SIDE)

        @property
        def title(self) -> str:
            """The name that scores are called after: `Lite2`, `Inception`; with an unusual size, `Lite2@224`."""
            known = self.model_copy(update={"pixels": None})
            name = self.backbone.partition(".")[0].removeprefix("tf_").removeprefix("efficientnet_")
            name = name.capitalize() if name.startswith(("lite", "inception")) else self.backbone
            return name if self.side == known.side else f"{name}@{self.side}"

    @classmethod
    def titles(cls, config: Config) -> Mapping[str, Score]:
        return {key: score._replace(title=f"{score.title}-{config.title}") for key, score in cls.scores.items()}

    def __init__(self, config: Config, direction: Direction):
        super().__init__(config, direction)
        if direction.channels not in (1, 3):
            raise NotApplicable(f"{self.name}: needs grey or RGB images, not {direction.channels} channels")
        name = config.backbone
        if name.partition(".")[0] in direction.critics:
            raise NotApplicable(
                f"{self.name}: the model's discriminators look through {name!r} themselves; "
                f"name another network in evaluate.knobs.{self.name}.backbone"
            )
        self.styles = config.styles if direction.has_styles else 1
        self.net = direction.network(name, lambda: load_inception() if name == "inception" else Backbone(name))
        self.kept = KeptFeatures.of(self.net, name, config.side)

    def see_target(self, batch: Targets) -> None:
        self.keep("real", batch.numbers, self._features(batch, batch.images, self.direction.targets))

    def see(self, batch: Translations) -> None:
        everyone = list(range(len(batch.numbers)))
        fakes = batch.restyled(everyone, self.styles) if self.styles > 1 else [batch.fake]
        for style, images in enumerate(fakes):
            numbers = [number * self.styles + style for number in batch.numbers]
            self.keep("fake", numbers, self._features(batch, images, self.direction.real_answers, style))

    def features(self) -> tuple[Tensor, Tensor]:
        """The features (N, D) of all real images, and (M, D) of all translations, all styles of one input in a row;
        float64."""
        counts = {"real": len(self.direction.targets), "fake": len(self.direction.inputs) * self.styles}
        real, fake = (self.table(kind, count).double() for kind, count in counts.items())
        if self.direction.processes.count == 1:  # One process of several has seen only its share.
            for kept in filter(None, (self.direction.targets, self.direction.real_answers)):
                self.kept.save(kept)
        return real, fake

    def details(self) -> dict[str, Any]:
        facts = {"backbone": self.config.backbone, "pixels": self.config.side, "styles": self.styles}
        facts |= {"resize": "bicubic, antialiased, 8 bits in"}
        return facts | ({} if self.config.title == "Inception" else {"standard": False})

    def _features(
        self, batch: Targets | Translations, images: Tensor, kept: Sequence[Tensor] | None, style: int = 0
    ) -> Tensor:
        """Features of a batch's images, computed once for all metrics with the same backbone.

        Those of the set `kept`, if it is one of real images, are looked up before.
        """
        key = ("features", self.config.backbone, self.config.side, self.styles, style)
        if key not in batch.shared:
            compute = lambda some: self.net(clean_resize(as_rgb(some), self.config.side)).float()  # noqa: E731
            batch.shared[key] = compute(images) if kept is None else self.kept.get(images, kept, compute)
        return batch.shared[key]


class Backbone(nn.Module):
    """Images (N, 3, side, side) of values 0..255 -> features (N, D) of timm's model `name`, before its classifier."""

    def __init__(self, name: str):
        super().__init__()
        from ...hub.pretrained import create, rescaling

        self.net = create(name, num_classes=0)
        scale, shift = rescaling(self.net)
        self.register_buffer("scale", scale)
        self.register_buffer("shift", shift)

    def forward(self, images: Tensor) -> Tensor:
        return self.net((images / 127.5 - 1) * self.scale + self.shift).flatten(1)


def clean_resize(images: Tensor, side: int) -> Tensor:
    """Images (N, C, H, W) in [-1, 1] -> values 0..255 (N, C, side, side), through 8 bits."""
    bits = from_unit(images, torch.uint8).float()
    if bits.shape[-2:] == (side, side):
        return bits
    return interpolate(bits, (side, side), mode="bicubic", antialias=True).clamp(0, 255)
