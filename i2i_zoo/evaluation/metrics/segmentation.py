"""Photographs made from label maps: can the labels be read from them again?"""

from __future__ import annotations

from typing import Any

import torch
from pydantic import PositiveInt
from torch import Tensor
from torch.nn.functional import avg_pool2d, conv2d, interpolate, one_hot, pad

from ...registry import metrics
from ..base import Metric, NotApplicable, Score
from ..direction import Direction, Translations
from .labels import Labels, agreement, colors, derive_palette, histogram, nearest
from .pixels import as_rgb

KERNEL, SCALES = 7, 3
SMALLEST = KERNEL << (SCALES - 1)  # pixels, so that a kernel fits the smallest scale
STEPS = 256  # features are rounded to 1/256, so that their sums are exact in any order


@metrics.register("segmentation")
class Segmentation(Metric):
    """Labels read from translations of label maps by a judge that learnt from true pairs, against the labels that they
    were made from: the FCN score (Isola et al. 2017; Zhu et al. 2017, section 5.1.1 and table 2), with a judge that
    needs no download, so its numbers are not those of the papers.

    The judge is ridge regression from random features (Rahimi and Recht 2008) of what surrounds a pixel, at three
    scales, to its class. It is fitted to every other test pair and reads the rest, and the other way round, so that it
    never reads a photograph of a map that it learnt from. What it makes of the real photographs, the ceiling, is in the
    protocol of the result, as is the palette.
    """

    class Config(Labels.Config):
        filters: PositiveInt = 64
        """Random features at each of the three scales."""

    scores = {
        "segmented_pixel_accuracy": Score("pixel accuracy, segmented", "higher"),
        "segmented_class_accuracy": Score("class accuracy, segmented", "higher"),
        "segmented_mean_iou": Score("mean IoU, segmented", "higher"),
    }

    def __init__(self, config: Config, direction: Direction):
        super().__init__(config, direction)
        self.needs_truth()
        source = direction.source
        if config.domains and source not in config.domains:
            raise NotApplicable(f"{self.name}: {source!r} is not among its domains")
        if direction.channels not in (1, 3) or direction.model.channels[source] not in (1, 3):
            raise NotApplicable(f"{self.name}: needs grey or RGB images")
        if len(direction.inputs) < 2 or min(direction.size) < SMALLEST:
            raise NotApplicable(f"{self.name}: needs two pairs of images of at least {SMALLEST} pixels")
        self.filters = random_filters(config.filters)
        self.palette = torch.tensor(config.palette).double().reshape(-1, 3)

    def prepare(self) -> None:
        """Find the palette and fit the two judges, each to its half of the true pairs."""
        direction, sums = self.direction, self.direction.processes.sum
        mine = [n for batch in direction.processes.batches(len(direction.inputs), 1) for n in batch]
        if not len(self.palette):
            cells = sum((histogram(colors(direction.inputs[n][None])) for n in mine), torch.zeros(1, dtype=torch.int64))
            self.palette = derive_palette(sums(cells), self.config.classes)
        count, length = len(self.palette), 1 + SCALES * self.config.filters
        known, wanted = (torch.zeros(2, length, width, dtype=torch.float64) for width in (length, count))
        for number in mine:
            seen = self._features(direction.targets[number])
            known[number % 2] += seen.T @ seen
            wanted[number % 2] += seen.T @ one_hot(self._labels(number), count).double()
        known, wanted = (sums(table.round().long()).double() for table in (known, wanted))
        ridge = 1e-4 * known.diagonal(dim1=1, dim2=2).mean(1)
        self.judges = torch.linalg.solve(known + ridge[:, None, None] * torch.eye(length), wanted).flip(0)
        self._confusion = torch.zeros(2, count, count, dtype=torch.int64)  # of translations, of real photographs

    def see(self, batch: Translations) -> None:
        count = len(self.palette)
        for number, *photos in zip(batch.numbers, batch.fake, batch.truth, strict=True):
            true = self._labels(number) * count
            for confusion, photo in zip(self._confusion, photos, strict=True):
                found = (self._features(photo) @ self.judges[number % 2]).argmax(1)
                confusion += (true + found).bincount(minlength=count**2).view(count, count)

    def compute(self) -> dict[str, float]:
        self._confusion = self.direction.processes.sum(self._confusion)
        return dict(zip(self.scores, agreement(self._confusion[0]), strict=True))

    def details(self) -> dict[str, Any]:
        real = dict(zip(self.scores, agreement(self._confusion[1]), strict=True))
        return {"palette": [[round(value, 2) for value in color] for color in self.palette.tolist()], "real": real}

    def _labels(self, number: int) -> Tensor:
        return nearest(colors(self.direction.inputs[number][None]).cpu(), self.palette)

    def _features(self, photo: Tensor) -> Tensor:
        return features(as_rgb(photo[None].float().cpu()), *self.filters)


def random_filters(count: int) -> tuple[Tensor, Tensor]:
    """Weights (3 x count, 3, 7, 7) of norm 1, every other one without a mean, and biases (3 x count,)."""
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(SCALES * count, 3, KERNEL, KERNEL, generator=generator)
    weight[::2] -= weight[::2].mean((1, 2, 3), keepdim=True)
    bias = torch.randn(SCALES * count, generator=generator) / 2
    return weight / weight.flatten(1).norm(dim=1).view(-1, 1, 1, 1), bias


def features(image: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Surroundings of each pixel of an image (1, 3, H, W) in [-1, 1]: whole numbers (H x W, 1 + filters), float64."""
    found = [torch.ones_like(image[:, :1])]
    for scale, (w, b) in enumerate(zip(weight.chunk(SCALES), bias.chunk(SCALES), strict=True)):
        small = avg_pool2d(image, 2**scale)
        response = conv2d(pad(small, [KERNEL // 2] * 4, mode="reflect"), w, b).relu()
        smooth = avg_pool2d(pad(response, [2] * 4, mode="reflect"), 5, stride=1)
        found.append(interpolate(smooth, image.shape[-2:], mode="bilinear", align_corners=False))
    return (torch.cat(found, 1)[0].flatten(1).T * STEPS).round().double()
