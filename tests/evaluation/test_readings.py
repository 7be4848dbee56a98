"""How scores are read, and what is scored: which way is better, what each knob does, in which style the way back is."""

from __future__ import annotations

import pytest
import torch
from small_models import Copies, model, shoes
from torch import Tensor

from i2i_zoo.data import ImageData
from i2i_zoo.data.images.files import from_unit, write
from i2i_zoo.evaluation import Evaluation, evaluate
from i2i_zoo.evaluation.config import EvaluateConfig
from i2i_zoo.evaluation.evaluate import higher_is_better
from i2i_zoo.models import Translator
from i2i_zoo.registry import datasets, metrics
from i2i_zoo.training.monitors.probe import Probe

BETTER = {
    "swd": {"swd": "lower"},
    "diversity": {"diversity": "higher", "real_diversity": ""},
    "cycle": {"cycle_l1": "lower", "cycle_psnr": "higher"},
    "paired": {"l1": "lower", "psnr": "higher", "ssim": "higher"},
    "edges": {"edge_f1": "higher"},
    "labels": {"pixel_accuracy": "higher", "class_accuracy": "higher", "mean_iou": "higher"},
    "segmentation": {f"segmented_{name}": "higher" for name in ("pixel_accuracy", "class_accuracy", "mean_iou")},
    "silhouette": {name: "higher" for name in ("shape_f1", "shape_iou", "true_shape_f1", "true_shape_iou")},
    "styles": {"style_l1": "higher", "style_ms_ssim": "higher"},
    "like": {"like": "higher"},
}
OF_FEATURES = {"fid": "lower", "kid": "lower", "coverage": "higher", "lpips": "lower", "lpips_diversity": "higher"}


def score(net: Translator, data: ImageData, *names: str, **knobs: object) -> Evaluation:
    return evaluate(net, data, EvaluateConfig.parse({"metrics": list(names), "knobs": knobs}))


def pairs(folder, a: list[Tensor], b: list[Tensor]) -> ImageData:
    """Test pairs of images (C, H, W) in [-1, 1] of the domains a and b."""
    for name, images in (("testA", a), ("testB", b)):
        for number, image in enumerate(images):
            write(from_unit(image, torch.uint8), folder / name / f"{number:02d}.png")
    size = list(a[0].shape[-2:])
    return datasets["paired"].Config.parse({"root": str(folder), "domains": ["a", "b"], "size": size}).build()


