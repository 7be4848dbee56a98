"""Whole evaluations: perfect and useless models, what must not change a score, and what is missing."""

from __future__ import annotations

import json

import pytest
import torch
from small_models import Copies, model, shoes

from i2i_zoo.errors import UserError
from i2i_zoo.evaluation import EvaluateConfig, evaluate
from i2i_zoo.registry import datasets, metrics

FREE = ("swd", "diversity", "cycle", "paired", "edges", "styles", "silhouette", "labels", "segmentation")


def chosen(*names, **knobs):
    return EvaluateConfig.parse({"metrics": list(names or FREE), **knobs})


def folder_data(folders, name="paired", **knobs):
    test = {"test_folders": ["testA", "testB"]} if name == "unpaired" else {}
    return (
        datasets[name].Config.parse({"root": str(folders), "domains": ["a", "b"], "size": 32, **test, **knobs}).build()
    )


def test_a_perfect_model_has_perfect_scores(folders, backbone):
    knobs = {name: {"backbone": backbone} for name in ("fid", "kid", "coverage")}
    found = evaluate(Copies(), folder_data(folders), chosen(*FREE, "fid", "kid", "coverage", knobs=knobs))
    assert not found.missing and not found.skipped
    perfect = {"swd": 0, "l1": 0, "psnr": 100, "ssim": 1, "edge_f1": 1, "cycle_l1": 0, "cycle_psnr": 100, "fid": 0}
    perfect |= {"coverage": 1, "pixel_accuracy": 1, "class_accuracy": 1, "mean_iou": 1, "shape_iou": 1}
    perfect |= {"true_shape_f1": 1, "style_l1": 0, "style_ms_ssim": 0}
    for to in ("a", "b"):
        for name, value in perfect.items():
            assert found.values[f"to_{to}.{name}"] == pytest.approx(value, abs=1e-5), name
        assert found.values[f"to_{to}.kid"] < 0, "unbiased, so below 0 where a set is compared with itself"
        assert found.values[f"to_{to}.diversity"] == found.values[f"to_{to}.real_diversity"] > 0.1


def test_batches_change_no_score(backbone):
    knobs = {name: {"backbone": backbone} for name in ("fid", "kid", "coverage")}
    knobs |= {"styles": {"inputs": 5, "styles": 3}, "silhouette": {"inputs": 4}, "diversity": {"inputs": 5}}
    one, other = (
        evaluate(model("munit"), shoes(), chosen(*FREE, "fid", "kid", "coverage", knobs=knobs, batch=batch)).values
        for batch in (1, 4)
    )
    assert one.keys() == other.keys() and len(one) > 40
    assert other == pytest.approx(one, rel=2e-4, abs=1e-6)


def test_styles_count_and_models_without_have_none():
    some, none = (
        evaluate(model(name), shoes(4), chosen("styles", "silhouette")).values for name in ("munit", "cyclegan")
    )
    assert some["to_shoes.style_l1"] > 1 and some["to_shoes.style_ms_ssim"] > 1e-4
    assert none["to_shoes.style_l1"] == none["to_shoes.style_ms_ssim"] == 0
    assert none["to_shoes.shape_iou"] == 1


class Squares(Copies):
    """Paints 4 x 4 pixels of white cyan in one style, 4 x 8 in the other."""

    style_dim = 1

    def sample_style(self, n, seed):
        return torch.arange(n)[:, None] % 2

    def forward(self, images, to, style):
        fakes = torch.ones_like(images)
        for fake, wide in zip(fakes, style[:, 0].tolist(), strict=True):
            fake[0, :4, : 4 + 4 * wide] = -1
        return fakes


def test_silhouettes_and_distances_of_two_styles_by_hand(folders):
    knobs = {"styles": {"styles": 2}, "silhouette": {"styles": 2}}
    found = evaluate(Squares(), folder_data(folders, "unpaired"), chosen("styles", "silhouette", knobs=knobs)).values
    assert found["to_a.shape_f1"] == pytest.approx(2 * 16 / (16 + 32))
    assert found["to_a.shape_iou"] == pytest.approx(16 / 32)
    assert found["to_a.style_l1"] == pytest.approx(255 * 16 / (3 * 32 * 32))
    knobs["silhouette"] |= {"background": 0.0, "tolerance": 0.5}
    dark = evaluate(Squares(), folder_data(folders, "unpaired"), chosen("silhouette", knobs=knobs)).values
    assert dark["to_a.shape_f1"] == 1, "a channel is white everywhere, so all is seen on black"


def test_the_seed_counts_and_the_global_state_does_not():
    torch.manual_seed(1)
    state, net = torch.get_rng_state(), model("munit").train()
    torch.set_rng_state(state)
    one = evaluate(net, shoes(3), chosen("swd", "paired", "styles")).values
    assert torch.equal(torch.get_rng_state(), state) and net.training
    torch.manual_seed(2)
    assert evaluate(net, shoes(3), chosen("swd", "paired", "styles")).values == one
    other = evaluate(net, shoes(3), chosen("swd", "paired", "styles", seed=1)).values
    assert all(other[key] != one[key] for key in ("to_shoes.swd", "to_shoes.l1", "to_edges.style_l1"))


