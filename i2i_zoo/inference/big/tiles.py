"""A picture translated tile by tile, each norm with the statistics of samples of it: only a tile is in memory."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from pathlib import Path

import torch
from torch import Tensor

from ...data.images.regions import Regions
from ...errors import UserError
from ...models import Translator
from ...models.base import reflect
from ...speed.choice import Speed
from ...speed.context import WeightCache
from .bands import Banded, Bands, Workshop
from .shelf import Shelf
from .tape import Tape

TILE = 1024  # pixels a side of a tile, without what it overlaps
SAMPLE, SAMPLES = 256, 4  # pixels a side of a sample, and how many there are down and across
FARTHEST = 1024  # pixels beyond a tile, that its answer may depend on


class Network:
    """A model's translation of parts of a picture, all with the statistics of the first part that it is given."""

    def __init__(
        self, model: Translator, to: str, style: Tensor | None, speed: Speed, cache: WeightCache, folder: Path
    ):
        self.model, self.to, self.style, self.cache = model, to, style, cache
        self.speed = speed._replace(channels_last=False, compiled=False)
        self.work = Workshop(model.device, Shelf(folder), tape=Tape())

    def __call__(self, part: Tensor) -> Tensor:
        """Values (C, H, W) in [-1, 1] of a part -> its translation (C', H, W)."""
        part = part[None].to(self.work.device)
        bands = Bands(part.to("meta"), 2, lambda start, stop: part[:, :, start:stop], 0, self.work)
        with self.speed.applied(self.model, self.cache):
            answer = self.model.translate(Banded(bands), to=self.to, style=self.style).bands
        self.work.tape.rewind()
        return answer.rows(0, answer.height)[0].float()

    def reach(self) -> int:
        """Pixels beyond a part that change its translation: where a missing number in the middle of an image is seen.

        Raises `UserError` for a network that looks farther than `FARTHEST`.
        """
        stride = self.model.stride
        width, half = ceil(max(self.model.smallest, 16) / stride) * stride, ceil(128 / stride) * stride
        while half <= FARTHEST:
            image = torch.zeros(self.model.channels[self.model.source(self.to)], 2 * half + stride, width)
            image[:, half : half + stride] = torch.nan
            seen = self(image).isnan().any(dim=2).any(dim=0).nonzero()
            reach = max(half - int(seen[0]), int(seen[-1]) - half - stride + 1)
            if reach < half:
                return ceil(reach / stride) * stride
            half *= 2
        raise UserError(f"this network looks farther than {FARTHEST} pixels, more than tiles overlap by; take --tile")


@torch.inference_mode()
def translate_in_tiles(
    model: Translator,
    picture: Regions,
    to: str,
    style: Tensor | None,
    speed: Speed,
    cache: WeightCache,
    folder: Path,
) -> Iterator[Tensor]:
    """The translation of a `picture`, as rows of stored pixels (C', rows, W) from the top to the bottom.

    Each norm has the statistics of samples of the picture that lie on a grid. Raises `UserError` for a network that
    looks too far, or computes what bands do not know.
    """
    source, target = model.range_of(model.source(to)), model.range_of(to)
    network = Network(model, to, style, speed, cache, folder)
    network(source.to_unit(samples(picture)))
    reach, step = network.reach(), ceil(TILE / model.stride) * model.stride
    rows, columns = model.margins(picture.height), model.margins(picture.width)
    padded = Padded(picture, rows, columns)
    for top in range(0, padded.height, step):
        first, last, above, height = window(top, step, reach, padded.height)
        tiles = []
        for left in range(0, padded.width, step):
            start, stop, before, width = window(left, step, reach, padded.width)
            found = network(source.to_unit(padded.region(first, last, start, stop)))
            own = found[:, above : above + height, before : before + width]
            tiles.append(target.from_unit(own.cpu(), picture.dtype))
        skipped, end = max(rows[0] - top, 0), rows[0] + picture.height - top
        yield torch.cat(tiles, dim=2)[:, skipped:end, columns[0] : columns[0] + picture.width]


def window(start: int, step: int, reach: int, size: int) -> tuple[int, int, int, int]:
    """First and last pixel that a tile from `start` on is computed of, those before it among them, and its own."""
    stop = min(start + step, size)
    first = max(start - reach, 0)
    return first, min(stop + reach, size), start - first, stop - start


def samples(picture: Regions) -> Tensor:
    """Parts of a picture from a grid, below each other (C, H, W); all of it, if it is small."""
    height, width = picture.height, picture.width
    if height * width <= (SAMPLE * SAMPLES) ** 2:
        return picture.region(0, height, 0, width)
    high, wide = min(SAMPLE, height), min(SAMPLE, width)
    downs = [(height - high) * i // max(1, SAMPLES - 1) for i in range(SAMPLES)]
    acrosses = [(width - wide) * i // max(1, SAMPLES - 1) for i in range(SAMPLES)]
    parts = [picture.region(top, top + high, left, left + wide) for top in downs for left in acrosses]
    return torch.cat(parts, dim=1)


class Padded:
    """A picture with `rows` and `columns` mirrored before and behind it, as `Translator.translate` pads images."""

    def __init__(self, picture: Regions, rows: tuple[int, int], columns: tuple[int, int]):
        self.picture, self.above, self.before = picture, rows[0], columns[0]
        self.channels, self.dtype = picture.channels, picture.dtype
        self.height, self.width = picture.height + sum(rows), picture.width + sum(columns)

    def region(self, top: int, bottom: int, left: int, right: int) -> Tensor:
        rows = (top - self.above, bottom - self.above, self.picture.height)
        columns = (left - self.before, right - self.before, self.picture.width)
        (top, bottom, above, below), (left, right, before, behind) = inside(*rows), inside(*columns)
        part = self.picture.region(top, bottom, left, right)
        return reflect(reflect(part, 1, above, below), 2, before, behind)


def inside(first: int, stop: int, size: int) -> tuple[int, int, int, int]:
    """What of `first` to `stop` lies within `size`, and how much before and behind it."""
    return max(first, 0), min(stop, size), max(-first, 0), max(stop - size, 0)
