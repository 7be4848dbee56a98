"""Which style `i2i translate` paints in: of a seed, one for all images."""

from __future__ import annotations

import pytest
import torch

import i2i_zoo
from i2i_zoo.data.images.files import write
from i2i_zoo.weights.model import export

SMALL = {"generator": {"width": 2, "blocks": 1, "mlp_width": 4}, "discriminator": {"name": "pixelgan", "width": 2}}


@pytest.fixture
def weights(tmp_path):
    """A model in which a style means much, and two images that are alike."""
    torch.manual_seed(0)
    model = i2i_zoo.create("munit", ("edges", "shoes"), **SMALL)
    for net in model.generators.values():
        net.mlp[-1].weight.data *= 20
    export(model, tmp_path / "m.safetensors", {})
    image = torch.randint(0, 256, (3, 16, 16), dtype=torch.uint8)
    for name in ("one", "other"):
        write(image, tmp_path / "in" / f"{name}.png")
    return tmp_path / "m.safetensors"


def test_the_seed_chooses_one_style_for_all_images(i2i, weights, tmp_path):
    found = {}
    for run, words in enumerate(["", "--seed 0", "--seed 7", "--seed 7", "--seed 8"]):
        torch.manual_seed(run)  # what was drawn before does not matter
        assert i2i("translate", weights, "in", "--to", "shoes", "--out", f"out{run}", *words.split()).code == 0
        found[run] = (tmp_path / f"out{run}" / "one.png").read_bytes()
        assert (tmp_path / f"out{run}" / "other.png").read_bytes() == found[run]
    assert found[0] == found[1] and found[2] == found[3] and len(set(found.values())) == 3


def test_the_seed_of_translate_and_of_sample_is_the_same(i2i, weights, tmp_path):
    assert i2i("translate", weights, "in", "--to", "shoes", "--out", "out", "--seed", "5").code == 0
    words = ["--styles", "1", "--files", "--seed", "5"]
    assert i2i("sample", weights, "in", "--to", "shoes", "--out", "styles", *words).code == 0
    [sampled] = (tmp_path / "styles").glob("*/one.png")
    assert sampled.read_bytes() == (tmp_path / "out" / "one.png").read_bytes()
