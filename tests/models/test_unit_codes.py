"""The shared latent space, and its noise."""

from __future__ import annotations

import pytest
import torch

import i2i_zoo
from i2i_zoo.errors import UserError
from i2i_zoo.training import TrainConfig, Trainer
from i2i_zoo.weights import model as weights

DOMAINS = ("a", "b")


def make(**knobs):
    small = {"generator": {"width": 4, "blocks": 3}, "discriminator": {"name": "multiscale", "width": 4, "layers": 2}}
    return i2i_zoo.create("unit", DOMAINS, **small | knobs)


def batch():
    return {domain: torch.rand(1, 3, 16, 16) * 2 - 1 for domain in DOMAINS}


@pytest.mark.parametrize("shared", [0, 1, 3])
def test_shared_blocks_are_one_module(shared):
    model = make(shared_blocks=shared)
    one, other = model.generators.values()
    same = [x is y for x, y in zip(one.encode.blocks, other.encode.blocks, strict=True)]
    assert same == [False] * (3 - shared) + [True] * shared
    same = [x is y for x, y in zip(one.decode.blocks, other.decode.blocks, strict=True)]
    assert same == [True] * shared + [False] * (3 - shared)


def test_shared_blocks_learn_from_both_domains_and_stay_shared(tmp_path):
    model = make(shared_blocks=1)
    trainer = Trainer(model, TrainConfig(ema=0.5))
    for _ in range(2):
        trainer.advance([batch()])
    weights.export(model, tmp_path / "model.safetensors", {})
    loaded = weights.load(tmp_path / "model.safetensors")
    one, other = loaded.generators.values()
    assert one.encode.blocks[-1] is other.encode.blocks[-1] and one.encode.blocks[0] is not other.encode.blocks[0]
    images = batch()["a"]
    assert torch.equal(loaded.translate(images, to="b"), model.eval().translate(images, to="b"))
    average = trainer.averages["generators"].weights
    assert torch.equal(average["a.encode.blocks.2.first.weight"], average["b.encode.blocks.2.first.weight"])


def test_no_more_blocks_can_be_shared_than_there_are():
    with pytest.raises(UserError, match=r"model\.shared_blocks: there are no more than 3 blocks"):
        make(shared_blocks=4)


def test_there_is_noise_while_training_and_none_in_translations():
    model, images = make(), batch()
    assert torch.equal(model.translate(images["a"], to="b"), model.translate(images["a"], to="b"))
    for training in (True, False):
        model.train(training)
        one, two = ([turn.losses for turn in model.turns(images, 0)][1] for _ in range(2))
        assert (one["image_a"] != two["image_a"]) == training
        assert (one["cycle_b"] != two["cycle_b"]) == training
        assert one["kl_a"] == two["kl_a"], "the divergence is of the code without noise"


def test_the_noise_is_standard_normal():
    code = torch.zeros(4, 8, 16, 16)
    one, other = make().with_noise(code, code)
    for noise in (one, other):
        assert abs(noise.mean()) < 0.05 and abs(noise.std() - 1) < 0.05
    assert abs((one * other).mean()) < 0.05


def test_no_loss_at_all_is_a_mistake():
    with pytest.raises(UserError, match="nothing to learn"):
        make(**dict.fromkeys(("adversarial", "image", "kl", "cycle", "cycle_kl"), 0.0))