def blocks(count: int, seed: int = 0) -> list[Tensor]:
    """Images of colored squares, 32 x 32 pixels."""
    drawn = torch.rand(count, 3, 4, 4, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    return [image.repeat_interleave(8, 1).repeat_interleave(8, 2) for image in drawn]


@pytest.mark.parametrize("name", BETTER)
def test_which_way_is_better(name):
    assert {key: score.better for key, score in metrics[name].scores.items()} == BETTER[name]


@pytest.mark.parametrize("name", OF_FEATURES)
def test_which_way_is_better_of_what_needs_weights(name):
    assert {score.better for score in metrics[name].scores.values()} == {OF_FEATURES[name]}


def test_no_metric_is_left_out_here():
    assert {*BETTER, *OF_FEATURES} <= set(metrics)


@pytest.mark.parametrize(
    ("best", "higher"),
    [("swd", False), ("to_shoes.swd", False), ("shape_f1", True), ("to_edges.true_shape_iou", True), ("l1", False)],
)
def test_the_best_checkpoint_is_the_better_one(best, higher):
    config = EvaluateConfig(metrics=("swd", "silhouette", "paired"))
    assert higher_is_better(best, model("cyclegan"), shoes(2), config) is higher


class Noise(Copies):
    """Hides its input in noise."""

    def forward(self, images: Tensor, to: str) -> Tensor:
        drawn = torch.randn(images.shape, generator=torch.Generator().manual_seed(int(1e6 * images.mean().abs())))
        return 0.1 * images + 0.9 * drawn


def test_a_perfect_model_is_better_than_a_useless_one_in_every_score(tmp_path):
    data, names = (
        pairs(tmp_path, blocks(4), blocks(4)),
        [name for name in BETTER if name not in ("diversity", "styles")],
    )
    knobs = {"swd": {"patches": 8, "projections": 16}, "segmentation": {"filters": 4}, "silhouette": {"styles": 2}}
    good, bad = (score(net, data, *names, **knobs) for net in (Copies(), Noise()))
    assert good.values.keys() == bad.values.keys() and len(good.values) > 20
    for key, value in good.values.items():
        better = good.scores[key.partition(".")[2]].better
        other = bad.values[key]
        if "shape_" in key and "true" not in key:
            assert value == other == 1, "neither has styles"
        else:
            assert (value < other) if better == "lower" else (value > other), key


class Styled(Copies):
    """A style is a contrast; an image's own is twice its largest value. Drawn ones halve the contrast."""

    style_dim = 1

    def sample_style(self, n: int, seed: int | None = None) -> Tensor:
        return torch.full((n, 1), 0.5)

    def encode_style(self, images: Tensor, domain: str) -> Tensor:
        self.asked = domain
        return 2 * images.abs().amax((1, 2, 3))[:, None]

    def forward(self, images: Tensor, to: str, style: Tensor) -> Tensor:
        return images * style[:, :, None, None]


def test_the_way_back_is_in_the_style_of_the_input(tmp_path):
    data = pairs(tmp_path, *[[torch.sign(image) for image in blocks(3)]] * 2)
    net = Styled()
    found = score(net, data, "cycle").values
    assert [found[f"to_{to}.cycle_l1"] for to in "ab"] == pytest.approx([0, 0], abs=1e-6)
    for to, source in ("ab", "ba"):
        probe = Probe(net, to, {d: [torch.sign(image) for image in blocks(2)] for d in "ab"})
        for image, fake in zip(probe.inputs, probe.fakes, strict=True):
            assert torch.equal(fake, image / 2) and torch.equal(probe.back(fake, image), image)
            assert net.asked == source


class Loud(Copies):
    """Three times too much contrast."""

    def forward(self, images: Tensor, to: str) -> Tensor:
        return 3 * images


def test_translations_are_clamped_to_what_an_image_can_show(tmp_path):
    extreme = [torch.sign(image) for image in blocks(3)]
    data = pairs(tmp_path, extreme, extreme)
    found = score(Loud(), data, "paired", "cycle").values
    for to in "ab":
        assert found[f"to_{to}.l1"] == found[f"to_{to}.cycle_l1"] == 0
        assert found[f"to_{to}.ssim"] == pytest.approx(1)


class Shifted(Copies):
    """Moves its input three pixels to the right."""

    def forward(self, images: Tensor, to: str) -> Tensor:
        return images.roll(3, dims=-1)


@pytest.mark.parametrize(("tolerance", "f1"), [(0, 0), (1, 0), (2, 0), (3, 1), (5, 1)])
def test_a_line_is_found_within_the_tolerance(tmp_path, tolerance, f1):
    line = torch.ones(3, 32, 32)
    line[:, :, 12] = -1
    found = score(Shifted(), pairs(tmp_path, [line], [line]), "edges", edges={"tolerance": tolerance}).values
    assert found["to_a.edge_f1"] == pytest.approx(f1, abs=1e-6)


@pytest.mark.parametrize(
    ("background", "tolerance", "seen"), [(1, 0.16, 0), (1, 0.14, 8), (0.5, 0.34, 24), (0.5, 0.36, 16)]
)
def test_what_differs_from_the_ground_by_more_than_the_tolerance_is_a_shape(tmp_path, background, tolerance, seen):
    """A third of the columns is darker than the others, which are white, by 0.15; the truth is black, and all shape."""
    truth, fake = torch.full((3, 24, 24), -1.0), torch.ones(3, 24, 24)
    fake[:, :, :8] = 1 - 2 * 0.15
    knobs = {"background": float(background), "tolerance": tolerance}
    found = score(Copies(), pairs(tmp_path, [fake], [truth]), "silhouette", silhouette=knobs).values
    assert found["to_b.true_shape_iou"] == pytest.approx(seen / 24)


class Painted(Copies):
    """Two numbers of a style are a contrast and a brightness."""

    style_dim = 2

    def forward(self, images: Tensor, to: str, style: Tensor) -> Tensor:
        contrast, brightness = style[..., None, None, None].unbind(1)
        return images * contrast + brightness


@pytest.fixture(scope="module")
def unlike(tmp_path_factory) -> ImageData:
    """Pairs of pictures that have nothing in common."""
    return pairs(tmp_path_factory.mktemp("pairs"), blocks(5), blocks(5, seed=1))


@pytest.mark.parametrize(
    ("name", "knob", "values", "key"),
    [
        ("swd", "patches", (3, 4), "swd"),
        ("swd", "projections", (3, 4), "swd"),
        ("diversity", "inputs", (3, 4), "diversity"),
        ("diversity", "pairs", (2, 3), "real_diversity"),
        ("styles", "inputs", (2, 3), "style_l1"),
        ("styles", "styles", (2, 3), "style_ms_ssim"),
        ("silhouette", "inputs", (2, 3), "shape_f1"),
        ("silhouette", "styles", (2, 3), "shape_iou"),
        ("labels", "classes", (2, 3), "pixel_accuracy"),
        ("labels", "palette", ([[0, 0, 0], [255, 255, 255]], [[255, 0, 0], [0, 0, 255]]), "mean_iou"),
        ("segmentation", "classes", (2, 3), "segmented_mean_iou"),
        ("segmentation", "palette", ([[0, 0, 0], [255, 255, 255]], [[255, 0, 0], [0, 0, 255]]), "segmented_mean_iou"),
        ("segmentation", "filters", (2, 3), "segmented_pixel_accuracy"),
    ],
)
def test_every_knob_changes_its_score(unlike, name, knob, values, key):
    few = {"filters": 2} if name == "segmentation" else {}
    one, other = (score(Painted(), unlike, name, **{name: few | {knob: value}}).values for value in values)
    assert one[f"to_b.{key}"] != other[f"to_b.{key}"]


def test_only_so_many_images_are_looked_at_and_spread_evenly(tmp_path):
    """Image i has the level i, and translations lose a level for each: so the score says which were looked at."""
    images = [torch.full((3, 16, 16), i / 127.5 - 1) for i in range(12)]
    data = pairs(tmp_path, images, [torch.full((3, 16, 16), -1.0)] * 12)
    found = evaluate(Copies(), data, EvaluateConfig(metrics=("paired",), images=4))
    assert found.values["to_b.l1"] == pytest.approx((0 + 3 + 6 + 9) / 4 / 255, rel=1e-4)
    assert found.protocol["images"] == {"a": 4, "b": 4}
