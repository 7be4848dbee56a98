"""Image files translated by a model, one after the other."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from ..data.images.files import probe, read_with_metadata, write
from ..data.images.metadata import Metadata, read_metadata
from ..data.images.tiff_parts import TIFF, Parts, TiffParts, in_parts, write_parts
from ..data.preparation import Resizer
from ..errors import UserError
from ..models import Translator
from ..speed.choice import Speed
from ..speed.context import WeightCache
from .big.tiling import Tiling, assembled
from .pipeline import in_turn
from .translate import translate_pixels


def translate_files(
    model: Translator,
    files: Iterable[tuple[Path, Path]],
    to: str,
    style: Tensor | None = None,
    speed: Speed | None = None,
    resizer: Resizer | None = None,
    tiling: Tiling | None = None,
) -> Iterator[tuple[Path, str]]:
    """Translate each (input, output) pair of paths; yields the input and what went wrong with it, or ''.

    While one image goes through the network, threads decode the next ones and write the last ones. `speed` and `tiling`
    are those of `translate_pixels`; `resizer` brings images to the model's size, None: they are taken as they are. The
    model's weights must stay as they are until the last one.
    """
    cache, resizer, domain = WeightCache(), resizer or Resizer(None), model.source(to)
    channels, bounded = model.channels[domain], model.range_of(domain).span is None
    speed = speed or Speed()

    @functools.cache
    def large(source: Path) -> bool:
        if tiling is None or tiling.tile is False or resizer.preparation:
            return False
        try:
            info = in_parts(source, channels) or probe(source, channels)
        except UserError:  # which reading it says again
            return False
        return tiling.wanted(model, info.height, info.width, to, style, speed)

    def read_one(source: Path) -> tuple[Tensor | TiffParts, Metadata]:
        if large(source) and (parts := in_parts(source, channels)):
            return parts, read_metadata(source)
        return read_with_metadata(source, channels, bounded)

    def work(pixels: Tensor | TiffParts, metadata: Metadata) -> tuple[Tensor | Parts, Metadata]:
        if isinstance(pixels, TiffParts):
            bands = tiling.translate(model, pixels, to, style, speed, cache)
            return Parts(bands, pixels.height, pixels.width), metadata
        fake = translate_pixels(model, resizer.prepare(pixels), to, style, speed, cache, tiling)
        answer = resizer.finish(fake, pixels)
        return answer, resized(metadata, resizer, answer)

    return in_turn(files, read_one, work, write_any, large)


def write_any(answer: Tensor | Parts, path: Path, metadata: Metadata) -> None:
    """Write an answer; one in parts goes into a TIFF as it comes, and is put together for other files."""
    if isinstance(answer, Parts) and path.suffix.lower() in TIFF:
        write_parts(answer, path, metadata)
    else:
        write(assembled(answer.bands, answer.height) if isinstance(answer, Parts) else answer, path, metadata)


def resized(metadata: Metadata, resizer: Resizer, answer: Tensor) -> Metadata:
    """The metadata of an image for its translation, alpha at the size of that."""
    resizer.unplaced += metadata.loses_place(*answer.shape[-2:])
    if metadata.alpha is None:
        return metadata
    return metadata._replace(alpha=resizer.alongside(torch.from_numpy(metadata.alpha)).numpy())
