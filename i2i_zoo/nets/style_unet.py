"""A U-Net of content and style: a pretrained backbone says what is where, and a style how it looks."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import torch
from einops import rearrange
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import relu

from .. import config
from ..registry import Configurable, style_autoencoders
from .adain import AdaIN
from .initialize import initialize
from .layers import full_precision, to_image
from .packing import pack, unpack
from .style_autoencoder import StyleEncoder, mlp
from .timm_encoder import TimmEncoder
from .timm_unet import channels_with_image, reductions, run_decoder


@style_autoencoders.register("style_unet")
class StyleUnet(Configurable, nn.Module):
    """Images (N, channels, H, W) in [-1, 1] -> content (N, C, H / stride, W / stride) and style (N, style_dim) ->
    images.

    It keeps more of an image's lines than `StyleAutoencoder`, in shorter trainings: skips of all resolutions are part
    of the content. So contents of an image and of its translation differ by more than noise; take `content = 0` and a
    `cycle`. H and W are multiples of `stride` and at least `smallest`; at least `smallest_style` where a style is
    encoded.
    """

    class Config(config.Config):
        backbone: str = "tf_efficientnet_lite0"
        """Name of a timm model that gives features."""
        pretrained: bool = False
        """Begin with timm's pretrained weights; they are downloaded once, or found where I2I_WEIGHTS says."""
        stride: Annotated[int, Field(ge=2)] = 16
        """The largest reduction: the backbone ends where it is reached."""
        width: config.Width = 32
        """Channels of the decoder and of the style encoder at full resolution."""
        mlp_width: config.Width = 128
        """Width of the hidden layers between a style and the parameters of AdaIN."""
        style_halvings: config.Layers = 4
        """Number of times that the style encoder halves the image before it takes the mean over all pixels."""

    def __init__(self, config: StyleUnet.Config, channels: int, style_dim: int):
        super().__init__()
        self.content = ContentEncoder(config)
        self.stride, self.smallest = config.stride, 2 * config.stride  # One pixel cannot be normalized.
        self.smallest_style = max(4, 2**config.style_halvings)
        self.style = StyleEncoder(config, channels, style_dim)
        skips, ways = self.content.channels, reductions(config.stride)
        widths = [config.width * min(reduction, 8) for reduction in ways]
        inputs = [skips[config.stride], *widths[:-1]]
        self.decoder = nn.ModuleList(
            Level(below + skips.get(reduction, 0), width)
            for below, reduction, width in zip(inputs, ways, widths, strict=True)
        )
        self.mlp = mlp(style_dim, config.mlp_width, 4 * sum(widths))
        self.head = nn.Conv2d(widths[-1], channels, 3, padding=1, padding_mode="reflect")
        for part in (self.style, self.decoder, self.mlp, self.head):  # The backbone keeps its own weights.
            initialize(part, nn.init.kaiming_normal_)

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images -> content, style, both float32 even under autocast."""
        return self.content(images), self.style(images)

    def decode(self, content: Tensor, style: Tensor) -> Tensor:
        """Decode any domain's content (N, C, h, w) and a style (N, style_dim) of this domain -> images."""
        features = unpack(content, self.content.channels)
        affines = self.mlp(style).split([4 * level.width for level in self.decoder], dim=1)
        levels = [partial(level, affine=affine) for level, affine in zip(self.decoder, affines, strict=True)]
        return to_image(self.head(run_decoder(features, levels)))


class ContentEncoder(nn.Module):
    """Features of an image's brightness at all resolutions, and the brightness itself: colors are the style's.

    Images (N, any channels, H, W) -> (N, C, H / stride, W / stride), float32 even under autocast; `unpack` takes it
    apart.
    """

    def __init__(self, config: StyleUnet.Config):
        super().__init__()
        self.encoder = TimmEncoder(config.backbone, config.pretrained, 1, config.stride)
        self.channels = channels_with_image(self.encoder.channels, 1)
        """Channels of the features by their reduction."""

    def forward(self, images: Tensor) -> Tensor:
        grey = images.mean(dim=1, keepdim=True)
        features = self.encoder(grey)
        features[1] = torch.cat([features[1], grey], dim=1) if 1 in features else grey
        return full_precision(pack(features, self.channels))


class Level(nn.Module):
    """Two 3x3 convolutions, each followed by AdaIN, which removes a bias: there is none; and ReLU."""

    def __init__(self, inputs: int, width: int):
        super().__init__()
        options = {"padding": 1, "padding_mode": "reflect", "bias": False}
        self.first = nn.Conv2d(inputs, width, 3, **options)
        self.second = nn.Conv2d(width, width, 3, **options)
        self.norm, self.width = AdaIN(), width

    def forward(self, x: Tensor, affine: Tensor) -> Tensor:
        """`affine` (N, 4 x width): for each convolution the shifts, and by how much the scales exceed 1."""
        affine = rearrange(affine, "n (layer kind c) -> layer n kind c", layer=2, kind=2)
        affine = affine + affine.new_tensor([0, 1])[:, None]
        for convolution, own in zip((self.first, self.second), affine, strict=True):
            x = relu(self.norm(convolution(x), own))
        return x
