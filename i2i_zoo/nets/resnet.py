"""The residual generator of CycleGAN (Zhu et al. 2017, section 7.2; after Johnson et al. 2016)."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from .. import config
from ..config import Share
from ..registry import Configurable, generators
from .initialize import initialize
from .layers import Norm, convolution, to_image

Upsample = Literal["transpose", "resize"]


@generators.register("resnet")
class Resnet(Configurable, nn.Module):
    """c7s1-64, d128, d256, n x R256, u128, u64, c7s1-3, tanh.

    Images (N, in_channels, H, W) in [-1, 1] -> (N, out_channels, H, W) in [-1, 1], float32. H and W are multiples
    of `stride` and at least `smallest`.
    """

    class Config(config.Config):
        blocks: config.Blocks = 9
        """Residual blocks: 9 from 256 pixels on, 6 for smaller images in the paper."""
        width: config.Width = 64
        """Channels after the first layer; four times as many in the blocks."""
        norm: Norm = "instance"
        """Norm after each convolution but the last."""
        upsample: Upsample = "transpose"
        """Transposed convolutions as in the paper, or nearest-neighbor resizing and a convolution: no checkerboard."""
        dropout: Share = 0.0
        """Share of activations dropped inside each block while training."""
        skip: bool = False
        """Add the image itself, through one convolution, to what the tanh is given: colors and lines that stay need not
        pass the norms and the two halvings (not in the paper)."""

    stride = 4
    smallest = 8  # The blocks pad by reflection, which takes two pixels.

    def __init__(self, config: Resnet.Config, in_channels: int, out_channels: int):
        super().__init__()
        width, norm = config.width, config.norm
        reflect = {"padding": 3, "padding_mode": "reflect"}
        self.stem = nn.Sequential(*convolution(in_channels, width, 7, norm, **reflect), nn.ReLU(inplace=True))
        self.downs = nn.Sequential(down(width, norm), down(2 * width, norm))
        self.blocks = nn.Sequential(*(ResidualBlock(4 * width, norm, config.dropout) for _ in range(config.blocks)))
        self.ups = nn.Sequential(up(4 * width, norm, config.upsample), up(2 * width, norm, config.upsample))
        self.head = nn.Conv2d(width, out_channels, 7, **reflect)
        self.skip = None
        if config.skip:
            self.skip = nn.Conv2d(in_channels, out_channels, 3, padding=1, padding_mode="reflect", bias=False)
        initialize(self)

    def forward(self, images: Tensor) -> Tensor:
        x = self.downs(self.stem(images))
        x = self.head(self.ups(self.blocks(x)))
        return to_image(x + self.skip(images) if self.skip else x)


class ResidualBlock(nn.Module):
    """R256: two 3x3 convolutions beside the identity."""

    def __init__(self, width: int, norm: Norm, dropout: float):
        super().__init__()
        reflect = {"padding": 1, "padding_mode": "reflect"}
        self.residual = nn.Sequential(
            *convolution(width, width, 3, norm, **reflect),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),  # Always present, so that checkpoint keys do not depend on `dropout`.
            *convolution(width, width, 3, norm, **reflect),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.residual(x)


def down(width: int, norm: Norm) -> nn.Sequential:
    """(N, width, H, W) -> (N, 2 width, H / 2, W / 2)."""
    return nn.Sequential(*convolution(width, 2 * width, 3, norm, stride=2, padding=1), nn.ReLU(inplace=True))


def up(width: int, norm: Norm, upsample: Upsample) -> nn.Sequential:
    """(N, width, H, W) -> (N, width / 2, 2 H, 2 W)."""
    if upsample == "resize":  # Odena et al. 2016
        resize = [nn.Upsample(scale_factor=2, mode="nearest")]
        layers = resize + convolution(width, width // 2, 3, norm, padding=1, padding_mode="reflect")
    else:
        options = {"stride": 2, "padding": 1, "output_padding": 1}
        layers = convolution(width, width // 2, 3, norm, nn.ConvTranspose2d, **options)
    return nn.Sequential(*layers, nn.ReLU(inplace=True))
