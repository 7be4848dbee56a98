"""The judge that reads labels from photographs: it must tell good photographs from bad ones."""

from __future__ import annotations

import pytest
import torch
from small_models import Copies

from i2i_zoo.data.images.files import from_unit, write
from i2i_zoo.evaluation import EvaluateConfig, evaluate
from i2i_zoo.evaluation.metrics.segmentation import features, random_filters
from i2i_zoo.registry import datasets

NAMES = ("segmented_pixel_accuracy", "segmented_class_accuracy", "segmented_mean_iou")
LAND, WATER = torch.tensor([0.8, 0.8, 0.7]), torch.tensor([0.4, 0.6, 1.0])


def photograph(maps):
    """Land is rough and water smooth; both are equally bright, so that color alone says nothing."""
    rough = torch.randn(maps.shape, generator=torch.Generator().manual_seed(int(1000 * maps.sum().abs()))) / 2
    return torch.where(maps[..., 2:, :, :] > 0.9, rough / 20, rough).clamp(-1, 1)


class Painter(Copies):
    """Translates maps to photographs, well, or all to one."""

    def __init__(self, paint):
        super().__init__()
        self.paint = paint

    def forward(self, images, to):
        return self.paint(images) if to == "b" else images


@pytest.fixture
def pairs(tmp_path):
    torch.manual_seed(0)
    for number in range(6):
        water = (torch.rand(1, 4, 4) < 0.4).float().repeat_interleave(8, 1).repeat_interleave(8, 2)
        drawn = (LAND[:, None, None] * (1 - water) + WATER[:, None, None] * water) * 2 - 1
        for folder, image in (("testA", drawn), ("testB", photograph(drawn))):
            write(from_unit(image, torch.uint8), tmp_path / folder / f"{number}.png")
    return datasets["paired"].Config.parse({"root": str(tmp_path), "domains": ["a", "b"], "size": 32}).build()


def judged(paint, pairs, **knobs):
    table = {"domains": ["a"], "classes": 2, "filters": 16, **knobs}
    chosen = EvaluateConfig.parse({"metrics": ["segmentation"], "knobs": {"segmentation": table}})
    return evaluate(Painter(paint), pairs, chosen)


def test_good_photographs_are_read_and_one_for_all_is_not(pairs):
    good, same = (judged(paint, pairs) for paint in (photograph, torch.zeros_like))
    assert [good.values[f"to_b.{name}"] > limit for name, limit in zip(NAMES, (0.9, 0.9, 0.8), strict=True)] == [
        True
    ] * 3
    assert same.values["to_b.segmented_class_accuracy"] == pytest.approx(0.5), "all of one class"
    real = good.protocol["details"]["to_b"]["segmentation"]["real"]
    assert good.values["to_b.segmented_pixel_accuracy"] == pytest.approx(real[NAMES[0]], abs=0.02)
    assert real == same.protocol["details"]["to_b"]["segmentation"]["real"]


def test_the_judge_knows_no_photograph_that_it_reads(pairs):
    """A judge that had seen the map of the very photograph could learn a pixel's place; noise can only be guessed."""
    noise = judged(lambda maps: torch.rand_like(maps) * 2 - 1, pairs, filters=64)
    assert noise.values["to_b.segmented_class_accuracy"] < 0.6


def test_only_translations_of_label_maps_are_judged(pairs):
    found = judged(photograph, pairs)
    assert {key.split(".")[0] for key in found.values} == {"to_b"}
    palette = torch.tensor(found.protocol["details"]["to_b"]["segmentation"]["palette"])
    torch.testing.assert_close(palette, torch.stack([LAND, WATER]) * 255, atol=1.0, rtol=0)


def test_a_given_palette_is_taken(pairs):
    given = [[255, 255, 255], [0, 0, 255]]
    assert judged(photograph, pairs, palette=given).protocol["details"]["to_b"]["segmentation"]["palette"] == given


def test_features_are_whole_numbers_of_each_pixel():
    found = features(torch.rand(1, 3, 30, 40), *random_filters(4))
    assert found.shape == (1200, 13) and found.dtype == torch.float64
    assert torch.equal(found, found.round()) and (found[:, 0] == 256).all()
