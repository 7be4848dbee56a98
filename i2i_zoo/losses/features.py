"""A distance of images as a pretrained network sees them: lines and textures count more than plain areas."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import l1_loss

from .. import config
from ..nets.features import Features
from ..nets.hidden import Hidden
from ..nets.initialize import training_follows


class FeatureDistance(config.Config):
    """A term of a frozen network's features."""

    weight: config.Weight = 0.0
    """Weight of the terms; 0: none, and the network is not needed."""
    backbone: str = "tf_efficientnet_lite0"
    """The frozen network: any model of timm with pretrained weights that gives features by stride."""
    strides: Annotated[tuple[config.Count, ...], Field(min_length=1), config.Strict(False)] = (2, 4, 8)
    """The features, by the factors by which they are smaller than the image."""


class FeatureLoss(nn.Module):
    """The L1 distance of an image's features from those of its target, relative to their size: the mean over strides.

    A perceptual loss (Johnson et al. 2016) whose network is as small as those that it trains. The network is no part of
    the state. `UserError` where its weights cannot be had.
    """

    def __init__(self, config: FeatureDistance, channels: int):
        super().__init__()
        self.hidden = Hidden(lambda: Features(config.backbone, config.strides, channels))
        if config.weight and training_follows():
            self.hidden.network()

    def forward(self, images: Tensor, targets: Tensor) -> Tensor:
        """A scalar, 0 for equal images (N, C, H, W) in [-1, 1]; `targets` receive no gradients."""
        see = self.hidden.network(images)
        with torch.no_grad():
            wanted = see(targets)
        return torch.stack(
            [l1_loss(x, y) / y.abs().mean().clamp(min=1e-6) for x, y in zip(see(images), wanted, strict=True)]
        ).mean()
