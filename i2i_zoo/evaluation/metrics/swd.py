"""Sliced Wasserstein distance on Laplacian pyramids."""

from __future__ import annotations

import torch
from pydantic import PositiveInt
from torch import Tensor
from torch.nn.functional import conv2d, pad

from ... import config
from ...data.evenly import evenly
from ...data.stream import seed_of
from ...registry import metrics
from ..base import Metric, NotApplicable, Score
from ..direction import Direction, Targets, Translations

SIDE = 7  # pixels of a patch
SMALLEST = 16  # pixels of the coarsest level
AT_ONCE = 32  # projections; bounds the memory


@metrics.register("swd")
class SWD(Metric):
    """Sliced Wasserstein distance x 1000 between patches of translations and of real images, at each level of a
    Laplacian pyramid and their mean (Karras et al. 2018, section 5 and appendix).

    As in the paper: 7 x 7 patches, 128 of each image and level, normalized by mean and deviation of each channel in
    each of the two sets, 512 random projections, levels down to 16 pixels. Otherwise: as many images of both sets as
    the smaller one has (the paper takes 16384), and patch i of image n lies at the same place in both, so that equal
    sets have distance 0. Values at other sizes or counts of images cannot be compared.
    """

    class Config(config.Config):
        patches: PositiveInt = 128
        """Patches of each image at each level."""
        projections: PositiveInt = 512
        """Random directions that distances are averaged over."""

    scores = {"swd": Score("SWD", "lower", "x 1000")}
    ceiling = "real"

    def __init__(self, config: Config, direction: Direction):
        super().__init__(config, direction)
        if min(direction.size) < SIDE:
            raise NotApplicable(f"{self.name}: images of {direction.size} pixels are smaller than a patch")
        self.levels = [min(direction.size)]  # the smaller side of each in pixels, finest first
        while self.levels[-1] // 2 >= SMALLEST:
            self.levels.append(-(-self.levels[-1] // 2))
        each = {f"swd_{side}": Score(f"SWD at {side} pixels", "lower", "x 1000") for side in self.levels}
        self.scores = {**type(self).scores, **each}

    def see_target(self, batch: Targets) -> None:
        self._keep("real", batch.numbers, batch.images)

    def see(self, batch: Translations) -> None:
        self._keep("fake", batch.numbers, batch.fake)

    def compute(self) -> dict[str, float]:
        direction, found = self.direction, {}
        for side in self.levels:
            one, other = (
                self._all(f"fake_{side}", len(direction.inputs)),
                self._all(f"real_{side}", len(direction.targets)),
            )
            where = seed_of(direction.seed, "projections", side)
            found[f"swd_{side}"] = 1000 * sliced_wasserstein(one, other, self.config.projections, where)
        return {"swd": sum(found.values()) / len(found)} | found

    def _all(self, name: str, length: int) -> Tensor:
        """The patches (P, C, 7, 7) of as many images as both sets have."""
        rows, fewest = self.table(name, length), min(len(self.direction.inputs), len(self.direction.targets))
        return rows[evenly(length, fewest)].flatten(0, 1).to(self.direction.device)

    def _keep(self, kind: str, numbers: range, images: Tensor) -> None:
        for side, level in zip(self.levels, laplacian_pyramid(images, len(self.levels)), strict=True):
            rows = [self._patches(level[i], number, side) for i, number in enumerate(numbers)]
            self.keep(f"{kind}_{side}", numbers, torch.stack(rows))

    def _patches(self, image: Tensor, number: int, side: int) -> Tensor:
        """Patches (P, C, 7, 7) of an image (C, H, W); where, is said by the seed, the image's number and the level."""
        generator = torch.Generator().manual_seed(seed_of(self.direction.seed, "patches", number, side))
        within, span = torch.arange(SIDE), (self.config.patches, 1)
        y, x = (torch.randint(length - SIDE + 1, span, generator=generator) + within for length in image.shape[-2:])
        return image[:, y[:, :, None].to(image.device), x[:, None].to(image.device)].movedim(0, 1)


def sliced_wasserstein(one: Tensor, other: Tensor, projections: int, seed: int) -> float:
    """Mean over random directions of the 1-Wasserstein distance of two sets of patches (P, C, h, w), normalized."""
    one, other = (normalized(patches).flatten(1) for patches in (one, other))
    generator = torch.Generator().manual_seed(seed)
    directions = torch.nn.functional.normalize(torch.randn(one.shape[1], projections, generator=generator), dim=0)
    total = 0.0
    for some in directions.to(one).split(AT_ONCE, dim=1):
        gaps = ((one @ some).sort(0).values - (other @ some).sort(0).values).abs()
        total += gaps.mean(0, dtype=torch.float64).sum().item()
    return total / projections


def normalized(patches: Tensor) -> Tensor:
    """Patches (P, C, h, w) with mean 0 and deviation 1 in each channel of the whole set."""
    deviation, mean = torch.std_mean(patches, (0, 2, 3), correction=0, keepdim=True)
    return (patches - mean) / deviation.clamp(min=1e-8)


def laplacian_pyramid(images: Tensor, levels: int) -> list[Tensor]:
    """Laplacian pyramid of (N, C, H, W): the loss of each halving, finest first, then the rest (Burt, Adelson 1983)."""
    pyramid = [images]
    for _ in range(levels - 1):
        smaller = _blur(pyramid[-1])[..., ::2, ::2]
        larger = torch.zeros_like(pyramid[-1])
        larger[..., ::2, ::2] = smaller
        pyramid[-1] = pyramid[-1] - 4 * _blur(larger)
        pyramid.append(smaller)
    return pyramid


def _blur(images: Tensor) -> Tensor:
    """The 5 x 5 binomial filter, reflected at the borders."""
    line = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]).to(images) / 16
    channels = images.shape[1]
    kernel = torch.outer(line, line).expand(channels, 1, 5, 5)
    return conv2d(pad(images, (2, 2, 2, 2), "reflect"), kernel, groups=channels)
