"""Styles, and what a blank image does."""

from __future__ import annotations

import pytest
import torch

import i2i_zoo
from i2i_zoo.errors import UserError
from i2i_zoo.training import TrainConfig, Trainer

SMALL = {
    "generator": {"width": 4, "blocks": 2, "mlp_width": 8},
    "discriminator": {"name": "multiscale", "width": 4, "layers": 2},
}


@pytest.fixture
def model():
    torch.manual_seed(0)
    return i2i_zoo.create("munit", ("edges", "shoes"), (1, 3), **SMALL).eval()


def test_styles_of_the_prior(model):
    styles = model.sample_style(4000)
    assert styles.shape == (4000, 8) and abs(styles.mean()) < 0.05 and abs(styles.std() - 1) < 0.05
    assert torch.equal(model.sample_style(3, seed=5), model.sample_style(3, seed=5))
    assert not torch.equal(model.sample_style(3, seed=5), model.sample_style(3, seed=6))
    assert torch.equal(model.sample_style(3, seed=5), model.sample_style(30, seed=5)[:3])
    assert model.sample_style(0, seed=5).shape == (0, 8)
    many = model.sample_style(2000, seed=0)
    assert (
        abs(many.mean()) < 0.05 and abs(many.std() - 1) < 0.05 and abs(many.T.corrcoef()).fill_diagonal_(0).max() < 0.1
    )
    before = torch.get_rng_state()
    model.sample_style(3, seed=5)
    assert torch.equal(before, torch.get_rng_state()), "a seed leaves torch's own RNG alone"


@pytest.mark.parametrize("size", [(1, 1), (5, 40), (32, 32)])
def test_styles_of_images(model, size):
    assert model.encode_style(torch.rand(2, 3, *size), "shoes").shape == (2, 8)
    assert model.encode_style(torch.rand(2, 1, *size), "edges").shape == (2, 8)
    with pytest.raises(UserError, match="did you mean 'shoes'"):
        model.encode_style(torch.rand(2, 3, *size), "shoe")


@torch.no_grad()
def test_translating_with_a_style_for_all_for_each_or_drawn(model):
    images = torch.rand(2, 1, 16, 20)
    images[1] = images[0]
    style = model.sample_style(2, seed=0)
    each = model.translate(images, to="shoes", style=style)
    same = model.translate(images, to="shoes", style=style[0])
    assert each.shape == (2, 3, 16, 20) and torch.equal(each[0], same[0])
    assert not torch.allclose(each[0], each[1]) and torch.equal(same[0], same[1])
    torch.manual_seed(3)
    drawn = model.translate(images, to="shoes")
    assert not torch.allclose(drawn[0], drawn[1])
    torch.manual_seed(3)
    assert torch.equal(drawn, model.translate(images, to="shoes"))


def test_what_is_no_style_no_seed_or_no_number_is_one_sentence(model):
    for style in ("mfqhq44zsv3fa", [0.0] * 8, torch.full((8,), float("nan"))):
        with pytest.raises(UserError, match="style: a tensor of finite numbers is expected"):
            model.translate(torch.rand(2, 1, 16, 16), to="shoes", style=style)
    for n, seed in ((-1, 0), (1, -1), (1, 2**64)):
        with pytest.raises(UserError, match="the seed from 0"):
            model.sample_style(n, seed=seed)


@pytest.mark.parametrize("shape", [(7,), (3, 8), (2, 7), (1, 2, 8), ()])
def test_a_style_of_a_wrong_shape_is_one_sentence(model, shape):
    with pytest.raises(UserError, match=r"style: shape \(8,\) or \(2, 8\) is expected, got"):
        model.translate(torch.rand(2, 1, 16, 16), to="shoes", style=torch.zeros(shape))


def test_each_batch_is_translated_and_reconstructed_once_as_one_batch(model):
    decoded = []
    for net in model.generators.values():
        net.decoder.register_forward_hook(lambda net, inputs, output: decoded.append(len(output)))
    batch = {"edges": torch.rand(1, 1, 16, 16), "shoes": torch.rand(1, 3, 16, 16)}
    counts = [(turn.players, list(decoded)) for turn in model.turns(batch, 0)]
    assert counts == [(("discriminators",), [2, 2]), (("generators",), [2, 2])]


def test_the_cycle_ends_in_the_style_of_the_input():
    model = i2i_zoo.create("munit", ("a", "b"), **SMALL, cycle=10.0)
    a, b = torch.rand(2, 1, 3, 16, 16)
    torch.manual_seed(1)
    losses = list(model.turns({"a": a, "b": b}, 0))[1].losses
    torch.manual_seed(1)
    there = model.translate(a, to="b", style=model.sample_style(2)[1])
    back = model.translate(there, to="a", style=model.encode_style(a, "a"))
    assert losses["cycle_a"].item() == pytest.approx(10 * (back - a).abs().mean().item(), rel=1e-5)


@pytest.mark.parametrize("value", [1.0, 0.0, -1.0])
@pytest.mark.parametrize("blank", [("edges",), ("edges", "shoes")])
def test_a_blank_image_leaves_weights_finite(blank, value):
    """Slopes of a dozen norms of constant features multiply: unguarded they are 1e11 here and more."""
    torch.manual_seed(0)
    small = SMALL | {"generator": {"width": 8, "blocks": 4, "mlp_width": 16}}
    model = i2i_zoo.create("munit", ("edges", "shoes"), **small)
    for net in model.generators.values():
        net.mlp[-1].weight.data *= 10  # a style may come to mean much
    trainer, slopes = Trainer(model, TrainConfig()), []
    for weight in model.parameters():
        weight.register_post_accumulate_grad_hook(lambda w: slopes.append(w.grad.abs().max().item()))
    batch = {domain: torch.rand(1, 3, 32, 32) * 2 - 1 for domain in model.domains}
    losses = trainer.advance([batch | {domain: torch.full((1, 3, 32, 32), value) for domain in blank}])
    assert all(loss.isfinite() for loss in losses.values())
    assert any(slopes) and all(slope < 1e4 for slope in slopes)
    losses = trainer.advance([batch])
    assert all(loss.isfinite() for loss in losses.values())
    assert all(weight.isfinite().all() for weight in model.parameters())


def test_no_loss_at_all_is_a_mistake():
    nothing = dict.fromkeys(("adversarial", "image", "content", "style"), 0.0)
    with pytest.raises(UserError, match="nothing to learn"):
        i2i_zoo.create("munit", ("a", "b"), **SMALL, **nothing)


def test_reconstructing_an_image_teaches_its_style(model):
    batch = {"edges": torch.rand(1, 1, 16, 16), "shoes": torch.rand(1, 3, 16, 16)}
    *_, turn = model.turns(batch, 0)
    turn.losses["image_a"].backward()
    assert all(weight.grad.any() for weight in model.generators["a"].style.parameters())
