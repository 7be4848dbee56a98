"""A U-Net generator whose encoder is any timm backbone, pretrained or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from .. import config
from ..registry import Configurable, generators
from .initialize import initialize
from .layers import Norm, convolution, to_image
from .timm_encoder import TimmEncoder


@generators.register("timm_unet")
class TimmUnet(Configurable, nn.Module):
    """A backbone's features on the way down; on the way up nearest x2, skip, two 3x3 convolutions; the image itself is
    the skip at full resolution.

    Images (N, in_channels, H, W) in [-1, 1] -> (N, out_channels, H, W) in [-1, 1], float32. H and W are multiples
    of `stride`, the largest reduction of the backbone, and at least `smallest`. A backbone with batch norms learns
    from the statistics of each batch: prefer one with layer norms (convnext) for batches of one.
    """

    class Config(config.Config):
        backbone: str = "resnet18"
        """Name of a timm model that gives features."""
        pretrained: bool = False
        """Begin with timm's pretrained weights; they are downloaded once, or found where I2I_WEIGHTS says."""
        stride: Annotated[int, Field(ge=2)] | None = None
        """The largest reduction: the backbone ends where it is reached; none: that of the whole backbone."""
        width: config.Width = 32
        """Channels of the decoder at full resolution; doubled three times at most on the way down."""
        norm: Norm = "instance"
        """Norm after each convolution of the decoder but the last."""

    def __init__(self, config: TimmUnet.Config, in_channels: int, out_channels: int):
        super().__init__()
        self.encoder = TimmEncoder(config.backbone, config.pretrained, in_channels, config.stride)
        self.stride, self.smallest = self.encoder.stride, 2 * self.encoder.stride  # One pixel cannot be normalized.
        skips = channels_with_image(self.encoder.channels, in_channels)
        self.decoder = decoder_levels(skips, config.width, config.norm)
        self.head = nn.Conv2d(config.width, out_channels, 3, padding=1, padding_mode="reflect")
        for part in (self.decoder, self.head):  # The encoder keeps its own weights.
            initialize(part)

    def forward(self, images: Tensor) -> Tensor:
        features = self.encoder(images)
        features[1] = torch.cat([features[1], images], dim=1) if 1 in features else images
        return to_image(self.head(run_decoder(features, self.decoder)))


def channels_with_image(channels: dict[int, int], image: int) -> dict[int, int]:
    """Channels of features by their reduction, once an image of so many channels stands beside those of reduction 1."""
    return dict(channels) | {1: channels.get(1, 0) + image}


def reductions(stride: int) -> list[int]:
    """Reductions of a decoder's levels: stride / 2, ..., 2, 1."""
    return [2**i for i in reversed(range(stride.bit_length() - 1))]


def decoder_levels(channels: dict[int, int], width: int, norm: Norm) -> nn.ModuleList:
    """The levels of a decoder of features with so many `channels` by their reduction; `width` channels at the end."""
    found, below = nn.ModuleList(), channels[max(channels)]
    for reduction in reductions(max(channels)):
        inputs, below = below + channels.get(reduction, 0), width * min(reduction, 8)
        found.append(level(inputs, below, norm))
    return found


def run_decoder(features: dict[int, Tensor], levels: Iterable[Callable[[Tensor], Tensor]]) -> Tensor:
    """Features (N, C, H / reduction, W / reduction) by their reduction -> (N, width, H, W): before each level nearest
    x2, then the features of that reduction beside it, if there are any."""
    stride = max(features)
    x = features[stride]
    for reduction, layers in zip(reductions(stride), levels, strict=True):
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        x = layers(torch.cat([x, features[reduction]], dim=1) if reduction in features else x)
    return x


def level(inputs: int, outputs: int, norm: Norm) -> nn.Sequential:
    """(N, inputs, H, W) -> (N, outputs, H, W)."""
    reflect = {"padding": 1, "padding_mode": "reflect"}
    return nn.Sequential(
        *convolution(inputs, outputs, 3, norm, **reflect),
        nn.ReLU(inplace=True),
        *convolution(outputs, outputs, 3, norm, **reflect),
        nn.ReLU(inplace=True),
    )
