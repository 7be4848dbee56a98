"""Generators that compute features again for the gradient instead of keeping them, where the active speed says so
(gradient checkpointing, Chen et al. 2016). `convert` makes them of the plain ones, whose parameters they have.

By hand: torch's selective checkpointing (keep convolutions and matrix products, compute the rest again) gives the same
gradients, but saves no memory at width 64 and takes a fifth longer. It keeps the products inside `winograd`, four times
the size of their output, and computes all of a network again at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ..nets import autoencoder, resnet, style_autoencoder, unet
from ..nets.layers import autocasted, full_precision, to_image
from .context import active, computing


def checkpointed(module: nn.Module, *inputs: Any, cheap: bool = False) -> Any:
    """Return `module(*inputs)`, whose inner features are computed again for the gradient if the active speed says so.

    `cheap` modules have large features and take little time: they are computed again in light checkpointing too. Those
    with buffers never are: these would change twice.
    """
    inside = active()
    wanted = inside is not None and (inside.speed.checkpointing or (cheap and inside.speed.light_checkpointing))
    again = wanted and torch.is_grad_enabled()
    if not again or any(True for _ in module.buffers()):
        return module(*inputs)

    def within(*inputs: Any) -> Any:
        with computing(inside.speed):  # With a cache of its own: derived weights are not kept either.
            return module(*inputs)

    return checkpoint(within, *inputs, use_reentrant=False)


class Resnet(resnet.Resnet):
    def forward(self, images: Tensor) -> Tensor:
        x = outermost(images, self.stem, *self.downs)
        for layer in (*self.blocks, self.ups[0]):
            x = checkpointed(layer, x)
        x = outermost(x, self.ups[1], self.head)
        return to_image(x + self.skip(images) if self.skip else x)


class Unet(unet.Unet):
    def forward(self, images: Tensor) -> Tensor:
        x, skips = images, []
        for down in self.downs:
            x = checkpointed(down, x)
            skips.append(x)
        x = skips.pop()
        for up in self.ups[:-1]:
            x = torch.cat([skips.pop(), checkpointed(up, x)], dim=1)
        return to_image(checkpointed(self.ups[-1], x))


class Encoder(autoencoder.Encoder):
    def forward(self, images: Tensor) -> Tensor:
        x = checkpointed(self.downs[:4], images, cheap=True)  # Its last convolution is not computed again.
        x = checkpointed(self.downs[4:], x)
        for block in self.blocks:
            x = checkpointed(block, x)
        return full_precision(x)


class StyleEncoder(style_autoencoder.StyleEncoder):
    def forward(self, images: Tensor) -> Tensor:
        layers = list(self)
        x = checkpointed(nn.Sequential(*layers[:3]), images, cheap=True)
        return full_precision(nn.Sequential(*layers[3:])(x))


class Decoder(autoencoder.Decoder):
    def forward(self, code: Tensor, affines: Sequence[Tensor] | None = None) -> Tensor:
        code = autocasted(code)
        for block, affine in zip(self.blocks, affines or [None] * len(self.blocks), strict=True):
            code = checkpointed(block, code, affine)
        return to_image(checkpointed(self.head, checkpointed(self.ups, code), cheap=True))


def outermost(x: Tensor, *stages: nn.Module) -> Tensor:
    """Apply `stages` one after the other: those whose features are the largest.

    In light checkpointing norms, ReLUs and padding are computed again for the gradient, from what the convolution
    before them gave. The convolution after them is in the same part, but is not computed again: the gradient needs
    only its input.
    """
    inside = active()
    if inside is not None and inside.speed.checkpointing:
        for stage in stages:
            x = checkpointed(stage, x)
        return x
    part: list[nn.Module] = []
    for layer in chain.from_iterable(stage if isinstance(stage, nn.Sequential) else [stage] for stage in stages):
        first_of_part = not part
        # The first layer of a part must not change its input in place: the part is computed again from it.
        part.append(nn.ReLU() if first_of_part and isinstance(layer, nn.ReLU) else layer)
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            whole = nn.Sequential(*part)
            x, part = checkpointed(whole, x, cheap=True) if len(part) > 1 else whole(x), []
    return nn.Sequential(*part)(x)
