"""Pictures translated rather than tensors: paths, PIL images, arrays and their like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias, overload

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..data.images.files import from_unit, to_pil
from ..data.images.pixels import name_of
from ..data.preparation import Resizer, SizeChoice, choose_preparation
from ..data.range_watch import RangeWatch
from ..errors import UserError
from ..models import Translator
from ..registry import did_you_mean
from ..speed.choice import Speed
from ..speed.context import WeightCache
from .big.tiling import Tiling
from .pictures import Picture, to_pixels

OUTPUTS = ("pil", "array", "tensor")
Output: TypeAlias = Literal["pil", "array", "tensor"]
Answer: TypeAlias = Image.Image | np.ndarray | Tensor


@overload
def translate(
    model: Translator,
    image: Picture,
    to: str,
    style: Tensor | None = None,
    size: SizeChoice = None,
    restore: bool = False,
    seed: int | None = None,
    output_type: Literal["pil"] = "pil",
) -> Image.Image: ...
@overload
def translate(
    model: Translator,
    image: Sequence[Picture],
    to: str,
    style: Tensor | None = None,
    size: SizeChoice = None,
    restore: bool = False,
    seed: int | None = None,
    output_type: Literal["pil"] = "pil",
) -> list[Image.Image]: ...
@overload
def translate(
    model: Translator,
    image: Picture | Sequence[Picture],
    to: str,
    style: Tensor | None = None,
    size: SizeChoice = None,
    restore: bool = False,
    seed: int | None = None,
    *,
    output_type: Output,
) -> Answer | list[Answer]: ...
def translate(
    model: Translator,
    image: Picture | Sequence[Picture],
    to: str,
    style: Tensor | None = None,
    size: SizeChoice = None,
    restore: bool = False,
    seed: int | None = None,
    output_type: Output = "pil",
) -> Answer | list[Image.Image] | list[Answer]:
    """A picture of the domain `to`, as a PIL image of the size of the model's training; for a list, a list.

    The image is scaled to that size first, as test images are. A model that knows no size, or was trained at native
    sizes, takes it as it is, as `size="native"` does; a number of pixels or (height, width) is another size. `restore`
    scales the answer back to the image's own size.

    `image` is the path of a file, its bytes, a file opened as bytes, a PIL image, an array (H, W) or (H, W, C), or a
    tensor (C, H, W); arrays and tensors hold uint8, uint16 or floats in [0, 1]. `output_type` is that of the answer: a
    PIL image, whose color has 8 bits because PIL knows no other; "array", (H, W, C), or "tensor", (C, H, W), with the
    values that a file of `image`'s type would hold. `style` is for models that have styles: (style_dim,) for all images
    or (N, style_dim), one for each. `seed` draws one for each, always the same; without both they are drawn from
    torch's global RNG. No gradients are kept. Raises `FileError` for a file that cannot be read, and `UserError` for a
    domain, a style, a size or a type that does not exist.
    """
    if output_type not in OUTPUTS:
        raise UserError(f"output_type: {output_type!r} is not known; {did_you_mean(str(output_type), OUTPUTS)}")
    several = isinstance(image, list | tuple)
    pictures = image if several else [image]
    styles = _styles(model, style, seed, len(pictures))
    answers = [
        _finished(model, _translate(model, one, to, own, size, restore), to, output_type)
        for one, own in zip(pictures, styles, strict=True)
    ]
    return answers if several else answers[0]


def _styles(model: Translator, style: Tensor | None, seed: int | None, count: int) -> Sequence[Tensor | None]:
    """The style of each of `count` images, None where it is still to be drawn; a seed means nothing without styles."""
    if style is not None and seed is not None:
        raise UserError("style and seed both say the style; give one of them")
    if seed is not None and model.style_dim:
        return model.sample_style(count, seed)
    return [None] * count if style is None else model.style_for_each(style, count)


def _translate(
    model: Translator, image: Picture, to: str, style: Tensor | None, size: SizeChoice, restore: bool
) -> Tensor:
    """The stored values (C, H, W) of the translation."""
    source, resizer = model.source(to), resizer_for(model, to, size, restore)
    pixels = to_pixels(image, model.channels[source], bounded=model.range_of(source).span is None)
    return resizer.finish(translate_pixels(model, resizer.prepare(pixels), to, style), pixels)


def _finished(model: Translator, fake: Tensor, to: str, output_type: Output) -> Answer:
    if output_type == "tensor":
        return fake
    if output_type == "array":
        return fake.movedim(0, -1).contiguous().numpy()
    if len(fake) > 4:
        raise UserError(f'{len(fake)} channels make no PIL image; take output_type="array", or `i2i translate`')
    return to_pil(fake if len(fake) == 1 else from_unit(model.range_of(to).to_unit(fake), torch.uint8))


@torch.inference_mode()
def translate_pixels(
    model: Translator,
    pixels: Tensor,
    to: str,
    style: Tensor | None = None,
    speed: Speed | None = None,
    cache: WeightCache | None = None,
    tiling: Tiling | None = None,
) -> Tensor:
    """Stored pixels (C, H, W) -> (C', H, W) of the domain `to`, same dtype; where the model has ranges, its images'.

    They are taken as they are, whatever size the model was trained at.
    `speed` says how it is computed; None: plainly. Images of more than 8 bits are computed in fp32 in any case. The
    `cache` keeps tensors derived from weights from one image to the next. `tiling` says which images are computed part
    by part; None: none.
    """
    speed = speed or Speed()
    if tiling and tiling.wanted(model, *pixels.shape[1:], to, style, speed):
        return tiling.whole(model, pixels, to, style, speed, cache or WeightCache())
    source, target = model.range_of(model.source(to)), model.range_of(to)
    if not name_of(pixels.dtype) == target.dtype_for(pixels.dtype) == "uint8":
        speed = speed._replace(precision="fp32")
    with speed.applied(model, cache):
        fake = model.translate(source.to_unit(pixels)[None].to(model.device), to=to, style=style)[0]
    return target.from_unit(fake.float().cpu(), pixels.dtype)


def resizer_for(model: Translator, to: str, size: SizeChoice, restore: bool) -> Resizer:
    """Make the resizer that brings images to `size` for a translation `to` a domain; raises `UserError`."""
    source = model.source(to)
    watch = RangeWatch(source, model.range_of(source))
    return Resizer(choose_preparation(model.preparation, size), restore, watch)
