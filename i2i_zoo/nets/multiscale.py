"""The discriminator of MUNIT and its UNIT: is each patch real, at several scales? (Huang et al. 2018, section 5.1)."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from .. import config
from ..registry import Configurable, discriminators
from .initialize import initialize
from .layers import full_precision
from .patchgan import pyramid


@discriminators.register("multiscale")
class Multiscale(Configurable, nn.Module):
    """k4s2-64, k4s2-128, k4s2-256, k4s2-512 without norms and one channel of logits, at each of `scales` resolutions.

    Images (N, in_channels, H, W) -> a list of logits (N, 1, h, w), float32, the finest scale first. H and W are at
    least `smallest`.
    """

    class Config(config.Config):
        width: config.Width = 64
        """Channels after the first layer; doubled by each further one."""
        layers: config.Layers = 4
        """Halvings of the image; each doubles the patch that one logit sees."""
        scales: config.Layers = 3
        """Discriminators of the same shape, each on images half as large as the one before."""

    def __init__(self, config: Multiscale.Config, in_channels: int):
        super().__init__()
        self.smallest = (2**config.layers - 1) * 2 ** (
            config.scales - 1
        ) + 1  # One logit of the coarsest scale is left.
        self.critics = nn.ModuleList(critic(config, in_channels) for _ in range(config.scales))
        self.shares = [1.0] * config.scales  # In its code each scale counts as a discriminator.
        initialize(self)

    def forward(self, images: Tensor) -> list[Tensor]:
        levels = pyramid(images, len(self.critics))
        return [full_precision(critic(level)) for critic, level in zip(self.critics, levels, strict=True)]


def critic(config: Multiscale.Config, in_channels: int) -> nn.Sequential:
    """The stack of convolutions that judges one scale; it pads by reflection."""
    widths = [in_channels, *(config.width * 2**i for i in range(config.layers))]
    layers = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Conv2d(inputs, outputs, 4, stride=2, padding=1, padding_mode="reflect")]
        layers += [nn.LeakyReLU(0.2, inplace=True)]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 1))
