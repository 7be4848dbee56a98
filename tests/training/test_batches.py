"""What is no batch of the model is refused before anything is learned from it."""

from __future__ import annotations

import pytest
import torch

import i2i_zoo
from i2i_zoo.errors import UserError
from i2i_zoo.training import Trainer

SMALL = {"generator": {"name": "resnet", "width": 2, "blocks": 1}, "discriminator": {"name": "pixelgan", "width": 2}}
GOOD = {"cats": torch.rand(2, 3, 16, 16), "dogs": torch.rand(2, 1, 16, 16)}


@pytest.fixture(scope="module")
def trainer():
    return Trainer(i2i_zoo.create("cyclegan", ("cats", "dogs"), channels=(3, 1), **SMALL))


@pytest.mark.advice(
    "models/base.py: images of one size are needed",
    "models/base.py: a batch is a dict of images for each of",
    "models/base.py: as many images of each domain are needed",
    "training/trainer.py: ",
    "models/base.py: is expected, got",
    "models/base.py: images in [-1, 1] are expected",
    "models/base.py: are expected, got",
)
@pytest.mark.parametrize(
    ("batches", "message"),
    [
        ([], "a list of one micro-batch or more is expected, got []"),
        (GOOD, "a list of one micro-batch or more is expected, got {'cats'"),
        ([[GOOD["cats"], GOOD["dogs"]]], "a batch is a dict of images for each of 'cats', 'dogs'; got list"),
        ([{"cats": GOOD["cats"]}], "a batch is a dict of images for each of 'cats', 'dogs'; got 'cats'"),
        ([{"cat": GOOD["cats"], "dogs": GOOD["dogs"]}], "for each of 'cats', 'dogs'; got 'cat', 'dogs'"),
        ([GOOD | {"cats": b"bytes"}], "cats: a tensor of floats in [-1, 1] is expected, got bytes"),
        ([GOOD | {"cats": torch.zeros(2, 3, 16, 16, dtype=torch.uint8)}], "in [-1, 1] is expected, got torch.uint8"),
        (
            [GOOD | {"cats": 255 * torch.ones(2, 3, 16, 16)}],
            "cats: images in [-1, 1] are expected, got values from 255",
        ),
        ([GOOD | {"dogs": torch.full((2, 1, 16, 16), torch.nan)}], "dogs: images in [-1, 1] are expected, got values"),
        ([GOOD | {"dogs": torch.rand(2, 3, 16, 16)}], "dogs: images of shape (N, 1, H, W) are expected"),
        ([GOOD | {"dogs": torch.rand(1, 1, 16, 16)}], "as many images of each domain are needed, one at least; got"),
        ([{name: images[..., :3, :3] for name, images in GOOD.items()}], "; got [(3, 3)]"),
        ([GOOD | {"dogs": GOOD["dogs"][..., :12]}], "images of one size are needed, height and width multiples of 4"),
        ([{name: images[:0] for name, images in GOOD.items()}], "one at least; got {'cats': 0, 'dogs': 0}"),
        ([GOOD, {name: images[:1] for name, images in GOOD.items()}], "as many images each are needed, got [2, 1]"),
    ],
)
def test_what_is_no_batch_is_one_sentence_and_changes_nothing(trainer, batches, message):
    before = {name: weight.clone() for name, weight in trainer.model.state_dict().items()}
    with pytest.raises(UserError) as caught:
        trainer.advance(batches)
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert trainer.step == 0 and all(torch.equal(before[k], w) for k, w in trainer.model.state_dict().items())
    trainer.model.require_batch(GOOD)


def test_images_may_be_half_precise_and_touch_the_limits():
    trainer = Trainer(i2i_zoo.create("cyclegan", ("cats", "dogs"), channels=(3, 1), **SMALL))
    trainer.advance([{name: images.bfloat16().float() for name, images in GOOD.items()}])
    trainer.advance([{name: torch.ones_like(images) for name, images in GOOD.items()}])
    assert trainer.step == 2 and trainer.skipped.total == 0


def test_batches_may_change_their_size():
    trainer = Trainer(i2i_zoo.create("cyclegan", ("cats", "dogs"), channels=(3, 1), **SMALL, pool=1))
    for side in (16, 16, 12, 16):
        trainer.advance([{name: images[..., :side, :side] for name, images in GOOD.items()}])
