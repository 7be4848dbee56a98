"""Types of config fields that hold a network, chosen by name, and what such a network must have."""

from typing import Annotated, Protocol, runtime_checkable

from torch import Tensor

from ..config import Choice, Config
from ..registry import autoencoders, discriminators, generators, style_autoencoders

Generator = Annotated[Config, Choice(generators)]
CodeGenerator = Annotated[Config, Choice(autoencoders)]
StyleGenerator = Annotated[Config, Choice(style_autoencoders)]
Discriminator = Annotated[Config, Choice(discriminators)]


@runtime_checkable
class GeneratorNetwork(Protocol):
    """A module that is built as `Config.build(in_channels, out_channels)`."""

    stride: int
    """Heights and widths of images are multiples of it,"""
    smallest: int
    """and at least this."""

    def forward(self, images: Tensor) -> Tensor:
        """Images (N, in_channels, H, W) in [-1, 1] -> (N, out_channels, H, W) in [-1, 1], float32."""


@runtime_checkable
class DiscriminatorNetwork(Protocol):
    """A module that is built as `Config.build(in_channels)`."""

    smallest: int
    """The least height and width of images."""
    shares: list[float] | tuple[float, ...]
    """The weight of each map of logits in the loss; 1 in all, unless each is to count as a discriminator."""

    def forward(self, images: Tensor) -> list[Tensor]:
        """Images (N, in_channels, H, W) in [-1, 1] -> maps of logits (N, 1, h, w), float32."""
