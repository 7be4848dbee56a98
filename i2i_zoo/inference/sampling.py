"""Images in several styles: the choice of styles, and the translations in each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from ..data.images.files import read, read_with_metadata, write
from ..data.preparation import Preparation, Resizer
from ..errors import UserError, counted
from ..models import Translator
from ..speed.choice import Speed
from .files import resized
from .grid import picture
from .pipeline import plain_failure
from .styles import from_id, mix, rounded, walk
from .translate import translate_pixels


@torch.inference_mode()
def mix_examples(
    model: Translator,
    files: Sequence[Path],
    domain: str,
    shares: Sequence[float] = (),
    apart: bool = False,
    preparation: Preparation | None = None,
) -> list[Tensor]:
    """The style (style_dim,) of image files of `domain`, mixed by `shares`; without shares, `apart` keeps each.

    `preparation` says at which size they are seen; None: as they are. Raises `UserError`.
    """
    resizer = Resizer(preparation)
    own, channels = model.range_of(domain), model.channels[domain]
    seen = (resizer.prepare(read(file, channels, bounded=own.span is None)) for file in files)
    images = (own.to_unit(pixels)[None].to(model.device) for pixels in seen)
    found = [model.encode_style(image, domain)[0].cpu() for image in images]
    if not found and shares:
        raise UserError("--mix gives the weights of --like images, and there are none")
    return found if not found or (apart and not shares) else [mix(torch.stack(found), shares)]


def choose_styles(
    model: Translator,
    named: Sequence[str],
    examples: Sequence[Tensor],
    count: int | None,
    seed: int,
    steps: int | None = None,
) -> Tensor:
    """Styles (S, style_dim) that have names: the `named`, the `examples`, and `count` random ones.

    `count` None fills up to 8 styles if there is no other, to the 2 ends of a walk if there are `steps`. With `steps`,
    so many styles on the way through all of them. Raises `UserError`.
    """
    given = [from_id(name, model.style_dim) for name in named] + list(examples)
    if count is not None and count < (0 if given else 1):
        raise UserError(f"{counted(count, 'style is', 'styles are')} not possible; ask for 1 or more")
    if count is None:
        count = max(2 - len(given), 0) if steps else 0 if given else 8
    codes = torch.stack([*given, *model.sample_style(count, seed).cpu()])
    return rounded(walk(codes, steps) if steps else codes)


def in_styles(
    model: Translator,
    file: Path,
    to: str,
    styles: Tensor,
    targets: Sequence[Path] = (),
    speed: Speed | None = None,
    resizer: Resizer | None = None,
) -> list[Image.Image]:
    """Pictures of the image in `file` and of its translation in each of `styles`, which are written to `targets`.

    `speed` and `resizer` are those of `translate_files`. Raises `UserError` that names the file.
    """
    resizer = resizer or Resizer(None)
    with plain_failure(file):
        source = model.source(to)
        own, other = model.range_of(source), model.range_of(to)
        pixels, metadata = read_with_metadata(file, model.channels[source], bounded=own.span is None)
        prepared = resizer.prepare(pixels)
        row = [picture(own.to_unit(resizer.finish(prepared, pixels)))]
        for number, style in enumerate(styles):
            fake = resizer.finish(translate_pixels(model, prepared, to, style, speed), pixels)
            row.append(picture(other.to_unit(fake)))
            if targets:
                write(fake, targets[number], resized(metadata, resizer, fake))
        return row
