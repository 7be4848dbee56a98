"""Where features come from: Inception as FID has it, or a backbone of timm."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from small_models import model, shoes
from torch.nn.functional import avg_pool2d

from i2i_zoo.errors import UserError
from i2i_zoo.evaluation import EvaluateConfig, evaluate
from i2i_zoo.evaluation.metrics.features import clean_resize
from i2i_zoo.evaluation.metrics.inception import FILE, Inception, _average, load_inception
from i2i_zoo.evaluation.metrics.same import partner_share
from i2i_zoo.hub import weight_files
from i2i_zoo.registry import metrics


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
    assert found.scores["fid"].title == f"FD-{backbone}" and found.scores["coverage"].title == f"coverage-{backbone}"
    details = found.protocol["details"]["to_shoes"]["fid"]
    assert details["backbone"] == backbone and details["standard"] is False and details["pixels"] == 128


def test_scores_are_called_after_the_network():
    def title(metric, **knobs):
        return metrics[metric].titles(metrics[metric].Config(**knobs))[metric].title

    assert title("kid") == "KID-Lite2" and title("fid") == "FD-Lite2" and title("same") == "same-Lite2"
    assert title("kid", pixels=128) == "KID-Lite2" and title("kid", pixels=64) == "KID-Lite2@64"
    assert title("kid", backbone="inception") == "KID-Inception" and title("fid", backbone="inception") == "FID"
    assert title("fid", backbone="inception", pixels=128) == "FD-Inception@128"


def test_a_network_that_trains_the_model_does_not_judge_it(backbone):
    """Of a generator's encoder nothing is said: it is no judge."""
    knobs = {"kid": {"backbone": backbone}}
    config = EvaluateConfig.parse({"metrics": ["kid"], "knobs": knobs})
    pupil = model("cyclegan")
    pupil.config = SimpleNamespace(dump=lambda: {"discriminator": {"a": [{"backbone": "test_resnet"}]}})
    found = evaluate(pupil, shoes(4), config)
    assert not found.values and "discriminators look through 'test_resnet.r160_in1k'" in found.skipped["kid"]
    pupil.config = SimpleNamespace(dump=lambda: {"generator": {"backbone": backbone}, "discriminator": {}})
    assert evaluate(pupil, shoes(4), config).values["to_shoes.kid"] is not None


def test_partners_are_looked_for_among_the_nearest():
    real = torch.tensor([[0.0], [1.0], [2.0], [10.0]]).double()
    fake = torch.tensor([[0.1], [2.1], [0.2], [9.0]]).double()  # nearest: 0, 2 and then 1, 0 and 1 and then 2, 3
    assert [partner_share(real, fake, n) for n in (1, 2, 3)] == [0.5, 0.75, 1]
    two_styles = fake.repeat_interleave(2, 0)
    two_styles[1] = 5.0  # from which 0 is farthest but for 10
    assert partner_share(real, two_styles, 1) == 3 / 8


def test_several_styles_of_an_input_are_pooled(backbone):
    found = {}
    for styles in (1, 3):
        knobs = {name: {"backbone": backbone, "styles": styles} for name in ("kid", "coverage")}
        config = EvaluateConfig.parse({"metrics": ["kid", "coverage"], "knobs": knobs})
        found[styles] = evaluate(model("munit"), shoes(6), config)
    assert found[1].values["to_shoes.kid"] != found[3].values["to_shoes.kid"]
    assert found[3].protocol["details"]["to_shoes"]["kid"]["styles"] == 3
    assert found[1].ceiling == found[3].ceiling, "real images have no styles"
