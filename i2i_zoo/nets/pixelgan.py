"""The PixelGAN discriminator: is each pixel real? (Isola et al. 2017, section 4.4)."""

from __future__ import annotations

from torch import Tensor, nn

from .. import config
from ..registry import Configurable, discriminators
from .initialize import initialize
from .layers import Norm, convolution, full_precision


@discriminators.register("pixelgan")
class PixelGAN(Configurable, nn.Module):
    """1x1 convolutions only: it judges colors and knows nothing of structure.

    Images (N, in_channels, H, W) -> a list of one map of logits (N, 1, H, W), float32.
    """

    class Config(config.Config):
        width: config.Width = 64
        """Channels after the first layer; twice as many after the second."""
        norm: Norm = "instance"
        """Norm after the second convolution."""

    shares = (1.0,)
    smallest = 2  # One pixel alone cannot be normalized.

    def __init__(self, config: PixelGAN.Config, in_channels: int):
        super().__init__()
        self.critic = nn.Sequential(
            nn.Conv2d(in_channels, config.width, 1),
            nn.LeakyReLU(0.2, inplace=True),
            *convolution(config.width, 2 * config.width, 1, config.norm),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(2 * config.width, 1, 1, bias=config.norm != "batch"),  # as in the official code
        )
        initialize(self)

    def forward(self, images: Tensor) -> list[Tensor]:
        return [full_precision(self.critic(images))]
