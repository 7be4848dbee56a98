"""Lines of the input, found in the output or not."""

from __future__ import annotations

import pytest
import torch
from small_models import Copies

from i2i_zoo.evaluation.base import run
from i2i_zoo.evaluation.direction import Direction
from i2i_zoo.evaluation.metrics.keep import Keep, gradient, kept_lines


def test_the_gradient_of_a_ramp_is_its_slope():
    ramp = (torch.arange(8.0) / 10).expand(1, 3, 8, 8) * 2 - 1  # luminance rises by a tenth with each pixel
    torch.testing.assert_close(gradient(ramp)[..., 1:-1], torch.full((1, 1, 8, 6), 0.1))
    torch.testing.assert_close(gradient(ramp.mT.contiguous())[..., 1:-1, :], torch.full((1, 1, 6, 8), 0.1))


def test_a_line_counts_as_kept_within_a_pixel():
    lines, strong = torch.zeros(2, 1, 8, 8, dtype=torch.bool), torch.zeros(2, 1, 8, 8, dtype=torch.bool)
    lines[0, 0, 2, [1, 5]] = True
    strong[0, 0, 3, 2] = strong[0, 0, 4, 5] = True  # diagonally beside the first, two below the second
    share = kept_lines(lines, strong, 1)
    assert share[0] == 0.5 and share[1].isnan(), "without lines there is nothing to keep"
    assert kept_lines(lines, strong, 2)[0] == 1


def drawing():
    image = torch.ones(3, 16, 16)
    image[:, 4, 2:14] = image[:, 12, 2:14] = -1
    return image


def kept(image, answer, **knobs):
    class Answers(Copies):
        def forward(self, images, to):
            return answer.expand_as(images)

    direction = Direction(Answers(), "b", [image], [image], False)
    metric = Keep(Keep.Config(**knobs), direction)
    [found] = run([metric], direction, 4)
    return found["keep"], metric.details()["lines"]


def test_what_lines_are_is_seen_in_the_inputs():
    photo = torch.ones(3, 16, 16)
    photo[:, 4:12, 4:12] = -0.8  # dark as a whole: its lines are its outline
    half = drawing()
    half[:, 12] = 1
    assert kept(drawing(), drawing()) == (1, "dark")
    assert kept(drawing(), half) == (0.5, "dark")
    assert kept(photo, photo) == (1, "gradients")
    assert kept(photo, torch.ones(3, 16, 16)) == (0, "gradients")
    outline = photo.clone()
    outline[:, 5:11, 5:11] = 1
    assert kept(photo, outline) == (1, "gradients"), "a drawing of its outline keeps it"
    assert kept(photo, outline, lines="dark")[0] < 1


def test_a_weak_gradient_does_not_keep_a_line():
    faint = 1 - (1 - drawing()) * 0.04  # the line is darker by .04, the gradient beside it is half of that
    assert kept(drawing(), faint)[0] == 0
    assert kept(drawing(), faint, gradient=0.01)[0] == 1


def test_images_without_any_line_have_no_share():
    assert kept(torch.ones(3, 16, 16), drawing())[0] is None
    with pytest.raises(ValueError, match="gradient"):
        Keep.Config(gradient=0.0)
