"""Images of sizes that networks cannot take: reflected around, translated, and cut out of the middle again."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import pad

from i2i_zoo.models import Translator


class Copies(Translator):
    """Returns what it gets, and remembers it."""

    players = ()
    stride, smallest = 8, 16

    def __init__(self):
        super().__init__(None, ("a", "b"), 1)

    def turns(self, batch, step):
        yield from ()

    def forward(self, images: Tensor, to: str) -> Tensor:
        self.seen = images
        return images


@pytest.mark.parametrize(
    ("size", "padded"),
    [((16, 24), (0, 0, 0, 0)), ((21, 35), (1, 2, 2, 3)), ((17, 40), (3, 4, 0, 0)), ((12, 18), (2, 2, 3, 3))],
)
def test_images_are_reflected_on_all_sides_and_cut_out_again(size, padded):
    """`padded` are the rows above and below, the columns left and right."""
    model, images = Copies(), torch.rand(2, 1, *size)
    assert torch.equal(model.translate(images, to="b"), images)
    above, below, left, right = padded
    assert torch.equal(model.seen, pad(images, (left, right, above, below), mode="reflect"))


def test_small_images_are_reflected_again_and_again():
    model, images = Copies(), torch.rand(1, 1, 3, 2)
    assert torch.equal(model.translate(images, to="b"), images)
    assert model.seen.shape == (1, 1, 16, 16)
    rows, columns = [0, 1, 2, 1] * 4, [0, 1] * 8  # 6 rows above, 7 below; 7 columns on either side
    rows, columns = rows[2:] + rows[:2], columns[1:] + columns[:1]
    assert torch.equal(model.seen[0, 0], images[0, 0][rows][:, columns])
