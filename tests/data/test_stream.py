from collections import Counter

import pytest
import torch

from i2i_zoo.data.stream import StepBatches, Stream, loader
from i2i_zoo.data.transforms import Augment, resize


def pile(count, value=0):
    return [torch.full((1, 12, 12), value + index, dtype=torch.uint8) for index in range(count)]


@pytest.fixture
def stream():
    transform = Augment().transform((8, 8))
    return Stream({"a": pile(3), "b": pile(5, 100)}, {"a": transform, "b": transform})


def values(stream, domain, numbers):
    return [round(float(stream[k][domain].mean() + 1) * 127.5) for k in numbers]


def test_a_sample_is_a_function_of_seed_and_number(stream):
    torch.manual_seed(0)
    first = [stream[k] for k in range(20)]
    state = torch.get_rng_state()
    torch.manual_seed(1)
    again = [stream[k] for k in reversed(range(20))][::-1]
    assert all(torch.equal(x[d], y[d]) for x, y in zip(first, again, strict=True) for d in "ab")
    torch.manual_seed(0)
    assert torch.equal(state, torch.get_rng_state()), "the global random state was touched"
    stream.seed = 1
    assert values(stream, "b", range(20)) != [round(float(x["b"].mean() + 1) * 127.5) for x in first]


def test_unequal_domains_are_both_used_evenly_in_changing_order(stream):
    assert stream.epoch_length == 5
    seen = values(stream, "a", range(300)), values(stream, "b", range(300))
    assert set(Counter(seen[0]).values()) == {100} and set(Counter(seen[1]).values()) == {60}
    epochs = {tuple(seen[1][i : i + 5]) for i in range(0, 300, 5)}
    assert len(epochs) > 20
    pairs = Counter(zip(*seen, strict=True))
    assert len(pairs) == 15, "every image of one domain meets every one of the other"


def test_range_and_augmentation_are_independent(stream):
    ramp = torch.arange(144, dtype=torch.uint8).view(1, 12, 12)
    stream.images = {"a": [ramp] * 2, "b": [ramp] * 2}
    samples = [stream[k] for k in range(50)]
    assert all(
        s[d].dtype == torch.float32 and s[d].abs().max() <= 1 and s[d].shape == (1, 8, 8) for s in samples for d in "ab"
    )
    assert sum(torch.equal(s["a"], s["b"]) for s in samples) < 10


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_of_steps_with_any_number_of_workers(stream, workers):
    torch.manual_seed(3)
    state = torch.get_rng_state()
    batches = list(loader(stream, StepBatches(batch_size=2, start=3, stop=6), workers, pin_memory=False))
    assert torch.equal(state, torch.get_rng_state())
    assert len(batches) == 3 and batches[0]["b"].shape == (2, 1, 8, 8)
    expected = torch.stack([stream[6]["b"], stream[7]["b"]])
    assert torch.equal(batches[0]["b"], expected)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16, torch.float32])
@pytest.mark.parametrize("fit", ["stretch", "cover", "none"])
def test_resize_keeps_dtype_and_range(dtype, fit):
    top = {torch.uint8: 255, torch.uint16: 65535, torch.float32: 1.0}[dtype]
    image = (torch.rand(3, 20, 31) * top).to(dtype)
    small = resize(image, (16, 24), fit)
    assert small.dtype == dtype
    assert small.shape == ((3, 20, 31) if fit == "none" else (3, 16, 24))
    assert small.double().min() >= 0 and small.double().max() <= top


def test_cover_keeps_the_aspect_ratio():
    circle = ((torch.linspace(-2, 2, 80)[None] ** 2 + torch.linspace(-1, 1, 40)[:, None] ** 2) < 0.5).byte()[None] * 255
    covered = resize(circle, (20, 20), "cover")[0] > 127
    assert abs(int(covered.any(0).sum()) - int(covered.any(1).sum())) <= 1


def test_augment_flips_and_crops_at_every_depth():
    for dtype in (torch.uint8, torch.uint16, torch.float32):
        image = torch.arange(16).view(1, 4, 4).to(dtype)
        flipped = Augment(crop="center", flip=1.0, vertical_flip=1.0).transform((4, 4))(image)
        assert torch.equal(flipped.double(), image.double().flip(-1, -2))


def test_shares_of_processes_and_micro_batches_come_in_the_order_of_one():
    [alone] = StepBatches(8, 5, 6)
    [numbers] = StepBatches(8, 5, 6, processes=2, micro_batches=2)
    processes = [numbers[:4], numbers[4:]]
    first, second = ([share[i : i + 2] for share in processes] for i in (0, 2))
    assert [n for micro in (first, second) for share in micro for n in share] == alone == list(range(40, 48))
