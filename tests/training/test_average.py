"""The average of weights: its decay, its warm-up, and whose it is."""

from __future__ import annotations

import pytest
import torch
from any_batch import AnyBatch
from torch import nn

from i2i_zoo.models.base import Turn
from i2i_zoo.training import Optimizer, TrainConfig, Trainer, schedule


class Toy(AnyBatch):
    """Both players lose 1 of their weight at each step; `p` is averaged. A buffer counts the steps."""

    players, averaged = ("p", "q"), ("p",)

    def __init__(self):
        super().__init__()
        self.p, self.q = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
        nn.init.zeros_(self.p.weight), nn.init.zeros_(self.q.weight)
        self.p.register_buffer("steps", torch.zeros((), dtype=torch.int64))
        self.p.register_buffer("running", torch.zeros(()))

    def turns(self, batch, step):
        self.p.steps += 1
        self.p.running += 2
        yield Turn(("p",), {"p": self.p.weight.sum()})
        yield Turn(("q",), {"q": self.q.weight.sum()})


def toy(**knobs):
    sgd = Optimizer(algorithm="momentum", lr=1.0, betas=None)
    return Trainer(Toy(), TrainConfig(optimizer=sgd, schedule=schedule.Constant.Config(), **knobs))


def advance(trainer):
    trainer.advance([{"a": torch.zeros(1, 1, 1, 1)}])


@pytest.mark.parametrize("decay", [0.25, 0.6, 0.999])
def test_the_decay_grows_to_the_one_that_is_configured(decay):
    trainer, expected = toy(ema=decay), 0.0
    for step in range(40):
        advance(trainer)
        rate = min(decay, (1 + step) / (10 + step))  # 0.25 from step 2 on, 0.6 from step 13 on
        expected = rate * expected + (1 - rate) * trainer.model.p.weight.item()
        with trainer.inference() as model:
            assert model.p.weight.item() == pytest.approx(expected, rel=1e-5)


def test_late_steps_move_the_average_by_what_the_decay_leaves():
    """Whatever the step is that a resumed training begins with."""
    trainer = toy(ema=0.9)
    trainer.step = 100_000
    advance(trainer)
    live = trainer.model.p.weight.item()
    with trainer.inference() as model:
        assert model.p.weight.item() == pytest.approx(0.1 * live) and live


def test_without_a_decay_the_weights_of_now_are_used():
    trainer = toy()
    for _ in range(3):
        advance(trainer)
    live = trainer.model.p.weight.item()
    with trainer.inference() as model:
        assert model.p.weight.item() == live
    assert not trainer.averages


def test_buffers_are_averaged_and_counters_are_not():
    trainer = toy(ema=0.5)
    trainer.step = 1000
    advance(trainer)
    other = trainer.model.q.weight.item()
    with trainer.inference() as model:
        assert model.p.running.item() == 1.0 and model.p.steps.item() == 1
        assert model.q.weight.item() == other, "only the players that say so have an average"
    assert trainer.model.p.running.item() == 2.0
