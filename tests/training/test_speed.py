"""What `speed` chooses, what it costs in accuracy, and that a run keeps it."""

from __future__ import annotations

import json

import pytest
import torch

import i2i_zoo
from i2i_zoo.speed import choice as module
from i2i_zoo.speed.choice import Speed, choose, retain_freed_memory
from i2i_zoo.speed.context import WeightCache, active
from i2i_zoo.training import TrainConfig, Trainer, checkpoint

CPU = torch.device("cpu")
FAST = Speed("bf16", channels_last=True, fused=True, compiled=True, light_checkpointing=True)
MODELS = {
    "cyclegan": {"generator": {"name": "resnet", "width": 4, "blocks": 1}, "discriminator": {"name": "patchgan", "width": 4, "layers": 2}},  # noqa: E501
    "munit": {"generator": {"width": 4, "blocks": 1}, "discriminator": {"width": 4, "layers": 2, "scales": 2}},
    "unit": {"generator": {"width": 4, "blocks": 1}, "discriminator": {"width": 4, "layers": 2, "scales": 2}},
}  # fmt: skip


def trainer(name: str, speed: Speed | None, seed: int = 0) -> Trainer:
    torch.manual_seed(seed)
    return Trainer(i2i_zoo.create(name, ("a", "b"), **MODELS[name]), TrainConfig(ema=0.5), speed=speed)


def advance(one: Trainer, steps: int, seed: int = 1) -> list[dict[str, float]]:
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    batches = [{d: torch.rand(1, 3, 32, 32, generator=generator) * 2 - 1 for d in "ab"} for _ in range(steps)]
    return [{name: loss.item() for name, loss in one.advance([batch]).items()} for batch in batches]


@pytest.mark.parametrize(
    ("knobs", "able", "expected"),
    [
        ({"speed": "auto"}, True, FAST),
        ({}, True, FAST),
        ({}, False, FAST._replace(precision="fp32")),
        ({"precision": "fp32"}, True, FAST._replace(precision="fp32")),
        ({"precision": "bf16"}, False, FAST),
        ({"speed": "exact"}, True, Speed("fp32")),
        ({"speed": "exact", "precision": "bf16"}, True, Speed("bf16")),
        ({"gradient_checkpointing": True}, True, FAST._replace(checkpointing=True)),
        ({"gradient_checkpointing": True, "speed": "exact"}, True, Speed("fp32", checkpointing=True)),
    ],
)
def test_the_choice(knobs, able, expected, monkeypatch):
    monkeypatch.setattr(module, "multiplies_bf16", lambda device: able)
    monkeypatch.setattr(module, "has_compiler", lambda: True)
    assert TrainConfig(**knobs).choose_speed(CPU) == expected
    assert "compile their sums" in FAST.notice


def test_without_a_compiler_it_says_so(monkeypatch):
    monkeypatch.setattr(module, "has_compiler", lambda: False)
    chosen = choose(CPU)
    assert not chosen.compiled and "no C++ compiler" in chosen.notice
    assert not Speed().notice


def test_a_trainer_that_is_told_nothing_is_exact():
    assert trainer("cyclegan", None).speed == Speed("fp32")
    assert str(FAST) == "bf16, channels last, fused optimizers, compiled sums, light gradient checkpointing"


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("speed", "rel"), [(Speed("fp32", True, True), 1e-4), (FAST, 0.05)])
def test_each_way_computes_the_losses_of_the_plain_one(name, speed, rel):
    plain, fast = advance(trainer(name, Speed()), 1), advance(trainer(name, speed), 1)
    for one, other in zip(plain, fast, strict=True):
        assert other == pytest.approx(one, rel=rel, abs=rel)
    assert plain != fast


@pytest.mark.parametrize("name", MODELS)
def test_micro_batches_share_forms_of_weights(name):
    """The gradients of both lead through the same ones."""
    generator, found = torch.Generator().manual_seed(0), []
    batches = [{d: torch.rand(1, 3, 32, 32, generator=generator) * 2 - 1 for d in "ab"} for _ in range(2)]
    for speed in (Speed(), FAST):
        one = trainer(name, speed)
        torch.manual_seed(1)
        one.advance(batches)
        found.append({name: loss.item() for name, loss in one.advance(batches).items()})
    assert found[1] == pytest.approx(found[0], rel=0.05, abs=0.05)


@pytest.mark.parametrize("name", MODELS)
def test_what_is_derived_from_weights_that_have_learnt_is_forgotten(name, monkeypatch):
    forgotten = []
    monkeypatch.setattr(WeightCache, "forget", lambda self, weights: forgotten.append({id(w) for w in weights}))
    one = trainer(name, FAST)
    advance(one, 1)
    learnt = [getattr(one.model, player) for player in one.model.players]
    expected = [{id(weight) for weight in network.parameters()} for network in learnt]
    assert sorted(map(sorted, forgotten)) == sorted(map(sorted, expected))


