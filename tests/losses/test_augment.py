"""What discriminators see is changed at random, real and fake alike, and gradients know of it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from i2i_zoo.losses.adversarial import Gan, fool, judge
from i2i_zoo.losses.augment import Augment, augmented, cut, translated

ALL = Augment(translation=0.25, cutout=0.5, color=1.0)


def test_without_knobs_images_are_as_they_were():
    images = torch.rand(2, 3, 8, 8)
    assert augmented(images, Augment()) is images


def test_images_move_by_whole_pixels_and_are_reflected_at_the_border():
    torch.manual_seed(0)
    image = torch.arange(64.0).view(1, 1, 8, 8)
    padded = nn.functional.pad(image, (2, 2, 2, 2), mode="reflect")
    windows = {(y, x): padded[..., y : y + 8, x : x + 8] for y in range(5) for x in range(5)}
    seen = set()
    for moved in translated(image.expand(300, 1, 8, 8), 0.25).split(1):
        [place] = [place for place, window in windows.items() if torch.equal(window, moved)]
        seen.add(place)
    assert seen == windows.keys(), "up to a quarter in every direction"


def test_a_square_is_cut_out_anywhere():
    torch.manual_seed(0)
    holes = (cut(torch.ones(400, 2, 8, 12), 0.5) == 0).all(1)
    assert holes.any(0).all() and (holes.sum((1, 2)) <= 4 * 6).all() and (holes.sum((1, 2)) == 24).any()
    assert holes.float().mean() > 0.1


def test_colors_change_only_if_asked():
    gray = torch.full((50, 3, 4, 4), 0.2)
    assert torch.equal(augmented(gray, Augment(translation=0.5)), gray)
    found = augmented(gray, Augment(color=1.0)).mean((1, 2, 3))
    assert found.std() > 0.3 and found.min() >= -0.8 and found.max() <= 1.2


def test_each_image_of_a_batch_is_changed_by_itself():
    images = torch.rand(1, 3, 16, 16).expand(8, 3, 16, 16)
    found = augmented(images, ALL)
    assert len({image.sum().item() for image in found}) == 8


def test_gradients_in_double_precision():
    images = torch.rand(2, 3, 6, 6, dtype=torch.float64, requires_grad=True)

    def changed(images):
        torch.manual_seed(3)
        return augmented(images, ALL)

    assert torch.autograd.gradcheck(changed, images)


class Seen(nn.Module):
    """Remembers what it is shown."""

    def forward(self, images):
        self.images = images
        return [images.mean((1, 2, 3), keepdim=True)]


@pytest.mark.parametrize("see", [lambda critic, x: fool(critic, x, GAN), lambda critic, x: judge(critic, x, x, GAN)])
def test_discriminators_see_changed_images(see):
    critic, images = Seen(), torch.rand(2, 3, 8, 8)
    see(critic, images)
    halves = critic.images.chunk(2) if len(critic.images) > 2 else (critic.images,)
    assert not any(torch.equal(half, images) for half in halves)


GAN = Gan(augment=ALL)
