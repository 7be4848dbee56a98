"""The U-Net generator of pix2pix (Isola et al. 2017, section 6.1.1), CycleGAN's alternative."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from .. import config
from ..config import Share
from ..registry import Configurable, generators
from .initialize import initialize
from .layers import Norm, convolution, to_image

HALVE = {"kernel_size": 4, "stride": 2, "padding": 1}


@generators.register("unet")
class Unet(Configurable, nn.Module):
    """Down to one pixel per 2^depth and up again, every resolution joined to its twin by concatenation.

    Images (N, in_channels, H, W) in [-1, 1] -> (N, out_channels, H, W) in [-1, 1], float32. H and W are multiples
    of 2^depth.
    """

    class Config(config.Config):
        depth: Annotated[config.Layers, Field(ge=2)] = 8
        """Number of times that the image is halved: 8 for 256 pixels (`unet_256`), 7 for 128 (`unet_128`)."""
        width: config.Width = 64
        """Channels after the first layer; doubled three times at most."""
        norm: Norm = "instance"
        """Norm after each convolution but the first, the innermost and the last."""
        dropout: Share = 0.0
        """Share of activations dropped on the way up, in the widest layers, while training."""

    def __init__(self, config: Unet.Config, in_channels: int, out_channels: int):
        super().__init__()
        self.stride = self.smallest = 2**config.depth
        widths = [config.width * min(2**i, 8) for i in range(config.depth)]
        inputs, outputs = [in_channels, *widths], [out_channels, *widths]
        last = config.depth - 1
        self.downs = nn.ModuleList(
            down(inputs[i], widths[i], config.norm, first=i == 0, innermost=i == last) for i in range(config.depth)
        )
        self.ups = nn.ModuleList()
        for i in reversed(range(config.depth)):
            joined = widths[i] if i == last else 2 * widths[i]
            dropout = config.dropout if 4 <= i < last else 0.0
            self.ups.append(up(joined, outputs[i], "none" if i == 0 else config.norm, dropout))
        initialize(self)

    def forward(self, images: Tensor) -> Tensor:
        x, skips = images, []
        for down in self.downs:
            x = down(x)
            skips.append(x)
        x = skips.pop()
        for up in self.ups[:-1]:
            x = torch.cat([skips.pop(), up(x)], dim=1)
        return to_image(self.ups[-1](x))


def down(inputs: int, outputs: int, norm: Norm, first: bool, innermost: bool) -> nn.Sequential:
    """(N, inputs, H, W) -> (N, outputs, H / 2, W / 2). The innermost map may be a single pixel: no norm."""
    activation = [] if first else [nn.LeakyReLU(0.2)]  # Not in place: its input is joined to its twin.
    if first or innermost:  # The official layers have a bias here, except beside batch norms.
        return nn.Sequential(*activation, nn.Conv2d(inputs, outputs, **HALVE, bias=norm != "batch"))
    return nn.Sequential(*activation, *convolution(inputs, outputs, norm=norm, **HALVE))


def up(inputs: int, outputs: int, norm: Norm, dropout: float) -> nn.Sequential:
    """(N, inputs, H, W) -> (N, outputs, 2 H, 2 W)."""
    layers = convolution(inputs, outputs, norm=norm, layer=nn.ConvTranspose2d, **HALVE)
    return nn.Sequential(nn.ReLU(), *layers, nn.Dropout(dropout))
