"""The way from a decoded image to a training sample: resize once (and cache), then crop and flip anew each time."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from .. import config
from .fitting import Fit, fitted


class Augment(config.Config):
    """The random changes of one domain's training images; test images are cropped in the center and not flipped."""

    crop: Literal["random", "center"] = "random"
    """The place of the crop in the resized image."""
    flip: config.Share = 0.5
    """Probability of a horizontal flip."""
    vertical_flip: config.Share = 0.0
    """Probability of a vertical flip; for images without an up and down, such as maps."""

    def transform(self, size: tuple[int, int]) -> v2.Transform:
        """A torchvision transform of (C, H, W) images to `size` (height, width); draws from torch's global RNG."""
        crop = v2.RandomCrop(size) if self.crop == "random" else v2.CenterCrop(size)
        return v2.Compose([crop, v2.RandomHorizontalFlip(self.flip), v2.RandomVerticalFlip(self.vertical_flip)])


def resized(height: int, width: int, size: tuple[int, int], fit: Fit) -> tuple[int, int]:
    """The height and width that `resize` gives an image."""
    return (height, width) if fit == "none" else size


def resize(image: Tensor, size: tuple[int, int], fit: Fit) -> Tensor:
    """Bring (C, H, W) to `size` (height, width) as `fitted` says, bicubic and antialiased, in its own dtype."""
    return fitted(image, size, fit, _bicubic, center_crop)


def center_crop(image: Tensor, size: tuple[int, int]) -> Tensor:
    """The center (C, *size) of an image (C, H, W); zeros around one that is smaller."""
    return F.center_crop(image, list(size))


def _bicubic(image: Tensor, size: tuple[int, int]) -> Tensor:
    size = list(size)
    if image.dtype == torch.uint8:
        return F.resize(image, size, v2.InterpolationMode.BICUBIC)
    stored = image.float()
    values = F.resize(stored, size, v2.InterpolationMode.BICUBIC)
    values = values.clamp(*stored.aminmax())  # Bicubic overshoots, beyond what the range may be.
    return values if image.dtype == torch.float32 else values.round().to(image.dtype)
