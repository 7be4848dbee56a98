"""What the optimizer's table says reaches every weight of the player that it is for."""

from __future__ import annotations

import pytest
import torch
from any_batch import AnyBatch
from torch import nn

import i2i_zoo
from i2i_zoo.models.base import Turn
from i2i_zoo.training import Optimizer, TrainConfig, Trainer, schedule


class Toy(AnyBatch):
    """Losses without a slope, so that only decay moves weights: of all kinds that networks have."""

    players, averaged = ("p", "q"), ()

    def __init__(self):
        super().__init__()
        self.p, self.q = (
            nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ConvTranspose2d(3, 2, 3), nn.Linear(2, 2))
            for _ in range(2)
        )
        for weight in self.parameters():
            nn.init.ones_(weight)

    def turns(self, batch, step):
        for player in self.players:
            yield Turn((player,), {player: sum(w.sum() for w in getattr(self, player).parameters()) * 0})


def weights(trainer: Trainer, player: str) -> dict[str, float]:
    return {name: weight.mean().item() for name, weight in getattr(trainer.model, player).named_parameters()}


@pytest.mark.parametrize("algorithm", ["sgd", "adamw"])
def test_weights_biases_and_norms_decay_alike(algorithm):
    p, q = (Optimizer(algorithm=algorithm, lr=0.1, weight_decay=decay) for decay in (0.5, 0.25))
    config = TrainConfig(optimizer=p, optimizer_for={"q": q}, schedule=schedule.Constant.Config())
    trainer = Trainer(Toy(), config)
    trainer.advance([{"a": torch.zeros(1, 1, 1, 1)}])
    rate = 0.1 * (1.9 if algorithm == "sgd" else 1)  # timm's is Nesterov's with momentum 0.9
    for player, decay in (("p", 0.5), ("q", 0.25)):
        found = weights(trainer, player)
        assert len(found) == 8
        assert found == {name: pytest.approx(1 - rate * decay, rel=1e-5) for name in found}


def test_without_decay_nothing_decays():
    trainer = Trainer(Toy(), TrainConfig())
    trainer.advance([{"a": torch.zeros(1, 1, 1, 1)}])
    assert set(weights(trainer, "p").values()) == {1.0}


def test_left_out_it_is_adam_as_in_cyclegan():
    small = {"generator": {"width": 2, "blocks": 1}, "discriminator": {"name": "pixelgan", "width": 2}}
    trainer = Trainer(i2i_zoo.create("cyclegan", ("a", "b"), **small))
    for player, optimizer in trainer.optimizers.items():
        [group] = optimizer.param_groups
        assert type(optimizer) is torch.optim.Adam
        assert (group["lr"], group["betas"], group["weight_decay"]) == (2e-4, (0.5, 0.999), 0)
        assert {id(w) for w in group["params"]} == {id(w) for w in getattr(trainer.model, player).parameters()}


def test_momenta_are_those_of_the_table():
    slow = Optimizer(betas=(0.3, 0.7))
    trainer = Trainer(Toy(), TrainConfig(optimizer=Optimizer(betas=(0.1, 0.2)), optimizer_for={"q": slow}))
    found = {player: optimizer.param_groups[0]["betas"] for player, optimizer in trainer.optimizers.items()}
    assert found == {"p": (0.1, 0.2), "q": (0.3, 0.7)}


def test_each_player_is_clipped_by_its_own_norm():
    class Steep(Toy):
        def turns(self, batch, step):
            yield Turn(("p", "q"), {"p": 100 * self.p[0].bias.sum() + 0.01 * self.q[0].bias.sum()})

    sgd = Optimizer(algorithm="sgd", lr=1 / 1.9)
    trainer = Trainer(Steep(), TrainConfig(optimizer=sgd, clip=1.0, schedule=schedule.Constant.Config()))
    trainer.advance([{"a": torch.zeros(1, 1, 1, 1)}])
    moved = [1 - net[0].bias.detach() for net in (trainer.model.p, trainer.model.q)]
    assert moved[0].norm().item() == pytest.approx(1.0, rel=1e-4)
    assert moved[1].tolist() == [pytest.approx(0.01, rel=1e-3)] * 3


def test_a_players_own_table_is_filled_up_with_the_common_one():
    common = {"algorithm": "adamw", "betas": [0.1, 0.2], "lr": 1e-3}
    config = TrainConfig.parse({"optimizer": common, "optimizer_for": {"q": {"lr": 5e-5}}}, "train")
    assert config.optimizer_for["q"] == Optimizer(algorithm="adamw", betas=(0.1, 0.2), lr=5e-5)
    assert TrainConfig.parse(config.dump(), "train") == config
    alone = TrainConfig.parse({"optimizer_for": {"q": {"lr": 5e-5}}}, "train")
    assert alone.optimizer_for["q"] == Optimizer(lr=5e-5)
