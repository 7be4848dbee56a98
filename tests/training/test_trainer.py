import os
import signal

import pytest
import torch
from any_batch import AnyBatch
from torch import nn

import i2i_zoo
from i2i_zoo.errors import UserError
from i2i_zoo.models.base import Turn
from i2i_zoo.training import Optimizer, TrainConfig, Trainer, schedule
from i2i_zoo.training.checkpoint import load_optimizer, save_optimizer
from i2i_zoo.training.optimizers import make_optimizer


class Toy(AnyBatch):
    """Two players and one weight each: what happens can be computed by hand."""

    players, averaged, domains = ("p", "q"), ("p",), ("a", "b")

    def __init__(self):
        super().__init__()
        self.p, self.q = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
        nn.init.ones_(self.p.weight), nn.init.ones_(self.q.weight)
        self.noted = []

    def turns(self, batch, step):
        self.noted.append((step, "p", self.q.weight.item()))
        yield Turn(("p",), {"p": self.p.weight.sum() * batch["a"].mean()})
        self.noted.append((step, "q", self.p.weight.item()))
        yield Turn(("q",), {"q1": self.q.weight.sum(), "q2": 2 * self.q.weight.sum()})


SGD = Optimizer(algorithm="sgd", lr=0.1 / 1.9)  # timm's is Nesterov's with momentum 0.9: the first step is 1.9 times lr


def toy(**knobs):
    knobs = {"optimizer": SGD, "steps": 10, "schedule": schedule.Constant.Config()} | knobs
    return Trainer(Toy(), TrainConfig(**knobs))


def batch(value=1.0, count=1):
    return {"a": torch.full((count, 1, 1, 1), value), "b": torch.full((count, 1, 1, 1), value)}


def test_each_turn_is_learnt_before_the_next_is_played():
    trainer = toy()
    losses = trainer.advance([batch(2.0)])
    assert losses == {"p": 2.0, "q1": 1.0, "q2": 2.0}
    assert trainer.model.noted[1] == (0, "q", pytest.approx(1 - 0.1 * 2))
    assert trainer.model.q.weight.item() == pytest.approx(1 - 0.1 * 3)
    assert trainer.step == 1


def test_gradients_are_gone_after_each_turn():
    """Of whoever has them: they would take memory in the next turn, or be learnt in a later one."""
    trainer, alive = toy(), []

    class Strays(Toy):
        def turns(self, batch, step):
            yield Turn(("p",), {"p": self.p.weight.sum() + self.q.weight.sum()})
            alive.extend(weight.grad for weight in self.parameters())

    trainer.model.turns = Strays.turns.__get__(trainer.model)
    trainer.advance([batch()])
    assert alive == [None, None]


def test_micro_batches_give_the_mean():
    trainer = toy()
    losses = trainer.advance([batch(1.0), batch(3.0)])
    assert losses["p"] == 2.0
    assert trainer.model.p.weight.item() == pytest.approx(1 - 0.1 * 2)


def test_the_gradient_is_clipped():
    trainer = toy(clip=0.5)
    trainer.advance([batch(100.0)])
    assert trainer.model.p.weight.item() == pytest.approx(1 - 0.1 * 0.5)


def test_the_rate_follows_the_schedule_and_each_player_its_optimizer():
    trainer = toy(
        optimizer_for={"q": Optimizer(algorithm="sgd", lr=0.01 / 1.9)},
        schedule=schedule.StepDecay.Config(every=1, factor=0.5),
    )
    trainer.step = 2
    trainer.advance([batch()])
    assert trainer.model.p.weight.item() == pytest.approx(1 - 0.1 / 4)
    assert trainer.model.q.weight.item() == pytest.approx(1 - 3 * 0.01 / 4)


def test_linear_schedule_is_constant_then_falls_towards_zero():
    rate = schedule.Linear.Config(constant=0.5).build()
    factors = [rate(step, 200) for step in range(200)]
    assert factors[:101] == [1.0] * 101
    assert factors[150] == pytest.approx(0.5) and factors[199] == pytest.approx(0.01)
    assert schedule.Linear.Config(constant=1.0).build()(199, 200) == 1.0
    assert schedule.Linear.Config(constant=0.0).build()(0, 200) == 1.0


def test_the_average_follows_and_is_used_for_inference():
    trainer = toy(ema=0.9)
    trainer.advance([batch(1.0)])
    live = trainer.model.p.weight.item()
    with trainer.inference() as model:
        assert not model.training and not torch.is_grad_enabled()
        assert model.p.weight.item() == pytest.approx(0.1 * 1.0 + 0.9 * live)  # decay (1 + 0) / (10 + 0)
    assert trainer.model.p.weight.item() == live and trainer.model.training


def test_epochs_count_passes_through_the_larger_domain():
    assert TrainConfig(epochs=3, batch=4).total_steps(10) == 8
    assert TrainConfig(steps=5).total_steps(10) == 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_between_two_steps(number):
    trainer = toy()
    before = signal.getsignal(number)

    def observe(trainer, losses):
        if trainer.step == 3:
            os.kill(os.getpid(), number)

    trainer.fit([batch()] * 10, [observe])
    assert trainer.step == 3 and trainer.interrupt.exit_code == 128 + number
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("algorithm", ["adam", "adamw", "sgd", "lion", "radam", "nadamw", "adafactor", "lamb", "adopt"])
def test_optimizers_by_name_are_saved_exactly(algorithm, tmp_path):
    def play(optimizer, net, steps):
        for step in steps:
            net(torch.full((1, 3), float(step))).square().sum().backward()
            optimizer.step()
            optimizer.zero_grad()

    torch.manual_seed(0)
    net = nn.Linear(3, 2)
    optimizer = make_optimizer(net, Optimizer(algorithm=algorithm, lr=1e-3))
    play(optimizer, net, range(1, 4))
    save_optimizer(optimizer, net, tmp_path / "o.safetensors")
    other = nn.Linear(3, 2)
    other.load_state_dict(net.state_dict())
    restored = make_optimizer(other, Optimizer(algorithm=algorithm, lr=1e-3))
    load_optimizer(restored, other, tmp_path / "o.safetensors")
    play(optimizer, net, range(4, 8))
    play(restored, other, range(4, 8))
    assert torch.equal(net.weight, other.weight) and torch.equal(net.bias, other.bias)


def test_an_optimizer_that_does_not_fit_is_one_sentence(tmp_path):
    net, other = nn.Linear(3, 2), nn.Conv2d(1, 1, 1)
    optimizer = make_optimizer(net, Optimizer())
    net(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    save_optimizer(optimizer, nn.ModuleDict({"inner": net}), tmp_path / "o.safetensors")
    with pytest.raises(UserError, match=r"o.safetensors: does not fit the optimizer"):
        load_optimizer(make_optimizer(other, Optimizer()), other, tmp_path / "o.safetensors")


def test_bf16_learns_about_the_same():
    first = []
    for precision in ("fp32", "bf16"):
        torch.manual_seed(0)
        small = {
            "generator": {"name": "resnet", "width": 4, "blocks": 1},
            "discriminator": {"name": "patchgan", "width": 4},
        }
        trainer = Trainer(i2i_zoo.create("cyclegan", ("a", "b"), **small), TrainConfig(precision=precision))
        images = {d: torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1)) * 2 - 1 for d in "ab"}
        losses = [trainer.advance([images]) for _ in range(3)][-1]
        first.append(torch.stack(list(losses.values())))
        assert all(p.dtype == torch.float32 for p in trainer.model.parameters())
    assert torch.allclose(*first, rtol=0.05) and not torch.equal(*first)
