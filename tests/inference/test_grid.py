"""What a grid of samples shows."""

from __future__ import annotations

import torch
from PIL import Image

import i2i_zoo
from i2i_zoo.inference.grid import draw_grid, picture, sample_columns


def test_a_sample_grid_shows_both_directions_and_any_channels():
    small = {"generator": {"name": "resnet", "width": 2, "blocks": 1}}
    model = i2i_zoo.create("cyclegan", ("scan", "map"), channels=(1, 5), **small).eval()
    tests = {"scan": [torch.zeros(1, 16, 24)] * 2, "map": [torch.ones(5, 16, 24)] * 2}
    with torch.no_grad():
        columns = sample_columns(model, tests)
    assert [label for label, _ in columns] == ["scan", "to map", "back to scan", "map", "to scan", "back to map"]
    sheet = draw_grid(columns)
    assert isinstance(sheet, Image.Image) and sheet.width > sheet.height
    assert picture(torch.ones(1, 4, 4)).getpixel((0, 0)) == (255, 255, 255)
    assert picture(torch.full((3, 4, 4), -1.0), cell=8).size == (8, 8)
