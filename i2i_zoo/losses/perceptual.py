"""The perceptual loss: a translation keeps what a pretrained network sees in its input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from ..config import Config, Weight
from ..errors import UserError, one_line
from ..hub.pretrained import locate, rescaling
from ..hub.weight_files import read
from ..nets.adain import AdaIN
from ..nets.features import Features
from ..nets.hidden import Hidden
from ..nets.initialize import training_follows

VGG16 = "vgg16.tv_in1k"
LAYERS = {"relu4_3": 22, "relu5_3": 29}  # position in VGG16's features
POOL4 = 23
SMALLEST = 16  # pixels: 2 x 2 positions after three poolings, and a channel of one position has no variance


class Perceptual(Config):
    """A term of VGG16, whose pretrained weights it needs (`i2i_zoo/hub/weight_files.py` says where), or of a small
    network that is always there."""

    weight: Weight = 0.0
    """Weight of the terms; the paper found them useful from 512 pixels."""
    layer: Literal["relu5_3", "relu4_3", "lite0"] = "relu5_3"
    """The features compared: VGG16's "relu4_3" as in the paper, or "relu5_3" without the fourth pooling as in its code;
    or "lite0", those of EfficientNet-Lite0 at an eighth of the size, whose weights are installed with i2i_zoo."""


class PerceptualLoss(nn.Module):
    """The domain-invariant perceptual loss of MUNIT (Huang et al. 2018, appendix): the mean squared difference of
    pretrained features, each channel of each image normalized, which removes much of what tells domains apart.

    The network is not part of the module's state (see `Hidden`). With weight 0 it is never looked for. A model that
    will be trained looks for it when it is built, one that is loaded to be used only if it is trained after all.
    `channels` are those of each domain by name, 1 or 3. Raises `UserError` for others, and when the weights cannot be
    had.
    """

    def __init__(self, config: Perceptual, channels: Mapping[str, int]):
        super().__init__()
        self.smallest = SMALLEST if config.weight else 1
        self.norm = AdaIN()
        self.hidden = Hidden(Lite if config.layer == "lite0" else lambda: VGG(config.layer))
        for domain, count in channels.items():
            if config.weight and count not in (1, 3):
                raise UserError(
                    f"model.perceptual: it sees grey and color images, those of {domain!r} have {count} channels; "
                    "set model.perceptual.weight=0"
                )
        if config.weight and training_follows():
            self.hidden.network()

    def forward(self, fake: Tensor, real: Tensor) -> Tensor:
        """A scalar; `fake` and `real` (N, 1 or 3, H, W) in [-1, 1], at least 16 x 16, are a translation, which
        receives gradients, and its input, which receives none."""
        if min(fake.shape[-2:]) < SMALLEST:
            raise UserError(f"the perceptual loss needs images of {SMALLEST} x {SMALLEST} pixels or more")
        see = self.hidden.network(real)
        with torch.no_grad():
            target = self.norm(see(real))
        return mse_loss(self.norm(see(fake)), target)


class Lite(nn.Module):
    """EfficientNet-Lite0, trained on ImageNet: images (N, 1 or 3, H, W) in [-1, 1] -> (N, 40, H / 8, W / 8)."""

    def __init__(self) -> None:
        super().__init__()
        self.features = Features("tf_efficientnet_lite0", (8,), in_channels=3)

    def forward(self, images: Tensor) -> Tensor:
        return self.features(images.expand(-1, 3, -1, -1))[0]


class VGG(nn.Module):
    """VGG16 (Simonyan & Zisserman 2015), trained on ImageNet, up to a layer; the pooling before conv5_1 is
    left out, so that all its features have an eighth of the image's size.

    Images (N, 1 or 3, H, W) in [-1, 1] -> (N, 512, H / 8, W / 8).
    """

    def __init__(self, layer: str):
        import timm  # It is slow to import.

        super().__init__()
        path = locate(VGG16)
        with torch.device("meta"):  # Make no memory for the classifier, nine tenths of the weights.
            whole = timm.create_model(VGG16)
        kept = {str(i): part for i, part in enumerate(whole.features[: LAYERS[layer] + 1]) if i != POOL4}
        self.features = nn.Sequential()
        for number, part in kept.items():  # Keep the numbers of the file.
            self.features.add_module(number, part)
        weights = read(path)
        try:
            own = {name: weights[f"features.{name}"] for name in self.features.state_dict()}
            self.features.to_empty(device="cpu").load_state_dict(own)
        except (KeyError, RuntimeError) as error:
            raise UserError(f"{path}: does not hold the weights of VGG16 ({one_line(error, 200)})") from None
        scale, shift = rescaling(whole)
        self.register_buffer("scale", scale)
        self.register_buffer("shift", shift)

    def forward(self, images: Tensor) -> Tensor:
        return self.features(images.expand(-1, 3, -1, -1) * self.scale + self.shift)
