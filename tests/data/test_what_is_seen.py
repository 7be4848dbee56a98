"""Which images a training and a test see, in which order, at which size, and how they were changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from i2i_zoo.data import ImageData
from i2i_zoo.data.transforms import Augment
from i2i_zoo.registry import datasets


def unpaired(root: Path, **knobs: object) -> ImageData:
    tables = {"root": str(root), "domains": ["x", "y"], "channels": [1, 1], "size": 16}
    return datasets["unpaired"].Config.parse(tables | knobs, "recipe.data").build()


def fill(root: Path, *images: np.ndarray) -> Path:
    """The same grey images in all four folders."""
    for folder in ("trainA", "trainB", "testA", "testB"):
        (root / folder).mkdir()
        for number, image in enumerate(images):
            Image.fromarray(image.astype(np.uint8)).save(root / folder / f"{number}.png")
    return root


def levels(image: Tensor) -> Tensor:
    """Grey levels (H, W), 0 to 255."""
    return ((image[0] + 1) * 127.5).round().int()


def ramp(rows: int, columns: int) -> np.ndarray:
    """Every pixel has its own level."""
    return np.arange(rows * columns).reshape(rows, columns)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """Eight images of one level each, equal in both domains."""
    return fill(tmp_path, *(np.full((16, 16), 10 * number) for number in range(8)))


def order(data: ImageData, domain: str, count: int = 24) -> list[int]:
    """The numbers of the images of the first samples."""
    return [int(levels(data.stream[k][domain])[0, 0]) // 10 for k in range(count)]


def test_equal_folders_are_not_trained_as_pairs(plain):
    data = unpaired(plain)
    x, y = order(data, "x", 80), order(data, "y", 80)
    assert sorted(x) == sorted(y) == sorted([*range(8)] * 10)
    assert sum(one == other for one, other in zip(x, y, strict=True)) < 25, "10 are expected of chance"


def test_another_seed_is_another_order_in_both_domains(plain):
    found = []
    for seed in (0, 0, 1):
        data = unpaired(plain)
        data.stream.seed = seed
        found.append((order(data, "x"), order(data, "y")))
    assert found[0] == found[1] and found[0][0] != found[2][0] and found[0][1] != found[2][1]


def test_another_seed_changes_images_otherwise(tmp_path):
    data, found = unpaired(fill(tmp_path, ramp(15, 16), ramp(15, 16)), size=8, resize=[15, 16]), []
    for seed in (0, 0, 1):
        data.stream.seed = seed
        found.append(torch.stack([data.stream[k]["x"] for k in range(8)]))
    assert torch.equal(found[0], found[1]) and not torch.equal(found[0], found[2])


def framed(side: int) -> np.ndarray:
    """Black in a white frame, an eighth of the image wide."""
    image = np.full((side, side), 255)
    image[side // 8 : -side // 8, side // 8 : -side // 8] = 0
    return image


def test_training_images_are_cropped_and_test_images_are_whole(tmp_path):
    data = unpaired(fill(tmp_path, framed(32), framed(32)), resize=24, augment={"crop": "center"})
    assert levels(data.stream[0]["x"])[0, 1:-1].max() < 80, "the frame is 3 pixels wide, 4 are cut"
    for image in data.held_out("x", 2):
        seen = levels(image)
        assert image.shape == (1, 16, 16) and all(line.min() > 200 for line in (seen[0], seen[-1], seen[:, 0]))
        assert seen[4:-4, 4:-4].max() < 30


def test_with_native_sizes_test_images_are_the_middle(tmp_path):
    data = unpaired(fill(tmp_path, ramp(12, 20), ramp(12, 20)), size=[8, 10], fit="none")
    [image] = data.held_out("y", 1)
    assert levels(image).tolist() == ramp(12, 20)[2:10, 5:15].tolist()


@pytest.mark.parametrize("crop", ["random", "center"])
def test_crops_are_taken_all_over_the_image_or_in_its_middle(crop):
    image, change = torch.as_tensor(ramp(12, 12))[None].byte(), Augment(crop=crop, flip=0.0).transform((8, 8))
    torch.manual_seed(0)
    corners = {int(change(image)[0, 0, 0]) for _ in range(300)}
    everywhere = {12 * row + column for row in range(5) for column in range(5)}
    assert corners == (everywhere if crop == "random" else {12 * 2 + 2})


@pytest.mark.parametrize(("flip", "vertical_flip"), [(1, 0), (0, 1), (1, 1), (0, 0), (0.8, 0.3)])
def test_each_flip_has_its_own_probability(flip, vertical_flip):
    image = torch.arange(6, dtype=torch.uint8).view(1, 2, 3)
    change = Augment(flip=float(flip), vertical_flip=float(vertical_flip)).transform((2, 3))
    torch.manual_seed(0)
    corners = [int(change(image)[0, 0, 0]) for _ in range(400)]
    turned = {0: (False, False), 2: (True, False), 3: (False, True), 5: (True, True)}
    across, down = (sum(turned[corner][i] for corner in corners) / 400 for i in (0, 1))
    assert across == pytest.approx(flip, abs=0.08 * (0 < flip < 1))
    assert down == pytest.approx(vertical_flip, abs=0.08 * (0 < vertical_flip < 1))


def test_left_out_flips_are_horizontal_half_of_the_time():
    assert (Augment().crop, Augment().flip, Augment().vertical_flip) == ("random", 0.5, 0.0)


def test_test_images_are_neither_flipped_nor_moved(tmp_path):
    data = unpaired(fill(tmp_path, ramp(16, 15), ramp(16, 15)), size=[16, 15], augment={"vertical_flip": 1.0})
    for _ in range(4):
        assert all(levels(image).tolist() == ramp(16, 15).tolist() for image in data.held_out("x", 2))
    assert levels(data.stream[0]["x"])[0, 0] >= 225, "a training image stands on its head"
