"""The projected discriminator, which sees images through a network trained on ImageNet (Sauer et al. 2021)."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from .. import config
from ..errors import UserError
from ..registry import Configurable, discriminators
from .features import Features, digest
from .hidden import Hidden
from .initialize import initialize, training_follows
from .layers import SpectralConv2d, full_precision

COARSEST = 16  # A critic halves its map down to this stride: at 64 pixels 4 x 4 logits are left.


@discriminators.register("projected")
class Projected(Configurable, nn.Module):
    """A small critic at each scale of the features of a frozen network, which are mixed at random across channels and
    scales, so that none of them can be left out of sight (section 3).

    Images (N, in_channels, H, W) in [-1, 1] -> a list of logits (N, 1, h, w), float32, the finest scale first. The
    frozen part learns nothing, stays in eval mode and is in no checkpoint: that holds its hash, and `UserError` is
    raised for other weights, as for those that cannot be had. A model that is loaded to be used never looks for it.
    """

    class Config(config.Config):
        backbone: str = "tf_efficientnet_lite0"
        """The frozen network: any model of timm with pretrained weights that gives features by stride."""
        strides: Annotated[tuple[config.Count, ...], Field(min_length=1), config.Strict(False)] = (4, 8, 16, 32)
        """The scales, as factors by which features are smaller than the image, in ascending order."""
        size: Annotated[int, Field(ge=COARSEST, le=2**14)] | None = 224
        """Pixels that the smaller side of images is resized to; none: images are seen as they are."""
        mix: config.Width = 64
        """Channels of the mixed features of each scale."""
        width: config.Width = 64
        """Channels of each critic."""
        deviation: bool = False
        """Show each critic how much the images of one micro-batch on one process differ, so that fakes cannot be all
        alike."""
        seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
        """Seed of the random mixing."""

    def __init__(self, config: Projected.Config, in_channels: int):
        super().__init__()
        self.config, self.in_channels = config, in_channels
        self.smallest = 1 if config.size else COARSEST
        self.critics = nn.ModuleList(
            critic(stride, config.mix, config.width, config.deviation) for stride in config.strides
        )
        self.shares = [1 / len(self.critics)] * len(self.critics)
        initialize(self)
        self._hash = torch.empty(0, dtype=torch.uint8)  # hash of the features that the critics learned on, once known
        self.hidden = Hidden(self._mixed)
        if training_follows():
            self.hidden.network()

    def forward(self, images: Tensor) -> list[Tensor]:
        maps = self.hidden.network(images)(resized(images, self.config.size))
        return [full_precision(critic(features)) for critic, features in zip(self.critics, maps, strict=True)]

    def _mixed(self) -> Mixed:
        mixed = Mixed(self.config, self.in_channels)
        here = digest(mixed.features)
        self._require(self._hash, here)
        self._hash = here
        return mixed

    def get_extra_state(self) -> Tensor:
        return self._hash

    def set_extra_state(self, state: Tensor) -> None:
        self._require(state.cpu(), self._hash)
        self._hash = state.cpu()

    def _require(self, learned: Tensor, here: Tensor) -> None:
        """Raise `UserError` if the critics learned on features of another hash."""
        if len(learned) and len(here) and not torch.equal(learned, here):
            name = self.config.backbone
            raise UserError(f"discriminator: it learned to see with other weights of {name!r} than those that are here")


class Mixed(nn.Module):
    """Pretrained features, mixed at random across channels and then, from the coarsest to the finest, across scales.

    Images (N, in_channels, H, W) in [-1, 1] -> a map (N, mix, H / stride, W / stride) for each stride.
    """

    def __init__(self, config: Projected.Config, in_channels: int):
        super().__init__()
        self.features = Features(config.backbone, config.strides, in_channels)
        kernels = {"across_channels": 1, "across_scales": 3}
        widths = {"across_channels": self.features.channels, "across_scales": [config.mix] * len(config.strides)}
        generator = torch.Generator().manual_seed(config.seed)
        for name, size in kernels.items():
            layers = [nn.Conv2d(n, config.mix, size, padding=size // 2, bias=False) for n in widths[name]]
            for layer in layers:
                nn.init.kaiming_normal_(layer.weight, generator=generator)
            setattr(self, name, nn.ModuleList(layers))

    def forward(self, images: Tensor) -> list[Tensor]:
        mixed: list[Tensor] = []
        for i, features in enumerate(reversed(self.features(images)), start=1):
            features = self.across_channels[-i](features)
            if mixed:
                features = features + F.interpolate(mixed[-1], size=features.shape[-2:], mode="bilinear")
            mixed.append(self.across_scales[-i](features))
        return mixed[::-1]


class Deviation(nn.Module):
    """A layer that appends how much the images of a batch differ, (N, C, H, W) -> (N, C + 1, H, W): the mean over
    channels and places of the standard deviation (Karras et al. 2018, section 3); 0 for a batch of one."""

    def forward(self, features: Tensor) -> Tensor:
        deviation = (features.var(dim=0, unbiased=False) + 1e-8).sqrt().mean()  # The root of 0 has an infinite slope.
        return torch.cat([features, deviation.expand_as(features[:, :1])], dim=1)


def critic(stride: int, inputs: int, width: int, deviation: bool = False) -> nn.Sequential:
    """The convolutions that judge the features of one scale; every weight has the spectral norm 1."""
    layers: list[nn.Module] = []
    while stride < COARSEST:
        layers += [SpectralConv2d(inputs, width, 4, stride=2, padding=1), nn.LeakyReLU(0.2, inplace=True)]
        inputs, stride = width, 2 * stride
    if deviation:
        layers.append(Deviation())
    layers += [SpectralConv2d(inputs + deviation, width, 3, padding=1), nn.LeakyReLU(0.2, inplace=True)]
    return nn.Sequential(*layers, SpectralConv2d(width, 1, 3, padding=1))


def resized(images: Tensor, size: int | None) -> Tensor:
    """Resize images (N, C, H, W) so that the smaller side has `size` pixels."""
    smaller = min(images.shape[-2:])
    if size is None or smaller == size:
        return images
    target = [round(side * size / smaller) for side in images.shape[-2:]]
    return F.interpolate(images, target, mode="bilinear", antialias=size < smaller)
