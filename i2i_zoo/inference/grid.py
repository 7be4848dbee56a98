"""Grids of images, as one labelled picture: what the model makes of the same few test images."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont, ImageOps
from torch import Tensor

from ..data.images.files import from_unit
from ..files import draft_file
from ..models.base import Translator

Column = tuple[str, Sequence[Image.Image]]  # a label, and a picture for every row


def sample_columns(
    model: Translator, tests: Mapping[str, Sequence[Tensor]], trained_on: Collection[str] = ()
) -> list[Column]:
    """Translate a few test images: for each direction input, translation, and translation back where it can.

    Paired test images share a row.

    Inputs of the domains `trained_on` are headed as training images.
    A model with styles shows its translations in three styles instead, the same for all rows and at every step.
    """
    columns = []
    for source, to in model.directions:
        reals = [image[None].to(model.device) for image in tests[source]]
        columns.append((f"{source} (training)" if source in trained_on else source, reals))
        if model.style_dim:
            for number, style in enumerate(model.sample_style(3, seed=0), 1):
                columns.append((f"to {to}, {number}", [model.translate(real, to=to, style=style) for real in reals]))
        else:
            fakes = [model.translate(real, to=to) for real in reals]
            columns.append((f"to {to}", fakes))
            if (to, source) in model.directions:
                columns.append((f"back to {source}", [model.translate(fake, to=source) for fake in fakes]))
    return [(label, [picture(image[0]) for image in images]) for label, images in columns]


def draw_grid(columns: Sequence[Column], gap: int = 4, header: int = 22) -> Image.Image:
    """Columns side by side under their labels, in cells of the size of the largest picture."""
    pictures = [picture for _, column in columns for picture in column]
    height, width = max(p.height for p in pictures), max(p.width for p in pictures)
    rows = max(len(column) for _, column in columns)
    sheet = Image.new("RGB", (len(columns) * (width + gap) + gap, header + rows * (height + gap)), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=13)
    for x, (label, column) in enumerate(columns):
        left = gap + x * (width + gap)
        while pen.textlength(label, font=font) > width and len(label) > 1:
            label = label[:-2] + "…"
        pen.text((left + width / 2, header / 2), label, fill="black", font=font, anchor="mm")
        for y, image in enumerate(column):
            top = header + y * (height + gap)
            sheet.paste(image, (left + (width - image.width) // 2, top + (height - image.height) // 2))
    return sheet


def picture(image: Tensor, cell: int = 128) -> Image.Image:
    """An image (C, H, W) in [-1, 1] as RGB of about `cell` pixels; of more than three channels, the first three.

    Small ones are magnified by a whole number, so that each pixel can be seen; large ones are reduced to 2 x `cell`.
    """
    shown = image.detach().cpu()[:3] if len(image) >= 3 else image.detach().cpu()[:1].expand(3, -1, -1)
    full = Image.fromarray(from_unit(shown, torch.uint8).movedim(0, -1).contiguous().numpy())
    if max(full.size) > 2 * cell:
        return ImageOps.contain(full, (2 * cell, 2 * cell))
    scale = max(1, round(cell / max(full.size)))
    return full.resize((full.width * scale, full.height * scale), Image.Resampling.NEAREST)


def save_picture(sheet: Image.Image, path: Path) -> None:
    """Write a PNG, whole or not at all."""
    with draft_file(path) as draft:
        sheet.save(draft, format="PNG")


def save_walk(columns: Sequence[Column], path: Path, milliseconds: int = 120) -> None:
    """Write a GIF, whole or not at all, whose frames are the columns, there and back again, rows beside each other."""
    there = [draw_grid([("", [image]) for image in column], header=4).quantize(256) for _, column in columns]
    first, *others = there + there[-2:0:-1]
    with draft_file(path) as draft:
        first.save(draft, format="GIF", save_all=True, append_images=others, duration=milliseconds, loop=0)
