"""One picture of several models: test images down, a column for each model, and for each style where there are styles.

    python benchmarks/gallery.py RUN RUN ... --to shoes --out benchmarks/results/shoes-64.png

A column is named after its model, or as `--names` says; runs must translate between the same domains. Test images are
those of the first run.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

import i2i_zoo
from i2i_zoo.inference.grid import Column, draw_grid, picture, save_picture
from i2i_zoo.recipe.recipe import load


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--to", required=True, help="the domain to translate to")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--images", type=int, default=6)
    parser.add_argument("--styles", type=int, default=5)
    parser.add_argument("--names", nargs="+", help="of the columns, one for each run")
    parser.add_argument("--cell", type=int, default=96, help="pixels of a picture")
    words = parser.parse_args()

    models = [i2i_zoo.load(run) for run in words.runs]
    source = models[0].source(words.to)
    inputs = list(load(words.runs[0]).build_data()[1].held_out(source, words.images))
    columns: list[Column] = [(source, [picture(image, cell=words.cell) for image in inputs])]
    for model, name in zip(models, words.names or [model.name for model in models], strict=True):
        styles = model.sample_style(words.styles, seed=0) if model.style_dim else [None]
        columns += [(name, translated(model, inputs, words.to, style, words.cell)) for style in styles]
    save_picture(draw_grid(columns), words.out)


@torch.inference_mode()
def translated(
    model: i2i_zoo.models.Translator, inputs: list[Tensor], to: str, style: Tensor | None, cell: int
) -> list[Tensor]:
    """Pictures of all inputs in one style."""
    return [picture(model.translate(image[None], to, style)[0], cell=cell) for image in inputs]


if __name__ == "__main__":
    main()
