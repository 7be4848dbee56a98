"""How images come to the size of a training, and answers back."""

from __future__ import annotations

import pytest
import torch

from i2i_zoo.data.preparation import Preparation, Resizer
from i2i_zoo.data.preparation import choose_preparation as choose
from i2i_zoo.data.transforms import resize
from i2i_zoo.errors import UserError
from i2i_zoo.registry import datasets

DTYPES = [torch.uint8, torch.uint16, torch.float32]


def random(dtype, *shape):
    image = torch.rand(shape)
    return image if dtype == torch.float32 else (image * torch.iinfo(dtype).max).to(dtype)


@pytest.mark.parametrize("fit", ["stretch", "cover", "none"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_an_image_of_the_size_is_untouched(fit, dtype):
    image, resizer = random(dtype, 1, 12, 20), Resizer(Preparation(size=(12, 20), fit=fit), restore=True)
    assert torch.equal(resizer.prepare(image), image) and torch.equal(resizer.finish(image, image), image)
    assert resizer.note == ""


@pytest.mark.parametrize("dtype", DTYPES)
def test_images_are_prepared_as_fit_says_and_restored_whole(dtype):
    image = random(dtype, 1, 20, 40)
    stretch, cover, none = (Preparation(size=(8, 8), fit=fit) for fit in ("stretch", "cover", "none"))
    assert torch.equal(stretch.prepare(image), resize(image, (8, 8), "stretch"))
    assert torch.equal(cover.prepare(image), resize(image, (8, 16), "stretch")[..., 4:12])
    assert torch.equal(cover.prepare(image, whole=True), resize(image, (8, 16), "stretch"))
    assert torch.equal(none.prepare(image), image[..., 6:14, 16:24])
    restoring = Resizer(cover, restore=True)
    assert restoring.finish(restoring.prepare(image), image).shape == image.shape
    assert restoring.finish(restoring.prepare(image), image).dtype == dtype


def test_test_images_are_prepared_by_the_same_rule(tmp_path):
    shoes = datasets["shoes"].Config.parse({"size": [16, 24], "resize": 32, "fit": "cover", "test_images": 2}).build()
    assert shoes.config.preparation == Preparation(size=(16, 24), fit="cover")
    image = shoes.source("test", "shoes")[0]
    expected = shoes.config.preparation.prepare(image) / 127.5 - 1
    torch.testing.assert_close(shoes.held_out("shoes", 2)[0], expected, atol=1e-6, rtol=0)


def test_the_size_is_the_trainings_or_the_one_asked_for():
    trained, native = Preparation(size=(64, 48), fit="cover"), Preparation(size=(64, 48), fit="none")
    assert choose(trained) is trained
    assert choose(None) is choose(native) is choose(trained, "native") is None, "all that is trained natively stays"
    for size in (32, "32", (32, 32), "32,32"):
        assert choose(trained, size) == Preparation(size=(32, 32), fit="cover")
        assert choose(None, size) == choose(native, size) == Preparation(size=(32, 32), fit="stretch")
    assert choose(trained, "384,512") == choose(trained, [384, 512])
    assert choose(trained, "384,512").size == (384, 512)


@pytest.mark.parametrize("size", ["51x2", "", "0", "-3", "1,2,3", "nativ", "99999", "1.5", 0, 1.5, True, (1,) * 3, ()])
def test_a_wrong_size_is_one_sentence(size):
    with pytest.raises(UserError, match=r"^size: expected native, a number of pixels .* got [^\n]*$"):
        choose(Preparation(size=(64, 48)), size)


def test_the_note_counts_and_names_the_options():
    resizer = Resizer(Preparation(size=(8, 8)))
    for side in (8, 16, 4):
        resizer.prepare(torch.zeros(1, side, side))
    assert resizer.note.startswith("2 of 3 images scaled to 8 x 8, the size of the training (")
    assert "--restore" in resizer.note and "--size native" in resizer.note
    covering = Resizer(Preparation(size=(8, 16), fit="cover"))
    covering.prepare(torch.zeros(1, 16, 16))
    assert covering.note.startswith("1 of 1 image scaled and cut to 8 x 16 (height x width), the size of")
    restoring = Resizer(Preparation(size=(8, 8), fit="cover"), restore=True)
    restoring.prepare(torch.zeros(1, 16, 16))
    assert "8 x 8, the size of the training, and the answers back (--size native" in restoring.note
