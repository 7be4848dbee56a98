"""Sample grids: what the model makes of the same few test images, as one labelled picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn.functional import interpolate

from ..data.images import from_unit
from ..files import draft_file
from ..models.base import Translator

Column = tuple[str, Sequence[Tensor]]  # a label, and an image (C, H, W) in [-1, 1] for every row


def sample_columns(model: Translator, tests: Mapping[str, Sequence[Tensor]]) -> list[Column]:
    """For each direction: input, translation, and translation back. Paired test images share a row."""
    device = next(model.parameters()).device
    columns: list[Column] = []
    for to in reversed(model.domains):
        source = model.source(to)
        reals = [image.to(device) for image in tests[source]]
        fakes = [model.translate(real[None], to=to)[0] for real in reals]
        cycles = [model.translate(fake[None], to=source)[0] for fake in fakes]
        columns += [(source, reals), (f"to {to}", fakes), (f"back to {source}", cycles)]
    return columns


def draw_grid(columns: Sequence[Column], cell: int = 128, gap: int = 4, header: int = 22) -> Image.Image:
    """Columns side by side under their labels; images are scaled to about `cell` pixels."""
    rows = max(len(images) for _, images in columns)
    height, width = columns[0][1][0].shape[-2:]
    scale = max(1, round(cell / max(height, width)))
    height, width = height * scale, width * scale
    sheet = Image.new("RGB", (len(columns) * (width + gap) + gap, header + rows * (height + gap)), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=13)
    for x, (label, images) in enumerate(columns):
        left = gap + x * (width + gap)
        while pen.textlength(label, font=font) > width and len(label) > 1:
            label = label[:-2] + "…"
        pen.text((left + width / 2, header / 2), label, fill="black", font=font, anchor="mm")
        for y, image in enumerate(images):
            sheet.paste(picture(image, scale), (left, header + y * (height + gap)))
    return sheet


def picture(image: Tensor, scale: int = 1) -> Image.Image:
    """An image (C, H, W) in [-1, 1] as RGB; of more than three channels, the first three are shown."""
    shown = image.detach().cpu()[:3] if len(image) >= 3 else image.detach().cpu()[:1].expand(3, -1, -1)
    pixels = from_unit(interpolate(shown[None].float(), scale_factor=scale, mode="nearest")[0], torch.uint8)
    return Image.fromarray(pixels.movedim(0, -1).numpy())


def save_picture(sheet: Image.Image, path: Path) -> None:
    """Write a PNG, whole or not at all."""
    with draft_file(path) as draft:
        sheet.save(draft, format="PNG")
