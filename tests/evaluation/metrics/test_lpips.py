"""LPIPS with weights that nobody trained: torchmetrics' own numbers, and MUNIT's protocol."""

from __future__ import annotations

import pytest
import torch
from small_models import model, shoes
from torch import nn

from i2i_zoo.errors import UserError
from i2i_zoo.evaluation import EvaluateConfig, evaluate
from i2i_zoo.evaluation.direction import Direction
from i2i_zoo.evaluation.metrics.lpips import load_lpips
from i2i_zoo.hub import weight_files

FILE = "alexnet-owt-7be5be79.pth"
LAYERS = {0: (64, 3, 11), 3: (192, 64, 5), 6: (384, 192, 3), 8: (256, 384, 3), 10: (256, 256, 3)}
CLASSIFIER = {1: (4096, 9216), 4: (4096, 4096), 6: (1000, 4096)}


@pytest.fixture
def alexnet(no_weights, monkeypatch):
    """A file of the shape of torchvision's AlexNet; its checksum cannot be right."""
    generator = torch.Generator().manual_seed(0)
    tensors = {}
    for index, (out, into, side) in LAYERS.items():
        weight = torch.randn(out, into, side, side, generator=generator) / (into * side * side) ** 0.5
        tensors |= {f"features.{index}.weight": weight, f"features.{index}.bias": torch.zeros(out)}
    for index, shape in CLASSIFIER.items():  # one number, seen as many
        tensors |= {f"classifier.{index}.weight": torch.zeros(1).expand(shape)}
        tensors |= {f"classifier.{index}.bias": torch.zeros(shape[0])}
    torch.save(tensors, no_weights / FILE)
    monkeypatch.setattr(weight_files, "verify", lambda *args: None)
    return no_weights / FILE


def test_the_distance_is_torchmetrics(alexnet, monkeypatch):
    from torchmetrics.image import LearnedPerceptualImagePatchSimilarity

    cache = alexnet.parent / "hub" / "checkpoints"
    cache.mkdir(parents=True)
    (cache / FILE).symlink_to(alexnet)
    monkeypatch.setenv("TORCH_HOME", str(alexnet.parent))
    ours, theirs = load_lpips("alex"), LearnedPerceptualImagePatchSimilarity("alex", reduction="sum")
    one, other = torch.rand(2, 2, 3, 40, 48, generator=torch.Generator().manual_seed(1)) * 2 - 1
    distances = ours(one, other).flatten()
    torch.testing.assert_close(distances.sum(), theirs(one, other))
    assert distances.min() > 0.01 and ours(one, one).abs().max() == 0


def test_a_file_without_the_features_is_one_sentence(alexnet):
    torch.save({"features.0.weight": torch.zeros(1)}, alexnet)
    with pytest.raises(UserError, match=rf"{FILE}: does not hold the features of alex .*features\.0\.bias"):
        load_lpips("alex")


def test_a_file_with_another_checksum_is_refused(no_weights):
    torch.save({}, no_weights / FILE)
    with pytest.raises(UserError, match=rf"{FILE}: has the SHA-256 .* should begin with 7be5be79"):
        load_lpips("alex")


class Brightness(nn.Module):
    """In place of LPIPS: how far the mean values of two images lie apart."""

    def forward(self, one, other):
        return (one - other).mean((1, 2, 3)).abs()


def test_diversity_by_the_protocol_of_munit(monkeypatch):
    """Each input has `pairs` pairs of translations in styles of their own, drawn with the seed."""
    monkeypatch.setattr("i2i_zoo.evaluation.metrics.lpips.load_lpips", lambda net: Brightness())
    net, data = model("munit"), shoes(4)
    knobs = {"lpips_diversity": {"inputs": 3, "pairs": 2}}
    config = EvaluateConfig.parse({"metrics": ["lpips_diversity"], "knobs": knobs, "batch": 2, "seed": 5})
    found = evaluate(net, data, config).values["to_shoes.lpips_diversity"]
    inputs, targets = data.held_out("edges", 9), data.held_out("shoes", 9)
    direction = Direction(net.eval(), "shoes", inputs, targets, True, seed=5)
    assert list(direction.chosen(3)) == [0, 1, 2]
    styles = net.sample_style(4 * 4, seed=5).view(4, 4, -1)
    with torch.no_grad():
        fakes = [[net.translate(inputs[i][None], to="shoes", style=s[None]) for s in styles[i]] for i in range(3)]
    means = [[fake.mean() for fake in row] for row in fakes]
    expected = torch.tensor([[abs(a - b), abs(c - d)] for a, b, c, d in means]).mean().item()
    assert found == pytest.approx(expected, rel=1e-3) and found > 1e-4
    assert evaluate(model("cyclegan"), data, config).values["to_shoes.lpips_diversity"] == 0


def test_distance_to_the_truth_of_grey_and_color(monkeypatch):
    monkeypatch.setattr("i2i_zoo.evaluation.metrics.lpips.load_lpips", lambda net: Brightness())
    found = evaluate(model("cyclegan"), shoes(3), EvaluateConfig.parse({"metrics": ["lpips"]}))
    assert found.values["to_edges.lpips"] > 0 and found.values["to_shoes.lpips"] > 0
    assert found.protocol["details"]["to_edges"]["lpips"] == {"version": "0.1", "pixels": [32, 32]}
