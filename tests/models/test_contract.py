"""What every registered model owes the trainer and the user. A new model is tested by being registered."""

from __future__ import annotations

import json

import pytest
import torch

import i2i_zoo
from i2i_zoo.training import TrainConfig, Trainer, checkpoint

BESIDE = {  # the second domain is seen with pretrained features too
    "name": "ensemble",
    "critics": {
        "features": {"name": "projected", "strides": [8, 16], "size": None, "mix": 4, "width": 4},
        "patches": {"name": "patchgan", "width": 4, "layers": 2},
    },
}
SMALL = {  # knobs that make a model quick
    "cyclegan": {
        "generator": {"name": "resnet", "width": 4, "blocks": 1},
        "discriminator": {"name": "patchgan", "width": 4, "layers": 2},
        "discriminator_for": {"train": BESIDE},
        "identity": 0.5,
        "pool": 4,  # full within the resume test, not within the micro-batch test: what it shows then is random
    },
    "munit": {
        "generator": {"width": 4, "blocks": 1, "mlp_width": 8},
        "discriminator": {"name": "multiscale", "width": 4, "layers": 2},
        "discriminator_for": {"train": BESIDE},
        "cycle": 10.0,
        "prior": {"known": 0.5, "kl": 0.1, "mode_seeking": 0.1},
    },
    "unit": {
        "generator": {"width": 4, "blocks": 2},
        "discriminator": {"name": "multiscale", "width": 4, "layers": 2},
        "shared_blocks": 1,
    },
}
MIXED = {"cyclegan": {"identity": 0.0}}  # knobs for domains whose channels differ
DOMAINS = ("edges", "train")  # the second is no possible key of a ModuleDict
every_model = pytest.mark.parametrize("name", list(i2i_zoo.models))


def make(name, channels=3, seed=0, **knobs):
    torch.manual_seed(seed)
    return i2i_zoo.create(name, DOMAINS, channels, **SMALL[name] | knobs)


def batch_of(count, channels=(3, 3), size=(32, 32), seed=1):
    torch.manual_seed(seed)
    return {d: torch.rand(count, c, *size) * 2 - 1 for d, c in zip(DOMAINS, channels, strict=True)}


def halves(batch):
    return [{d: images[i : i + 1] for d, images in batch.items()} for i in range(2)]


def weights(module):
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


def difference(one, two):
    assert one.keys() == two.keys()
    return max(((one[key].double() - two[key].double()).abs().max().item() if one[key].numel() else 0.0) for key in one)


@every_model
def test_losses_are_finite_scalars_and_only_the_players_change(name):
    model = make(name)
    trainer = Trainer(model, TrainConfig())
    assert set(model.averaged) <= set(model.players)
    seen = set()
    for turn in model.turns(batch_of(2), 0):
        before = {player: weights(getattr(model, player)) for player in model.players}
        for player in turn.players:
            trainer.optimizers[player].zero_grad()
        sum(turn.losses.values()).backward()
        assert all(loss.ndim == 0 and loss.isfinite() for loss in turn.losses.values())
        assert not seen & turn.losses.keys(), "a loss name is used twice in one iteration"
        seen |= turn.losses.keys()
        assert not trainer._learn(turn), "all is finite"
        for player in model.players:
            changed = difference(before[player], weights(getattr(model, player))) > 0
            assert changed == (player in turn.players), player
    assert seen


@every_model
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_autocast_and_grad_mode_are_the_callers_at_each_yield(name, precision):
    trainer = Trainer(make(name), TrainConfig(precision=precision))
    for _ in trainer.model.turns(batch_of(1), 0):
        assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
        assert not torch.is_autocast_enabled("cpu")
    requires = [p.requires_grad for p in trainer.model.parameters()]
    assert all(requires)


@every_model
def test_two_micro_batches_equal_one_batch(name):
    whole, parts = (Trainer(make(name).double(), TrainConfig(batch=2)) for _ in range(2))
    batch = {d: images.double() for d, images in batch_of(2).items()}
    for _ in range(2):
        torch.manual_seed(5)
        losses = whole.advance([batch])
        torch.manual_seed(5)
        split = parts.advance(halves(batch))
        assert difference(losses, split) < 1e-12
    assert (
        difference(weights(whole.model), weights(parts.model)) < 1e-10
    )  # Adam magnifies rounding where gradients are 0


@every_model
def test_saved_and_restored_it_continues_bit_exactly(name, tmp_path):
    config = TrainConfig(ema=0.9, keep=1)
    straight = Trainer(make(name), config)
    batches = [batch_of(1, seed=seed) for seed in range(6)]
    torch.manual_seed(7)
    for batch in batches[:3]:
        straight.advance([batch])
    checkpoint.save(straight, tmp_path, {})
    expected = [straight.advance([batch]) for batch in batches[3:]]

    resumed = Trainer(make(name, seed=99), config)
    checkpoint.restore(resumed, tmp_path / "checkpoints" / "last")
    assert resumed.step == 3
    for batch, losses in zip(batches[3:], expected, strict=True):
        assert difference(resumed.advance([batch]), losses) == 0
    assert difference(weights(resumed.model), weights(straight.model)) == 0
    for player in straight.averages:
        assert difference(resumed.averages[player].weights, straight.averages[player].weights) == 0


@every_model
def test_the_config_survives_json(name):
    config = make(name).config
    again = type(config).parse(json.loads(json.dumps(config.dump())))
    assert again == config


@every_model
@pytest.mark.parametrize("size", [(32, 32), (33, 47), (1, 1), (5, 90)])
def test_translate_keeps_size_and_range(name, size):
    model = make(name, channels=(1, 3), **MIXED.get(name, {})).eval()
    images = batch_of(2, channels=(1, 3), size=size)
    for source, to in (DOMAINS, DOMAINS[::-1]):
        fake = model.translate(images[source], to=to)
        assert fake.shape == (2, model.channels[to], *size)
        assert fake.dtype == torch.float32 and fake.abs().max() <= 1


@every_model
def test_mixed_channels_and_rectangular_batches_train(name):
    trainer = Trainer(make(name, channels=(1, 4), **MIXED.get(name, {})))
    losses = trainer.advance([batch_of(3, channels=(1, 4), size=(32, 48))])
    assert all(loss.isfinite() for loss in losses.values())


@every_model
def test_an_unknown_domain_or_a_wrong_count_of_channels_is_one_sentence(name):
    model = make(name)
    with pytest.raises(i2i_zoo.errors.UserError, match=r"no domain is called 'trian'; did you mean 'train'\?"):
        model.translate(torch.zeros(1, 3, 8, 8), to="trian")
    with pytest.raises(i2i_zoo.errors.UserError, match=r"\(N, 3, H, W\) are expected"):
        model.translate(torch.zeros(1, 1, 8, 8), to="train")


def test_every_model_has_small_knobs_here():
    assert set(SMALL) == set(i2i_zoo.models)
