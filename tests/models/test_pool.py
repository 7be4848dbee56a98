import torch

from i2i_zoo.models.pool import ImagePool


def test_it_fills_first_and_returns_the_fakes_themselves():
    pool = ImagePool(3)
    fakes = torch.arange(3.0).view(3, 1, 1, 1)
    assert torch.equal(pool(fakes), fakes)
    assert torch.equal(pool.images, fakes)


def test_when_full_it_swaps_half_of_the_time():
    torch.manual_seed(0)
    pool = ImagePool(10)
    pool(torch.zeros(10, 1, 1, 1))
    shown = [pool(torch.full((1, 1, 1, 1), float(i))).item() for i in range(1, 2001)]
    older = sum(value != i for i, value in enumerate(shown, 1))
    assert 900 < older < 1100
    fakes = [value for value in shown if value]
    assert len(set(fakes)) == len(fakes), "what is shown leaves the pool"


def test_size_zero_switches_it_off_and_gradients_stop():
    fake = torch.ones(2, 1, 1, 1, requires_grad=True)
    assert not ImagePool(0)(fake).requires_grad
    assert not ImagePool(5)(fake).requires_grad
    assert len(ImagePool(0).images) == 0
