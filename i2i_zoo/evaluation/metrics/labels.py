"""Accuracy of label maps: the class of every pixel."""

from __future__ import annotations

from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor

from ... import config
from ...config import Strict
from ...registry import metrics
from ..base import Metric, NotApplicable, Score
from ..direction import Direction, Targets, Translations
from .pixels import as_rgb

Byte = Annotated[int, Field(ge=0, le=255)]
Color = Annotated[tuple[Byte, Byte, Byte], Strict(False)]
CELLS = 32  # of each channel in the histogram that a palette is derived from


@metrics.register("labels")
class Labels(Metric):
    """Per-pixel accuracy, per-class accuracy and mean IoU of translations to label maps: each pixel takes the class of
    the nearest label color, in the translation and in the truth (Zhu et al. 2017, section 5.1.1 and table 3; measures
    of Long et al. 2015). From one confusion matrix of all pixels; only classes that the truth has count.

    Without a `palette`, one is derived from all true maps: k-means of their colors in RGB, in a histogram of 32 x 32 x
    32 cells, from the commonest cell and then always the one farthest (weighted by its pixels) from those taken. The
    same images give the same palette; results hold it.
    """

    class Config(config.Config):
        domains: Annotated[tuple[str, ...], Strict(False)] = ()
        """The domains that are label maps; none named: all."""
        palette: Annotated[tuple[Color, ...], Strict(False)] = ()
        """Label colors, [[red, green, blue], ...] in 0..255; left out: derived from the true maps."""
        classes: Annotated[int, Field(ge=2, le=255)] = 6
        """Colors of a derived palette."""

    ceiling = "truth"
    scores = {
        "pixel_accuracy": Score("pixel accuracy", "higher"),
        "class_accuracy": Score("class accuracy", "higher"),
        "mean_iou": Score("mean IoU", "higher"),
    }

    def __init__(self, config: Config, direction: Direction):
        super().__init__(config, direction)
        self.needs_truth()
        if config.domains and direction.to not in config.domains:
            raise NotApplicable(f"{self.name}: {direction.to!r} is not among its domains")
        if direction.channels not in (1, 3):
            raise NotApplicable(f"{self.name}: needs grey or RGB images, not {direction.channels} channels")
        self.palette = torch.tensor(config.palette).double().reshape(-1, 3)
        self._cells = torch.zeros(CELLS**3, 4, dtype=torch.int64)  # pixels, and the sums of their red, green and blue
        self._confusion = torch.zeros(())

    def see_target(self, batch: Targets) -> None:
        if not len(self.palette):
            self._cells += histogram(colors(batch.images).cpu())

    def prepare(self) -> None:
        if not len(self.palette):
            self.palette = derive_palette(self.direction.processes.sum(self._cells), self.config.classes)
        self._confusion = torch.zeros(len(self.palette), len(self.palette), dtype=torch.int64)

    def see(self, batch: Translations) -> None:
        truth, found = (nearest(colors(images), self.palette).cpu() for images in (batch.truth, batch.fake))
        count = len(self.palette)
        self._confusion += (truth * count + found).flatten().bincount(minlength=count**2).view(count, count)

    def compute(self) -> dict[str, float]:
        return dict(zip(self.scores, agreement(self.direction.processes.sum(self._confusion)), strict=True))

    def details(self) -> dict[str, Any]:
        return {"palette": [[round(value, 2) for value in color] for color in self.palette.tolist()]}


def agreement(confusion: Tensor) -> tuple[float, float, float]:
    """Pixel accuracy, class accuracy and mean IoU of pixel counts (true class, found class)."""
    pixels = confusion.double()
    right, true, found = pixels.diagonal(), pixels.sum(1), pixels.sum(0)
    there = true > 0
    recall, iou = (right / true)[there], (right / (true + found - right))[there]
    return (right.sum() / pixels.sum()).item(), recall.mean().item(), iou.mean().item()


def colors(images: Tensor) -> Tensor:
    """The colors (P, 3) of all pixels of images in [-1, 1], 0..255 and not rounded."""
    return (as_rgb(images).movedim(1, -1).flatten(0, 2) + 1) * 127.5


def nearest(pixels: Tensor, palette: Tensor) -> Tensor:
    """The class (P,) of pixels (P, 3): the nearest color of the palette (K, 3), the first of equally near ones."""
    return torch.stack([(pixels - color).square().sum(1) for color in palette.to(pixels)]).argmin(0)


def histogram(pixels: Tensor) -> Tensor:
    """(32768, 4): of each cell of the color cube, its pixels and the sums of their rounded red, green and blue."""
    levels = pixels.round().long()
    red, green, blue = (levels * CELLS // 256).unbind(1)
    counted = torch.cat([torch.ones_like(levels[:, :1]), levels], 1)
    cells = torch.zeros(CELLS**3, 4, dtype=torch.int64)
    return cells.index_add_(0, (red * CELLS + green) * CELLS + blue, counted)


def derive_palette(cells: Tensor, classes: int, rounds: int = 100) -> Tensor:
    """Choose up to `classes` colors (K, 3) in 0..255, commonest first, by k-means of the cells of a `histogram`."""
    cells = cells[cells[:, 0] > 0].double()
    weights, points = cells[:, 0], cells[:, 1:] / cells[:, :1]
    centers = points[weights.argmax()][None]
    while len(centers) < min(classes, len(points)):
        far = torch.cdist(points, centers).square().amin(1) * weights
        centers = torch.cat([centers, points[far.argmax()][None]])
    for _ in range(rounds):
        label = nearest(points, centers)
        share = torch.zeros(len(centers), dtype=torch.float64).index_add_(0, label, weights)
        sums = torch.zeros_like(centers).index_add_(0, label, points * weights[:, None])
        moved = torch.where(share[:, None] > 0, sums / share.clamp(min=1)[:, None], centers)
        if torch.equal(moved, centers):
            break
        centers = moved
    return centers[share.argsort(descending=True, stable=True)]
