"""Features of images that distributions are compared by, and where they come from."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from .. import config
from ..data.images import from_unit
from .base import Metric, NotApplicable
from .direction import Direction, Targets, Translations
from .inception import load_inception
from .pixels import as_rgb


class FeatureMetric(Metric):
    """Base of metrics that compare the features of translations with those of real images of the same domain.

    Images become 8 bits deep, as in a file, and are resized by an antialiased bicubic filter without rounding, as
    clean-fid does (Parmar et al. 2022).
    """

    class Config(config.Config):
        backbone: str = "inception"
        """Where features come from: `inception`, the standard one, or any name of timm; results say which."""

    def __init__(self, config: Config, direction: Direction):
        super().__init__(config, direction)
        if direction.channels not in (1, 3):
            raise NotApplicable(f"{self.name}: needs grey or RGB images, not {direction.channels} channels")
        name = config.backbone
        self.net = direction.network(name, lambda: load_inception() if name == "inception" else _Timm(name))

    def see_target(self, batch: Targets) -> None:
        self.keep("real", batch.numbers, self._features(batch, batch.images))

    def see(self, batch: Translations) -> None:
        self.keep("fake", batch.numbers, self._features(batch, batch.fake))

    def features(self) -> tuple[Tensor, Tensor]:
        """The features (N, D) of all real images, and of all translations; float64."""
        counts = {"real": len(self.direction.targets), "fake": len(self.direction.inputs)}
        real, fake = (self.table(kind, count).double() for kind, count in counts.items())
        return real, fake

    def details(self) -> dict[str, Any]:
        facts = {"backbone": self.config.backbone, "pixels": self.net.side, "resize": "bicubic, antialiased, 8 bits in"}
        return facts | ({"standard": False} if self.config.backbone != "inception" else {})

    def _features(self, batch: Targets | Translations, images: Tensor) -> Tensor:
        """Of a batch's images, computed once for all metrics with the same backbone."""
        key = ("features", self.config.backbone)
        if key not in batch.shared:
            batch.shared[key] = self.net(clean_resize(as_rgb(images), self.net.side)).float()
        return batch.shared[key]


class _Timm(nn.Module):
    """Images (N, 3, side, side) of values 0..255 -> features (N, D) of timm's model `name`, before its classifier."""

    def __init__(self, name: str):
        super().__init__()
        from ..nets.pretrained import create, rescaling

        self.net = create(name, num_classes=0)
        self.side = self.net.pretrained_cfg["input_size"][-1]
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
