"""An autoencoder whose code is a U-Net's: features of a pretrained backbone at all resolutions."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from .. import config
from ..errors import UserError
from ..registry import Configurable, autoencoders
from .initialize import initialize
from .layers import Norm, autocasted, full_precision, to_image
from .packing import pack, unpack
from .timm_encoder import TimmEncoder
from .timm_unet import channels_with_image, decoder_levels, run_decoder


@autoencoders.register("unet_autoencoder")
class UnetAutoencoder(Configurable, nn.Module):
    """Images (N, channels, H, W) in [-1, 1] -> codes (N, C, H / stride, W / stride) -> images.

    It keeps more of an image's lines than `Autoencoder`, in shorter trainings: fine features are part of the code.
    H and W are multiples of `stride` and at least `smallest`.
    """

    class Config(config.Config):
        backbone: str = "tf_efficientnet_lite0"
        """Name of a timm model that gives features."""
        pretrained: bool = False
        """Begin with timm's pretrained weights; they are downloaded once, or found where I2I_WEIGHTS says."""
        stride: Annotated[int, Field(ge=2)] = 16
        """The largest reduction: the backbone ends where it is reached."""
        width: config.Width = 32
        """Channels of the decoder at full resolution; doubled three times at most on the way down."""
        color: bool = False
        """The image itself is part of the code in color, where a translation keeps the colors; else its brightness."""
        norm: Norm = "instance"
        """Norm after each convolution of the decoder but the last."""

    def __init__(self, config: UnetAutoencoder.Config, channels: int):
        super().__init__()
        self.encode = Encoder(config, channels)
        self.decode = Decoder(config, self.encode.channels, channels)
        self.stride, self.smallest = config.stride, 2 * config.stride  # One pixel cannot be normalized.

    def share(self, other: UnetAutoencoder, blocks: int) -> None:
        """Share with `other` the means of the coarsest features, and the first levels of the decoder, `blocks` each."""
        coarsest = sorted(self.encode.means, key=int, reverse=True)
        if blocks > len(self.decode.levels):
            raise UserError(f"model.shared_blocks: there are no more than {len(self.decode.levels)} levels to share")
        for i in range(blocks):
            other.encode.means[coarsest[i]] = self.encode.means[coarsest[i]]
            other.decode.levels[i] = self.decode.levels[i]


class Encoder(nn.Module):
    """A backbone's features and the image or its brightness; a 1x1 convolution of each resolution makes the means of
    the code, so that their scale, against noise of unit variance, is learned. Float32 even under autocast."""

    def __init__(self, config: UnetAutoencoder.Config, in_channels: int):
        super().__init__()
        self.features = TimmEncoder(config.backbone, config.pretrained, in_channels, config.stride)
        if config.color and in_channels not in (1, 3):
            raise UserError(f"model.generator.color: images of {in_channels} channels have no colors; leave it out")
        self.color = config.color
        self.channels = channels_with_image(self.features.channels, 3 if config.color else 1)
        """Channels of the code by their reduction."""
        self.means = nn.ModuleDict({str(reduction): nn.Conv2d(n, n, 1) for reduction, n in self.channels.items()})
        for mean in self.means.values():  # At first the code is the features themselves.
            nn.init.dirac_(mean.weight)
            nn.init.zeros_(mean.bias)

    def forward(self, images: Tensor) -> Tensor:
        features = self.features(images)
        image = images.expand(-1, 3, -1, -1) if self.color else images.mean(dim=1, keepdim=True)
        features[1] = torch.cat([features[1], image], dim=1) if 1 in features else image
        means = {reduction: self.means[str(reduction)](features[reduction]) for reduction in self.channels}
        return full_precision(pack(means, self.channels))


class Decoder(nn.Module):
    """A decoder: for each level nearest x2, the code of that resolution, two 3x3 convolutions; then one and tanh."""

    def __init__(self, config: UnetAutoencoder.Config, channels: dict[int, int], out_channels: int):
        super().__init__()
        self.channels = channels
        self.levels = decoder_levels(channels, config.width, config.norm)
        self.head = nn.Conv2d(config.width, out_channels, 3, padding=1, padding_mode="reflect")
        initialize(self)

    def forward(self, code: Tensor) -> Tensor:
        return to_image(self.head(run_decoder(unpack(autocasted(code), self.channels), self.levels)))
