"""Where features come from: Inception as FID has it, or a backbone of timm."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from small_models import model, shoes
from torch.nn.functional import avg_pool2d

from i2i_zoo.errors import UserError
from i2i_zoo.evaluation import EvaluateConfig, evaluate
from i2i_zoo.evaluation.features import clean_resize
from i2i_zoo.evaluation.inception import FILE, Inception, _average, load_inception
from i2i_zoo.nets import weight_files


@pytest.mark.parametrize("side", [48, 7])
def test_resizing_is_pillows_on_floats(side):
    image = torch.rand(1, 1, 20, 20, generator=torch.Generator().manual_seed(0)) * 2 - 1
    bits = ((image[0, 0] + 1) * 127.5).round().numpy().astype(np.float32)
    theirs = np.asarray(Image.fromarray(bits).resize((side, side), Image.Resampling.BICUBIC)).clip(0, 255)
    np.testing.assert_allclose(clean_resize(image, side)[0, 0].numpy(), theirs, atol=0.01)


def test_the_pool_does_not_count_the_padding():
    ones = torch.ones(1, 1, 5, 5)
    assert _average(ones).eq(1).all() and avg_pool2d(ones, 3, 1, 1).min() < 1


def test_inception_is_the_published_graph(no_weights, monkeypatch):
    """Names and shapes are those of the published file: 2048 features, 1008 classes, no auxiliary head. That the
    features are equal to those of pytorch-fid and torch-fidelity was checked with random weights."""
    torch.manual_seed(0)
    net = Inception()
    tensors = net.net.state_dict()
    assert len(tensors) == 564 and sum(t.numel() for t in net.net.parameters()) == 21_785_568
    assert tensors["Mixed_7c.branch_pool.conv.weight"].shape == (192, 2048, 1, 1)
    torch.save(tensors | {"fc.weight": torch.zeros(1008, 2048), "fc.bias": torch.zeros(1008)}, no_weights / FILE)
    with pytest.raises(UserError, match="should begin with 6726825d"):
        load_inception()
    monkeypatch.setattr(weight_files, "verify", lambda *args: None)
    loaded = load_inception().eval()
    assert torch.equal(loaded.net.Mixed_7c.branch_pool.conv.weight, tensors["Mixed_7c.branch_pool.conv.weight"])
    with torch.no_grad():
        assert loaded(torch.full((1, 3, 299, 299), 200.0)).shape == (1, 2048)
    torch.save({"a": torch.zeros(1)}, no_weights / FILE)
    with pytest.raises(UserError, match=rf"{FILE}: does not hold the weights of FID's Inception"):
        load_inception()


def test_another_backbone_is_labelled(backbone):
    names = ("fid", "coverage")
    config = {"metrics": list(names), "knobs": {name: {"backbone": backbone} for name in names}}
    found = evaluate(model("cyclegan"), shoes(6), EvaluateConfig.parse(config))
    assert found.values["to_shoes.fid"] > 0 and not found.missing
    assert found.scores["fid"].title == f"Fréchet distance, {backbone}"
    assert found.scores["coverage"].title == f"coverage, {backbone}"
    details = found.protocol["details"]["to_shoes"]["fid"]
    assert details["backbone"] == backbone and details["standard"] is False and details["pixels"] == 160
