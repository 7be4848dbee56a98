import torch
from torch.nn.functional import pad

from i2i_zoo.models.base import reflect, weigh


def test_reflection_is_that_of_torch_and_goes_on_where_torch_stops():
    image = torch.arange(5.0).view(1, 1, 1, 5)
    assert torch.equal(reflect(image, -1, 3, 4), pad(image, (3, 4, 0, 0), mode="reflect"))
    assert reflect(image, -1, 6, 0).flatten().tolist() == [2, 3, 4, 3, 2, 1, 0, 1, 2, 3, 4]
    assert reflect(image[..., :1], -1, 2, 1).flatten().tolist() == [0, 0, 0, 0]
    assert reflect(image, -1, 0, 0) is image


def test_a_term_of_weight_zero_is_not_computed():
    def never():
        raise AssertionError("computed")

    losses = weigh(x=(2.0, lambda: torch.tensor(3.0)), y=(0.0, never))
    assert losses == {"x": 6.0}
