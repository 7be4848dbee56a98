"""The projected discriminator: is an image real, in the eyes of a network that knows ImageNet? (Sauer et al. 2021)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from .. import config
from ..errors import UserError
from ..registry import Configurable, discriminators
from .initialize import initialize, training_follows
from .layers import SpectralConv2d
from .pretrained import create, rescaling
from .scope import arranged, full_precision

COARSEST = 16  # a critic halves its map down to this stride, so that at 64 pixels 4 x 4 logits are left


@discriminators.register("projected")
class Projected(Configurable, nn.Module):
    """A small critic at each scale of the features of a frozen network, which are mixed at random across channels and
    scales, so that none of them can be left out of sight (section 3).

    Images (N, in_channels, H, W) in [-1, 1] -> a list of logits (N, 1, h, w), float32, the finest scale first. The
    frozen part learns nothing, stays in eval mode and is in no checkpoint: that holds its hash, and `UserError` is
    raised for other weights, as for those that cannot be had. A model that is loaded to be used never looks for it.
    """

    class Config(config.Config):
        backbone: str = "tf_efficientnet_lite0"
        """The frozen network: any model of timm with pretrained weights that gives features by stride."""
        strides: Annotated[tuple[config.Count, ...], Field(min_length=1), config.Strict(False)] = (4, 8, 16, 32)
        """The scales, as factors by which features are smaller than the image, in ascending order."""
        size: Annotated[int, Field(ge=COARSEST, le=2**14)] | None = 224
        """Pixels that the smaller side of images is resized to; none: images are seen as they are."""
        mix: config.Width = 64
        """Channels of the mixed features of each scale."""
        width: config.Width = 64
        """Channels of each critic."""
        seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
        """Of the random mixing."""

    def __init__(self, config: Projected.Config, in_channels: int):
        super().__init__()
        self.config, self.in_channels = config, in_channels
        self.smallest = 1 if config.size else COARSEST
        self.critics = nn.ModuleList(critic(stride, config.mix, config.width) for stride in config.strides)
        self.shares = [1 / len(self.critics)] * len(self.critics)
        initialize(self)
        self._hidden: list[Features] = []  # nn.Module does not look into lists
        self._hash = torch.empty(0, dtype=torch.uint8)  # of the features that the critics learned on, once known
        if training_follows():
            self._see()

    def forward(self, images: Tensor) -> list[Tensor]:
        if not self._hidden:
            self._see()
            self._hidden[0].to(images)
        maps = self._hidden[0](resized(images, self.config.size))
        return [full_precision(critic(features)) for critic, features in zip(self.critics, maps, strict=True)]

    def _see(self) -> None:
        with torch.random.fork_rng(devices=[]):  # timm draws weights before it reads them
            features = Features(self.config, self.in_channels)
        self._require(self._hash, features.hash)
        self._hidden, self._hash = [features], features.hash

    def get_extra_state(self) -> Tensor:
        return self._hash

    def set_extra_state(self, state: Tensor) -> None:
        if self._hidden:
            self._require(state.cpu(), self._hash)
        self._hash = state.cpu()

    def _require(self, learned: Tensor, here: Tensor) -> None:
        """Raise `UserError` if the critics learned on features of another hash."""
        if len(learned) and not torch.equal(learned, here):
            name = self.config.backbone
            raise UserError(f"discriminator: it learned to see with other weights of {name!r} than those that are here")

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> nn.Module:
        for features in self._hidden:
            features._apply(fn, recurse)
        return super()._apply(fn, recurse)


class Features(nn.Module):
    """A pretrained network and the random mixing of its features, all frozen.

    Images (N, in_channels, H, W) in [-1, 1] -> a map (N, mix, H / stride, W / stride) for each stride.
    """

    def __init__(self, config: Projected.Config, in_channels: int):
        super().__init__()
        net = create(config.backbone, features_only=True, in_chans=in_channels)
        strides = dict(zip(net.feature_info.reduction(), net.feature_info.channels(), strict=True))
        if unknown := [stride for stride in config.strides if stride not in strides]:
            known = ", ".join(map(str, strides))
            raise UserError(
                f"discriminator.strides: {config.backbone!r} has no features of {unknown[0]}; known: {known}"
            )
        self.wanted = [list(strides).index(stride) for stride in config.strides]
        self.net = net
        scale, shift = rescaling(net, in_channels)
        self.register_buffer("scale", scale)
        self.register_buffer("shift", shift)
        self.across_channels = nn.ModuleList(nn.Conv2d(strides[s], config.mix, 1, bias=False) for s in config.strides)
        self.across_scales = nn.ModuleList(
            nn.Conv2d(config.mix, config.mix, 3, padding=1, bias=False) for _ in config.strides
        )
        generator = torch.Generator().manual_seed(config.seed)
        for layer in (*self.across_channels, *self.across_scales):
            nn.init.kaiming_normal_(layer.weight, generator=generator)
        self.hash = digest(self.net)
        self.requires_grad_(False).eval()

    def forward(self, images: Tensor) -> list[Tensor]:
        found = self.net(arranged(images * self.scale + self.shift))
        mixed: list[Tensor] = []
        for i, features in enumerate(reversed([found[i] for i in self.wanted]), start=1):  # the coarsest first
            features = self.across_channels[-i](features)
            if mixed:
                features = features + F.interpolate(mixed[-1], size=features.shape[-2:], mode="bilinear")
            mixed.append(self.across_scales[-i](features))
        return mixed[::-1]


def critic(stride: int, inputs: int, width: int) -> nn.Sequential:
    """The convolutions that judge the features of one scale; every weight has the spectral norm 1."""
    layers: list[nn.Module] = []
    while stride < COARSEST:
        layers += [SpectralConv2d(inputs, width, 4, stride=2, padding=1), nn.LeakyReLU(0.2, inplace=True)]
        inputs, stride = width, 2 * stride
    layers += [SpectralConv2d(inputs, width, 3, padding=1), nn.LeakyReLU(0.2, inplace=True)]
    return nn.Sequential(*layers, SpectralConv2d(width, 1, 3, padding=1))


def resized(images: Tensor, size: int | None) -> Tensor:
    """Images (N, C, H, W) whose smaller side has `size` pixels."""
    smaller = min(images.shape[-2:])
    if size is None or smaller == size:
        return images
    target = [round(side * size / smaller) for side in images.shape[-2:]]
    return F.interpolate(images, target, mode="bilinear", antialias=size < smaller)


def digest(net: nn.Module) -> Tensor:
    """The SHA-256 (32,) of all weights."""
    sha256 = hashlib.sha256()
    for name, tensor in net.state_dict().items():
        sha256.update(name.encode() + tensor.contiguous().numpy().tobytes())
    return torch.tensor(list(sha256.digest()), dtype=torch.uint8)
