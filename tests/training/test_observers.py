import json

import torch
from PIL import Image

import i2i_zoo
from i2i_zoo.training.grid import draw_grid, picture, sample_columns
from i2i_zoo.training.log import JsonLines
from i2i_zoo.training.observers import every


def test_every_and_last():
    class Fake:
        steps = 7

    seen = []
    observe = every(3, lambda trainer, losses: seen.append(trainer.step), last=True)
    for step in range(1, 8):
        Fake.step = step
        observe(Fake, {})
    assert seen == [3, 6, 7]


def test_a_log_continues_at_the_step_of_the_checkpoint(tmp_path):
    path = tmp_path / "log.jsonl"
    write = JsonLines(path, 0)
    for step in (1, 2, 3):
        write({"step": step, "losses": {"x": 0.5}})
    with path.open("a") as file:
        file.write('{"step": 4, "lo')  # killed while writing
    JsonLines(path, 2)({"step": 3, "again": True})
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["step"] for row in rows] == [1, 2, 3] and rows[-1]["again"]


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
