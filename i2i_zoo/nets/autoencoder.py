"""The autoencoder of a domain in UNIT (Liu et al. 2017, in the shape of its later code), and the parts of MUNIT's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from .. import config
from ..errors import UserError
from ..registry import Configurable, autoencoders
from .adain import AdaIN, AdaINBlock, LayerNorm
from .initialize import initialize
from .layers import autocasted, full_precision, to_image


@autoencoders.register("autoencoder")
class Autoencoder(Configurable, nn.Module):
    """Images (N, channels, H, W) in [-1, 1] -> codes (N, width x stride, H / stride, W / stride) -> images.

    H and W are multiples of `stride` and at least `smallest`.
    """

    class Config(config.Config):
        width: config.Width = 64
        """Channels after the first layer; doubled by each halving."""
        halvings: config.Layers = 2
        """Number of times that the encoder halves the image."""
        blocks: Annotated[config.Blocks, Field(ge=1)] = 4
        """Residual blocks at the end of the encoder, and as many at the beginning of the decoder."""

    def __init__(self, config: Autoencoder.Config, channels: int):
        super().__init__()
        self.stride, self.smallest = sizes(config)
        self.encode = Encoder(config, channels)
        self.decode = Decoder(config, channels)
        initialize(self, nn.init.kaiming_normal_)

    def share(self, other: Autoencoder, blocks: int) -> None:
        """Share with `other` the last blocks of the encoder and the first of the decoder, `blocks` each."""
        if blocks > len(self.encode.blocks):
            raise UserError(f"model.shared_blocks: there are no more than {len(self.encode.blocks)} blocks to share")
        for i in range(blocks):
            other.encode.blocks[-1 - i] = self.encode.blocks[-1 - i]
            other.decode.blocks[i] = self.decode.blocks[i]


class Encoder(nn.Module):
    """c7s1-64, k4s2-128, k4s2-256, n x R256, all instance-normalized. The code is float32 even under autocast."""

    def __init__(self, config: Autoencoder.Config, in_channels: int):
        super().__init__()
        width, layers = config.width, []
        options = {"padding_mode": "reflect", "bias": False}  # The norms would remove a bias.
        layers += [nn.Conv2d(in_channels, width, 7, padding=3, **options), AdaIN(), nn.ReLU(inplace=True)]
        for _ in range(config.halvings):
            layers += [nn.Conv2d(width, 2 * width, 4, stride=2, padding=1, **options), AdaIN(), nn.ReLU(inplace=True)]
            width *= 2
        self.downs = nn.Sequential(*layers)
        self.blocks = nn.ModuleList(AdaINBlock(width) for _ in range(config.blocks))

    def forward(self, images: Tensor) -> Tensor:
        x = self.downs(images)
        for block in self.blocks:
            x = block(x)
        return full_precision(x)


class Decoder(nn.Module):
    """n x R256, 2 x (nearest x2, k5s1, layer norm), c7s1-3, tanh."""

    def __init__(self, config: Autoencoder.Config, out_channels: int):
        super().__init__()
        width, layers = config.width * 2**config.halvings, []
        self.blocks = nn.ModuleList(AdaINBlock(width) for _ in range(config.blocks))
        for _ in range(config.halvings):
            layers += [nn.Upsample(scale_factor=2), nn.Conv2d(width, width // 2, 5, padding=2, padding_mode="reflect")]
            layers += [LayerNorm(width // 2), nn.ReLU(inplace=True)]
            width //= 2
        self.ups = nn.Sequential(*layers)
        self.head = nn.Conv2d(width, out_channels, 7, padding=3, padding_mode="reflect")

    def forward(self, code: Tensor, affines: Sequence[Tensor] | None = None) -> Tensor:
        """`affines` are those of each block's `adain`, (N, 2, 2, C) per block; None: plain instance norms."""
        code = autocasted(code)
        for block, affine in zip(self.blocks, affines or [None] * len(self.blocks), strict=True):
            code = block(code, affine)
        return to_image(self.head(self.ups(code)))


def sizes(config: Autoencoder.Config) -> tuple[int, int]:
    """Return the stride and the smallest size: the first layer pads by 3 reflected pixels, the blocks by 1."""
    return 2**config.halvings, max(4, 2 * 2**config.halvings)
