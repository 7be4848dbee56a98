"""Features of a set of real images are computed once, in memory and on disk, and never another image's."""

from __future__ import annotations

import pytest
import torch

from i2i_zoo.evaluation.metrics import kept_features
from i2i_zoo.evaluation.metrics.kept_features import KeptFeatures

IMAGES = list((torch.arange(5 * 48).view(5, 3, 4, 4) % 255) / 127.5 - 1)


class Net(torch.nn.Module):
    """Takes means of channels; counts the images that it sees."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(3))
        self.seen = 0

    def forward(self, images):
        self.seen += len(images)
        return (images.mean((2, 3)) * self.weight).detach()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("I2I_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights" / "features"


def look(net, images=IMAGES, forget=True, side=8):
    """The features of all images in batches of two; `forget` what the process has in memory before."""
    if forget:
        kept_features._ALL.clear()
    kept = KeptFeatures.of(net, "net", side)
    rows = [kept.get(torch.stack(images[start : start + 2]), images, net) for start in range(0, len(images), 2)]
    kept.save(images)
    return torch.cat(rows)


def test_a_set_is_computed_once(folder):
    net, again = Net(), Net()
    first = look(net)
    torch.testing.assert_close(first, torch.stack(IMAGES).mean((2, 3)))
    assert net.seen == 5 and len(list(folder.iterdir())) == 1
    assert torch.equal(look(again, forget=False), first) and torch.equal(look(again), first) and again.seen == 0


def test_other_weights_sizes_and_images_are_other_features(folder):
    look(Net())
    other = Net()
    other.weight.data += 1
    look(other)
    sizes = Net()
    look(sizes, side=9)
    changed, last = Net(), [*IMAGES[:4], -IMAGES[4]]
    assert torch.allclose(look(changed, last)[4], -IMAGES[4].mean((1, 2)))
    assert (other.seen, sizes.seen, changed.seen) == (5, 5, 1), "of a set that changed, only what changed"


def test_a_half_of_a_set_needs_no_file_of_its_own(folder):
    look(Net())
    half = Net()
    kept_features._ALL.clear()
    KeptFeatures.of(half, "net", 8).get(torch.stack(IMAGES[:1]), IMAGES, half)
    look(half, IMAGES[::2], forget=False)
    assert half.seen == 0 and len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("damage", [b"", b"no tensors", None], ids=["empty", "nonsense", "cut"])
def test_a_damaged_file_is_made_anew(folder, damage):
    first = look(Net())
    [path] = folder.iterdir()
    path.write_bytes(path.read_bytes()[:-7] if damage is None else damage)
    net, again = Net(), Net()
    assert torch.equal(look(net), first) and net.seen == 5
    assert torch.equal(look(again), first) and again.seen == 0


def test_a_folder_that_cannot_be_written_to_costs_only_time(folder):
    folder.parent.mkdir()
    folder.write_text("in the way")
    net = Net()
    look(net), look(net)
    assert net.seen == 10 and folder.read_text() == "in the way"