def test_without_the_truth_what_needs_it_is_left_out(folders):
    (folders / "testB" / "7.png").unlink()  # domains of unequal size
    found = evaluate(Copies(), folder_data(folders, "unpaired"), chosen())
    assert set(found.skipped) == {"paired", "edges", "labels", "segmentation"} and not found.missing
    assert "name paired ones in [test]" in found.skipped["paired"]
    assert found.protocol["images"] == {"a": 8, "b": 7}
    assert {"to_a.swd", "to_b.shape_iou"} <= found.values.keys() and "to_b.true_shape_iou" not in found.values
    assert None not in found.values.values()


def test_absent_weights_leave_a_gap_and_a_sentence(no_weights):
    names = ("fid", "cycle", "kid", "coverage", "lpips", "lpips_diversity")
    knobs = {"kid": {"backbone": "test_resnet.r160_in1k"}}
    knobs |= {name: {"backbone": "inception"} for name in ("fid", "coverage")}
    found = evaluate(model("cyclegan"), shoes(6), chosen(*names, knobs=knobs))
    assert set(found.missing) == {*names} - {"cycle"}
    assert list(found.scores)[:3] == ["fid", "cycle_l1", "cycle_psnr"], "in the order that was asked for"
    for name, file in {
        "fid": "pt_inception-2015-12-05-6726825d.pth",
        "kid": "test_resnet.r160_in1k.safetensors",
        "lpips": "alexnet-owt-7be5be79.pth",
    }.items():
        assert found.missing[name].startswith(f"{no_weights / file}: these pretrained weights are needed but not there")
    gaps = [key for key, value in found.values.items() if value is None]
    assert sorted(gaps) == sorted(
        f"to_{to}.{score}"
        for to in ("edges", "shoes")
        for score in ("fid", "kid", "density", "coverage", "lpips", "lpips_diversity")
    )
    assert found.values["to_shoes.cycle_l1"] > 0


def test_the_protocol_says_everything(folders):
    knobs = {"labels": {"classes": 3}, "swd": {"patches": 5}}
    found = evaluate(Copies(), folder_data(folders), chosen("swd", "labels", knobs=knobs, images=5, seed=9))
    protocol = json.loads(json.dumps(found.protocol))
    assert protocol["images"] == {"a": 5, "b": 5} and protocol["paired"] is True
    assert protocol["evaluate"]["seed"] == 9 and protocol["data"]["size"] == 32
    assert protocol["knobs"]["swd"] == {"name": "swd", "patches": 5, "projections": 512}
    assert len(protocol["details"]["to_a"]["labels"]["palette"]) == 3
    assert {"i2i_zoo", "torch", "torchmetrics", "python"} <= protocol["versions"].keys()
    again = EvaluateConfig.parse(protocol["evaluate"])
    assert evaluate(Copies(), folder_data(folders), again).values == found.values
    assert all(found.scores[key.split(".")[1]].title for key in found.values)


def test_a_model_that_diverged_is_one_sentence(folders):
    class Diverged(Copies):
        def forward(self, images, to):
            return images * float("nan")

    with pytest.raises(UserError, match=r"translations to 'b' hold values that are not finite; .* diverged"):
        evaluate(Diverged(), folder_data(folders), chosen("cycle"))


def test_images_of_other_domains_are_refused(folders):
    with pytest.raises(UserError, match=r"translates 'edges' \(1 channel\).* the test images are 'a' \(3 channels\)"):
        evaluate(model("cyclegan"), folder_data(folders))


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        ({"metrics": ["swdd"]}, r"evaluate\.metrics: no metric is called 'swdd'; did you mean 'swd'\?"),
        ({"knobs": {"swdd": {}}}, r"evaluate\.knobs: no metric is called 'swdd'; did you mean 'swd'\?"),
        ({"knobs": {"swd": {"patch": 3}}}, r"evaluate\.knobs\.swd\.patch: no such key; did you mean 'patches'\?"),
        ({"knobs": {"swd": {"name": "kid"}}}, r"evaluate\.knobs: the knobs of 'swd' cannot be those of 'kid'"),
        ({"knobs": {"labels": {"palette": [[0, 0, 300]]}}}, r"evaluate\.knobs\.labels\.palette\.0\.2: .* 255"),
    ],
)
def test_mistakes_in_the_table_are_named(tables, sentence):
    with pytest.raises(UserError, match=sentence):
        EvaluateConfig.parse(tables, "evaluate")


@pytest.mark.parametrize("name", list(metrics))
def test_every_metric_says_what_it_is(name):
    cls = metrics[name]
    assert cls.Config.owner is cls and cls.__doc__ and len(cls.__doc__) > 80
    assert all(score.title and score.better in ("lower", "higher", "") for score in cls.scores.values())


def test_a_model_of_one_direction_is_scored_in_it():
    one_way = model("cyclegan")
    one_way.missing_networks = ("generators.b2a",)
    found = evaluate(one_way, shoes(4), chosen("cycle", "paired"))
    assert "to_shoes.l1" in found.values and not any(key.startswith("to_edges") for key in found.values)
    assert "translates to 'shoes' only" in found.skipped["cycle"]


def test_styles_of_examples_change_the_scores_of_a_model_with_styles():
    net, data = model("munit"), shoes(4)
    drawn, example = (
        evaluate(net, data, EvaluateConfig.parse({"metrics": ["diversity", "like"], "styles": styles})).values
        for styles in ("drawn", "examples")
    )
    assert drawn["to_shoes.like"] == example["to_shoes.like"], "always of examples"
    assert drawn["to_shoes.diversity"] != example["to_shoes.diversity"]
