"""Generators that compute features again for the gradient instead of keeping them, where the scope says so (gradient
checkpointing, Chen et al. 2016). `convert` makes them of the plain ones, whose parameters they have."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ..nets import autoencoder, resnet, style_autoencoder, unet
from ..nets.layers import autocasted, full_precision, to_image
from .context import Forms, active, scope


def recomputed(module: nn.Module, *inputs: Any, cheap: bool = False) -> Any:
    """`module(*inputs)`. Where the scope says so, what lies between inputs and outputs is not kept but computed again
    for the gradient; not of modules with buffers, which would change twice. `cheap`: it has large features and takes
    little time.
    """
    inside = active()
    wanted = inside is not None and (inside.checkpointing or (cheap and inside.light))
    again = wanted and torch.is_grad_enabled()
    if not again or any(True for _ in module.buffers()):
        return module(*inputs)

    def within(*inputs: Any) -> Any:  # a scope of its own: forms of weights are not kept either
        with scope(**inside._replace(forms=Forms())._asdict()):
            return module(*inputs)

    return checkpoint(within, *inputs, use_reentrant=False)


class Resnet(resnet.Resnet):
    def forward(self, images: Tensor) -> Tensor:
        x = outermost(images, self.stem, *self.downs)
        for layer in (*self.blocks, self.ups[0]):
            x = recomputed(layer, x)
        x = outermost(x, self.ups[1], self.head)
        return to_image(x + self.skip(images) if self.skip else x)


class Unet(unet.Unet):
    def forward(self, images: Tensor) -> Tensor:
        x, skips = images, []
        for down in self.downs:
            x = recomputed(down, x)
            skips.append(x)
        x = skips.pop()
        for up in self.ups[:-1]:
            x = torch.cat([skips.pop(), recomputed(up, x)], dim=1)
        return to_image(recomputed(self.ups[-1], x))


class Encoder(autoencoder.Encoder):
    def forward(self, images: Tensor) -> Tensor:
        x = recomputed(self.downs[:4], images, cheap=True)  # the last convolution need not be computed again
        x = recomputed(self.downs[4:], x)
        for block in self.blocks:
            x = recomputed(block, x)
        return full_precision(x)


class StyleEncoder(style_autoencoder.StyleEncoder):
    def forward(self, images: Tensor) -> Tensor:
        layers = list(self)
        x = recomputed(nn.Sequential(*layers[:3]), images, cheap=True)
        return full_precision(nn.Sequential(*layers[3:])(x))


class Decoder(autoencoder.Decoder):
    def forward(self, code: Tensor, affines: Sequence[Tensor] | None = None) -> Tensor:
        code = autocasted(code)
        for block, affine in zip(self.blocks, affines or [None] * len(self.blocks), strict=True):
            code = recomputed(block, code, affine)
        return to_image(recomputed(self.head, recomputed(self.ups, code), cheap=True))


def outermost(x: Tensor, *stages: nn.Module) -> Tensor:
    """`stages` in a row: those whose features are the largest.

    In light checkpointing norms, ReLUs and padding are computed again for the gradient, from what the convolution
    before them gave. The convolution after them is in the same part, but is not computed again: of all in the part
    only what it is given is needed.
    """
    inside = active()
    if inside is not None and inside.checkpointing:
        for stage in stages:
            x = recomputed(stage, x)
        return x
    part: list[nn.Module] = []
    for layer in chain.from_iterable(stage if isinstance(stage, nn.Sequential) else [stage] for stage in stages):
        first_of_part = not part
        part.append(nn.ReLU() if first_of_part and isinstance(layer, nn.ReLU) else layer)  # keeps what it is given
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            whole = nn.Sequential(*part)
            x, part = recomputed(whole, x, cheap=True) if len(part) > 1 else whole(x), []
    return nn.Sequential(*part)(x)
