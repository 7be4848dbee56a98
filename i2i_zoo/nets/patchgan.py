"""The PatchGAN discriminator: is each patch real? (Isola et al. 2017; at several scales: Wang et al. 2018)."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from .. import config
from ..registry import Configurable, discriminators
from .initialize import initialize
from .layers import Norm, convolution, full_precision


@discriminators.register("patchgan")
class PatchGAN(Configurable, nn.Module):
    """C64-C128-C256-C512 and one channel of logits, at each of `scales` resolutions; three layers see 70x70 pixels.

    Images (N, in_channels, H, W) -> a list of logits (N, 1, h, w), float32, the finest scale first. H and W are at
    least `smallest`.
    """

    class Config(config.Config):
        width: config.Width = 64
        """Channels after the first layer; doubled three times at most."""
        layers: config.Layers = 3
        """Halvings of the image; each doubles the patch that one logit sees."""
        norm: Norm = "instance"
        """Norm after each convolution but the first and the last."""
        scales: config.Layers = 1
        """Discriminators of the same shape, each on images half as large as the one before."""
        spectral: bool = False
        """Divide each weight by its largest singular value (Miyato et al. 2018)."""

    def __init__(self, config: PatchGAN.Config, in_channels: int):
        super().__init__()
        finest = 3 * 2**config.layers  # One logit is left.
        self.smallest = (finest - 1) * 2 ** (config.scales - 1) + 1
        self.critics = nn.ModuleList(critic(config, in_channels) for _ in range(config.scales))
        self.shares = [1 / config.scales] * config.scales
        initialize(self)
        if config.spectral:
            for layer in [layer for layer in self.modules() if isinstance(layer, nn.Conv2d)]:
                spectral_norm(layer)

    def forward(self, images: Tensor) -> list[Tensor]:
        levels = pyramid(images, len(self.critics))
        return [full_precision(critic(level)) for critic, level in zip(self.critics, levels, strict=True)]


def critic(config: PatchGAN.Config, in_channels: int) -> nn.Sequential:
    """The stack of 4x4 convolutions that judges one scale."""
    widths = [config.width * min(2**i, 8) for i in range(config.layers + 1)]
    layers = [nn.Conv2d(in_channels, widths[0], 4, stride=2, padding=1), nn.LeakyReLU(0.2, inplace=True)]
    for i in range(1, len(widths)):
        stride = 2 if i < config.layers else 1
        layers += convolution(widths[i - 1], widths[i], 4, config.norm, stride=stride, padding=1)
        layers += [nn.LeakyReLU(0.2, inplace=True)]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 4, padding=1))


def pyramid(images: Tensor, scales: int) -> Iterator[Tensor]:
    """`images` (N, C, H, W), then the same at half the size, and so on: `scales` levels."""
    yield images
    for _ in range(scales - 1):
        images = F.avg_pool2d(images, 3, stride=2, padding=1, count_include_pad=False)
        yield images
