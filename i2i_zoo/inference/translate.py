"""Pictures translated rather than tensors: paths, PIL images, arrays and their like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from ..data.images.files import from_unit, to_pil
from ..data.images.pixels import name_of
from ..data.preparation import Resizer, SizeChoice, choose
from ..data.range_watch import RangeWatch
from ..errors import UserError
from ..models import Translator
from ..speed.choice import Speed
from ..speed.context import WeightCache
from .pictures import Picture, to_pixels


def translate(
    model: Translator,
    image: Picture | Sequence[Picture],
    to: str,
    style: Tensor | None = None,
    size: SizeChoice = None,
    restore: bool = False,
    seed: int | None = None,
) -> Any:
    """A picture of the domain `to`, as a PIL image of the size of the model's training; for a list, a list.

    The image is scaled to that size first, as test images are. A model that knows no size, or was trained at native
    sizes, takes it as it is, as `size="native"` does; a number of pixels or (height, width) is another size. `restore`
    scales the answer back to the image's own size. Grey pictures keep their depth; color has 8 bits, because PIL knows
    no other (`i2i translate` keeps 16).

    `image` is the path of a file, its bytes, a file opened as bytes, a PIL image, an array (H, W) or (H, W, C), or a
    tensor (C, H, W); arrays and tensors hold uint8, uint16 or floats in [0, 1]. `style` is for models that have styles:
    (style_dim,) for all images or (N, style_dim), one for each. `seed` draws one for each, always the same; without
    both they are drawn from torch's global RNG. No gradients are kept. Raises `FileError` for a file that cannot be
    read, and `UserError` for a domain, a style or a size that does not exist.
    """
    if isinstance(image, list | tuple):
        styles = _styles(model, style, seed, len(image))
        return [_translate(model, one, to, own, size, restore) for one, own in zip(image, styles, strict=True)]
    [own] = _styles(model, style, seed, 1)
    return _translate(model, image, to, own, size, restore)


def _styles(model: Translator, style: Tensor | None, seed: int | None, count: int) -> Sequence[Tensor | None]:
    """The style of each of `count` images, None where it is still to be drawn; a seed means nothing without styles."""
    if style is not None and seed is not None:
        raise UserError("style and seed both say the style; give one of them")
    if seed is not None and model.style_dim:
        return model.sample_style(count, seed)
    return [None] * count if style is None else model.style_for_each(style, count)


def _translate(
    model: Translator, image: Picture, to: str, style: Tensor | None, size: SizeChoice, restore: bool
) -> Image.Image:
    source, resizer = model.source(to), resizer_for(model, to, size, restore)
    pixels = to_pixels(image, model.channels[source], bounded=model.range_of(source).span is None)
    fake = resizer.finish(translate_pixels(model, resizer.prepare(pixels), to, style), pixels)
    if len(fake) > 4:
        raise UserError(f"{len(fake)} channels make no PIL image; use model.translate, or `i2i translate`")
    return to_pil(fake if len(fake) == 1 else from_unit(model.range_of(to).to_unit(fake), torch.uint8))


@torch.inference_mode()
def translate_pixels(
    model: Translator,
    pixels: Tensor,
    to: str,
    style: Tensor | None = None,
    speed: Speed | None = None,
    cache: WeightCache | None = None,
) -> Tensor:
    """Stored pixels (C, H, W) -> (C', H, W) of the domain `to`, same dtype; where the model has ranges, its images'.

    They are taken as they are, whatever size the model was trained at.
    `speed` says how it is computed; None: plainly. Images of more than 8 bits are computed in fp32 in any case. The
    `cache` keeps tensors derived from weights from one image to the next.
    """
    speed = speed or Speed()
    source, target = model.range_of(model.source(to)), model.range_of(to)
    if not name_of(pixels.dtype) == target.dtype_for(pixels.dtype) == "uint8":
        speed = speed._replace(precision="fp32")
    with speed.applied(model, cache):
        fake = model.translate(source.to_unit(pixels)[None].to(model.device), to=to, style=style)[0]
    return target.from_unit(fake.float().cpu(), pixels.dtype)


def resizer_for(model: Translator, to: str, size: SizeChoice, restore: bool) -> Resizer:
    """That which brings images to `size` for a translation `to` a domain, and counts; raises `UserError`."""
    source = model.source(to)
    watch = RangeWatch(source, model.range_of(source))
    return Resizer(choose(model.preparation, size), restore, watch)
