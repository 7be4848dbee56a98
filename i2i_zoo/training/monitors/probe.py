"""The material of the monitors: a few test images of one direction, and the translations of the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from ...models.base import Translator

MOST = 6  # images of a domain: enough to see what concerns all of them, and cheap
FEW = 3  # images, where a monitor has to translate each several times


class Finding(NamedTuple):
    """A finding of a monitor: its number, and a sentence that says what it means and what to do."""

    value: float
    advice: str


class Probe:
    """A direction of a model; everything is computed once, when the first monitor asks for it, and never drawn.

    `tests` are images (C, H, W) in [-1, 1] of each domain. `paired` says that test image i of one domain is the true
    translation of test image i of the other. A model with styles paints each fake in another one, as real images are.
    """

    def __init__(self, model: Translator, to: str, tests: Mapping[str, Sequence[Tensor]], paired: bool = False):
        self.model, self.to, self.source, self.paired = model, to, model.source(to), paired
        self.inputs, self.targets = (
            [image[None].to(model.device) for image in tests[domain][:MOST]] for domain in (self.source, to)
        )

    @property
    def goes_back(self) -> bool:
        """True if the model also translates the other way."""
        return (self.to, self.source) in self.model.directions

    @cached_property
    def fakes(self) -> list[Tensor]:
        """The translations of the inputs."""
        styles = self.styles if self.model.style_dim else [None] * len(self.inputs)
        return [self.model.translate(x, to=self.to, style=s) for x, s in zip(self.inputs, styles, strict=True)]

    @cached_property
    def styles(self) -> Tensor:
        """A style (style_dim,) of the prior for each input, always the same."""
        return self.model.sample_style(len(self.inputs), seed=0)

    def back(self, fake: Tensor, image: Tensor) -> Tensor:
        """`fake` translated back, in the style of the `image` that it was made of; for a model that `goes_back`."""
        style = self.model.encode_style(image, self.source) if self.model.style_dim else None
        return self.model.translate(fake, to=self.source, style=style)


Monitor = Callable[[Probe], Finding | None]


def grey(images: Sequence[Tensor]) -> Tensor:
    """Images (1, C, H, W) -> (N, pixels), the mean over channels."""
    return torch.stack([image.float().mean(1).flatten() for image in images])


def luminance(images: Sequence[Tensor]) -> Tensor:
    """Images (1, C, H, W) -> (N, pixels) with zero mean and unit norm, the mean over channels; 0 for blank images."""
    flat = grey(images)
    centered = flat - flat.mean(1, keepdim=True)
    norm = centered.norm(dim=1, keepdim=True)
    return torch.where(
        norm > 0.01 * flat.shape[1] ** 0.5, centered / norm, 0.0
    )  # Blank images vary by less than a grey level of 255.


def mean_distance(images: Sequence[Tensor]) -> float:
    """The mean distance between two of the images (1, C, H, W): RMS over pixels, of thumbnails of 16 x 16.

    In thumbnails, noise and traces of a hidden code (see `steganography`) count for little.
    """
    thumbnails = torch.stack([adaptive_avg_pool2d(image.float(), 16).flatten() for image in images])
    distances = torch.pdist(thumbnails) / thumbnails.shape[1] ** 0.5
    return distances.mean().item()
