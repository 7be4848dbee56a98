"""The built-in data set: drawn shoes. Nothing to download, nothing on disk, and the truth is known."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field, NonNegativeInt
from torch import Tensor

from ...config import ConfigError, Size, TwoNames
from ...registry import datasets
from ..base import ImageData, Split
from ..images.files import ImageInfo
from ..shoes.drawing import draw_outline, draw_photo


class Drawn:
    """A `Source` of drawn shoes: the outline (0) or the photo (1) of each number."""

    def __init__(self, numbers: range, view: int, size: tuple[int, int], channels: int):
        self.numbers, self.view, self.size, self.channels = numbers, view, size, channels

    def __len__(self) -> int:
        return len(self.numbers)

    def info(self, index: int) -> ImageInfo:
        return ImageInfo(self.channels, *self.size, torch.uint8)

    def __getitem__(self, index: int) -> Tensor:
        image = torch.from_numpy((draw_outline, draw_photo)[self.view](self.numbers[index], self.size)).movedim(-1, 0)
        return (image if self.channels == 3 else image.float().mean(0, keepdim=True).round().byte()).contiguous()

    def name(self, index: int) -> str:
        return f"shoe {self.numbers[index]}"


@datasets.register("shoes")
class Shoes(ImageData):
    """Outlines and photo-like pictures of drawn shoes. The silhouette is the content, colors and material the style.

    No training outline belongs to a training photo; test image i is the same shoe in both domains.
    """

    paired = True

    class Config(ImageData.Config):
        domains: TwoNames = ("edges", "shoes")
        """Names of the outlines and of the photos."""
        size: Size = 64
        """Size of a training sample in pixels: one number, or [height, width] with white beside the shoe."""
        train_images: Annotated[int, Field(ge=2, le=2**20)] = 1000
        """Training images of each domain."""
        test_images: Annotated[int, Field(ge=1, le=2**20)] = 100
        """Test pairs."""
        seed: NonNegativeInt = 0
        """Another seed draws other shoes."""

    config: Config

    def __init__(self, config: Config):
        super().__init__(config)
        if not {*config.channels} <= {1, 3}:
            raise ConfigError(f"recipe.data.channels: drawn shoes have 1 or 3 channels, not {list(config.channels)}")

    def source(self, split: Split, domain: str) -> Drawn:
        c, view = self.config, self.config.domains.index(domain)
        first = c.seed * 1_000_000_007
        if split == "train":  # Outlines are of even shoes, photos of odd ones.
            numbers = range(first + view, first + 2 * c.train_images, 2)
        else:
            numbers = range(first + 2 * c.train_images, first + 2 * c.train_images + c.test_images)
        return Drawn(numbers, view, c.load_size, c.channels[view])
