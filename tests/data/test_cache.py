import torch

from i2i_zoo.data.cache import Cached
from i2i_zoo.data.images.files import ImageInfo


class Counting:
    def __init__(self, images):
        self.images, self.decoded = images, 0

    def __len__(self):
        return len(self.images)

    def info(self, index):
        return ImageInfo(*self.images[index].shape, self.images[index].dtype)

    def name(self, index):
        return str(index)

    def __getitem__(self, index):
        self.decoded += 1
        return self.images[index]


def images():
    torch.manual_seed(0)
    return [
        torch.randint(0, 255, (3, 5, 7), dtype=torch.uint8),
        torch.randint(0, 65535, (1, 4, 4), dtype=torch.int32).to(torch.uint16),
        torch.rand(2, 3, 3),
    ]


def test_every_image_is_decoded_once_and_comes_back_the_same():
    for where in ("memory", "file"):
        source = Counting(images())
        cached = Cached(source, where, gigabytes=1)
        for _ in range(3):
            assert all(torch.equal(a.double(), b.double()) for a, b in zip(cached, source.images, strict=True))
        assert source.decoded == 3
        assert [image.dtype for image in cached] == [torch.uint8, torch.uint16, torch.float32]


def test_the_bound_holds():
    source = Counting([torch.zeros(1, 32, 32, dtype=torch.uint8)] * 4)
    cached = Cached(source, "memory", gigabytes=2.5 * 1024 / 2**30)
    for _ in range(3):
        assert all(image.shape == (1, 32, 32) for image in cached)
    assert cached.kept == 2 and source.decoded == 2 + 3 * 2


def test_nothing_is_kept_without_room():
    source = Counting(images())
    cached = Cached(source, "memory", gigabytes=0)
    assert torch.equal(cached[0], source.images[0]) and cached.kept == 0


def test_loader_processes_share_it():
    from torch.utils.data import DataLoader

    source = Counting([torch.full((1, 4, 4), i, dtype=torch.uint8) for i in range(8)])
    cached = Cached(source, "memory", gigabytes=1)
    list(DataLoader(cached, num_workers=2, multiprocessing_context="fork"))
    assert [int(image[0, 0, 0]) for image in cached] == list(range(8))
    assert source.decoded == 0, "the parent decoded what its loaders had decoded already"
