"""The autoencoder of a domain in MUNIT, with a code of content and one of style (Huang et al. 2018, section 5.1)."""

from __future__ import annotations

from einops import rearrange
from torch import Tensor, nn

from .. import config
from ..registry import Configurable, style_autoencoders
from .autoencoder import Autoencoder, Decoder, Encoder, sizes
from .initialize import initialize
from .layers import full_precision


@style_autoencoders.register("style_autoencoder")
class StyleAutoencoder(Configurable, nn.Module):
    """Images (N, channels, H, W) in [-1, 1] -> content (N, width x stride, H / stride, W / stride) and style
    (N, style_dim) -> images.

    H and W are multiples of `stride` and at least `smallest`; at least `smallest_style` where a style is encoded.
    """

    class Config(Autoencoder.Config):
        mlp_width: config.Width = 256
        """Width of the hidden layers between a style and the parameters of AdaIN."""
        style_halvings: config.Layers = 4
        """Number of times that the style encoder halves the image before it takes the mean over all pixels."""

    def __init__(self, config: StyleAutoencoder.Config, channels: int, style_dim: int):
        super().__init__()
        self.stride, self.smallest = sizes(config)
        self.smallest_style = max(4, 2**config.style_halvings)
        self.style = StyleEncoder(config, channels, style_dim)
        self.content = Encoder(config, channels)
        self.mlp = mlp(style_dim, config.mlp_width, config.blocks * 4 * config.width * 2**config.halvings)
        self.decoder = Decoder(config, channels)
        initialize(self, nn.init.kaiming_normal_)

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images -> content, style, both float32 even under autocast."""
        return self.content(images), self.style(images)

    def decode(self, content: Tensor, style: Tensor) -> Tensor:
        """Decode any domain's content (N, C, h, w) and a style (N, style_dim) of this domain -> images."""
        shape = {"layer": 2, "kind": 2, "block": len(self.decoder.blocks)}
        affines = rearrange(self.mlp(style), "n (block layer kind c) -> block n layer kind c", **shape)
        return self.decoder(content, list(affines))


class StyleEncoder(nn.Sequential):
    """c7s1-64, k4s2-128, k4s2-256 and more of that width, mean over pixels, linear. No norm: it would remove the mean
    and variance of the features, which are the style (section 5.1). The style is float32 even under autocast."""

    def __init__(self, config: StyleAutoencoder.Config, in_channels: int, style_dim: int):
        width, options = config.width, {"padding_mode": "reflect"}
        layers = [nn.Conv2d(in_channels, width, 7, padding=3, **options), nn.ReLU(inplace=True)]
        for i in range(config.style_halvings):
            wider = 2 * width if i < 2 else width
            layers += [nn.Conv2d(width, wider, 4, stride=2, padding=1, **options), nn.ReLU(inplace=True)]
            width = wider
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Conv2d(width, style_dim, 1), nn.Flatten())

    def forward(self, images: Tensor) -> Tensor:
        return full_precision(super().forward(images))


def mlp(inputs: int, width: int, outputs: int) -> nn.Sequential:
    """(N, inputs) -> (N, outputs) in three layers."""
    hidden = [nn.Linear(inputs, width), nn.ReLU(inplace=True), nn.Linear(width, width), nn.ReLU(inplace=True)]
    return nn.Sequential(*hidden, nn.Linear(width, outputs))