def test_a_turn_is_computed_as_chosen():
    cache, chosen, model = WeightCache(), FAST._replace(checkpointing=True), trainer("cyclegan", None).model
    with chosen.applied(model, cache):
        assert torch.is_autocast_enabled("cpu") and active() == (chosen, cache)
    with Speed().applied(model):
        assert not torch.is_autocast_enabled("cpu") and active().speed == Speed()


def test_optimizers_are_fused_where_chosen():
    for speed in (Speed(), FAST):
        assert all(bool(o.defaults["fused"]) == speed.fused for o in trainer("munit", speed).optimizers.values())


def test_gradients_that_someone_looked_at_are_not_learnt():
    found = []
    for looks in (False, True):
        one = trainer("cyclegan", Speed())
        if looks:
            one.model.translate(torch.rand(1, 3, 32, 32), to="b").sum().backward()
        advance(one, 1)
        found.append(one.model.state_dict())
    assert all(torch.equal(found[0][key], found[1][key]) for key in found[0])


def test_channels_last_images_of_a_caller_are_computed_plainly_too(monkeypatch):
    """The layers tell by the strides how to compute, and exact is exact."""
    images, found = torch.rand(2, 2, 3, 32, 32, generator=torch.Generator().manual_seed(0)), []
    for memory_format in (torch.contiguous_format, torch.channels_last):
        a, b = (each.contiguous(memory_format=memory_format) for each in images)
        one = trainer("munit", Speed())
        torch.manual_seed(1)
        one.advance([{"a": a, "b": b}])
        found.append(one.model.state_dict())
    assert all(torch.equal(found[0][key], found[1][key]) for key in found[0])


@pytest.mark.parametrize(
    ("name", "generator"),
    [
        *((name, None) for name in MODELS),
        ("cyclegan", {"name": "unet", "width": 4, "depth": 3}),
        ("cyclegan", {"width": 4, "blocks": 1, "norm": "none"}),
        ("cyclegan", {"width": 4, "blocks": 1, "norm": "batch"}),
        ("cyclegan", {"width": 4, "blocks": 1, "upsample": "resize"}),
    ],
)
def test_gradient_checkpointing_changes_no_bit(name, generator, monkeypatch):
    if generator:
        monkeypatch.setitem(MODELS, name, MODELS[name] | {"generator": generator})
    found = []
    for speed in (Speed(), Speed(checkpointing=True), Speed(light_checkpointing=True)):
        one = trainer(name, speed)
        found.append((advance(one, 3), one.model.state_dict()))
    (losses, weights), *others = found
    for again, same in others:
        assert again == losses
        assert all(torch.equal(weights[key], same[key]) for key in weights)


@pytest.mark.parametrize("name", MODELS)
def test_a_gradient_penalty_is_differentiated_twice(name):
    """Of critics so wide that some of their convolutions are matrix products."""
    wide = MODELS[name] | {"discriminator": MODELS[name]["discriminator"] | {"width": 64, "layers": 3}}
    found = []
    for speed in (Speed(), FAST):
        torch.manual_seed(0)
        model = i2i_zoo.create(name, ("a", "b"), **wide, gan={"objective": "wgan-gp"})
        found += advance(Trainer(model, TrainConfig(), speed=speed), 1)
    assert found[1] == pytest.approx(found[0], rel=0.05, abs=0.1)


@pytest.mark.parametrize("name", MODELS)
def test_a_short_training_reaches_about_the_same(name):
    last = {}
    for speed in (Speed(), FAST):
        rows = advance(trainer(name, speed), 12)[-4:]
        last[speed] = {key: sum(row[key] for row in rows) / len(rows) for key in rows[0]}
    plain, fast = last.values()
    assert sum(fast.values()) == pytest.approx(sum(plain.values()), rel=0.1)


@pytest.mark.parametrize("name", MODELS)
def test_it_is_kept_in_the_checkpoint_and_continues_bit_exactly(name, tmp_path):
    straight = trainer(name, FAST)
    advance(straight, 2)
    checkpoint.save(straight, tmp_path, {})
    expected = advance(straight, 2, seed=5)

    resumed = trainer(name, Speed("fp32"), seed=9)
    checkpoint.restore(resumed, tmp_path / "checkpoints" / "last")
    assert resumed.speed == FAST
    assert advance(resumed, 2, seed=5) == expected


def test_checkpoints_that_do_not_say_it_go_on_plainly(tmp_path):
    checkpoint.save(trainer("cyclegan", Speed()), tmp_path, {})
    state = tmp_path / "checkpoints" / "last" / "state.json"
    table = json.loads(state.read_text())
    del table["speed"]
    state.write_text(json.dumps(table))
    resumed = trainer("cyclegan", FAST)
    checkpoint.restore(resumed, state.parent)
    assert resumed.speed == Speed("fp32")


def test_where_memory_cannot_be_kept_nothing_happens(monkeypatch):
    monkeypatch.setattr(module.sys, "platform", "win32")
    assert retain_freed_memory() is False
