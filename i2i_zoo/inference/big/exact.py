"""A picture translated band by band: what the network would give for all of it, in little memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from ...data.images.regions import Regions
from ...models import Translator
from ...speed.choice import Speed
from ...speed.context import WeightCache
from .bands import Banded, Bands, Workshop
from .shelf import Shelf


@torch.inference_mode()
def translate_in_bands(
    model: Translator,
    picture: Regions,
    to: str,
    style: Tensor | None,
    speed: Speed,
    cache: WeightCache,
    folder: Path,
    tick: Callable[[int], None] = lambda done: None,
) -> Iterator[Tensor]:
    """The translation of a `picture`, as rows of stored pixels (C', rows, W) from the top to the bottom.

    Features lie in `folder` meanwhile, in files without a name. `tick` is told of multiplications done. Raises
    `UserError` for a full disk and for a network that computes what bands do not know.
    """
    source, target = model.range_of(model.source(to)), model.range_of(to)
    work = Workshop(model.device, Shelf(folder), tick=tick)

    def rows(start: int, stop: int) -> Tensor:
        return source.to_unit(picture.region(start, stop, 0, picture.width))[None].to(work.device)

    like = torch.empty((1, picture.channels, picture.height, picture.width), device="meta")
    # Networks lay images out as the scope says, which bands do by themselves.
    with speed._replace(channels_last=False, compiled=False).applied(model, cache):
        answer = model.translate(Banded(Bands(like, 2, rows, 0, work)), to=to, style=style).bands.kept()
    for start in range(0, answer.height, step := answer.step()):
        part = answer.rows(start, min(start + step, answer.height))[0]
        yield target.from_unit(part.float().cpu(), picture.dtype)
