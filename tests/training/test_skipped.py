"""Numbers that are not finite: nobody learns from them, they are named and counted, and they end a training."""

from __future__ import annotations

import json
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import torch
from any_batch import AnyBatch
from torch import nn

import i2i_zoo
from i2i_zoo.errors import UserError
from i2i_zoo.models.base import Turn
from i2i_zoo.training import Optimizer, TrainConfig, Trainer, checkpoint, schedule
from i2i_zoo.training.skipped import NotFinite

NAN, INF = float("nan"), float("inf")


class Toy(AnyBatch):
    """`p` learns from the batch's value, `q` from one that is always sound."""

    players, averaged = ("p", "q"), ("p",)

    def __init__(self):
        super().__init__()
        self.p, self.q = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
        nn.init.ones_(self.p.weight), nn.init.ones_(self.q.weight)

    def turns(self, batch, step):
        weight = self.p.weight.sum()
        value = batch["a"].mean()
        if value == -1:  # the loss is 0, its gradient is not a number
            yield Turn(("p",), {"p1": (weight * 0).sqrt()})
        else:
            yield Turn(("p",), {"p1": weight * value, "p2": weight})
        yield Turn(("q",), {"q": self.q.weight.sum()})


def toy(**knobs):
    knobs = {"optimizer": Optimizer(lr=0.1), "schedule": schedule.Constant.Config(), "ema": 0.5} | knobs
    return Trainer(Toy(), TrainConfig(**knobs))


def batch(value):
    return {"a": torch.full((1, 1, 1, 1), value)}


def learnt(trainer):
    """Everything that a player `p` keeps."""
    state = trainer.optimizers["p"].state_dict()["state"]
    moments = {f"{i}.{k}": torch.as_tensor(v) for i, entry in state.items() for k, v in entry.items()}
    return moments | {"weight": trainer.model.p.weight.detach().clone()}


@pytest.mark.parametrize(
    ("value", "names"),
    [(NAN, ("p1",)), (INF, ("p1",)), (-INF, ("p1",)), (-1.0, ("gradient of p",)), (1e20, ("gradient of p",))],
)
def test_a_turn_that_is_not_finite_is_skipped_named_and_counted(value, names):
    trainer, sound = toy(), toy()
    for one in (trainer, sound):
        one.advance([batch(1.0)])
    before = {k: v.clone() for k, v in learnt(trainer).items()}
    q = trainer.model.q.weight.item()
    losses = trainer.advance([batch(value)])
    assert set(losses) >= {"p1", "q"} and trainer.model.q.weight.item() != q, "the other player learns"
    assert all(torch.equal(v, before[k]) for k, v in learnt(trainer).items()) and len(before) == 4
    assert trainer.skipped.names == names and (trainer.skipped.total, trainer.skipped.in_a_row) == (1, 1)
    for one in (trainer, sound):
        one.advance([batch(2.0)])
    assert all(torch.equal(v, learnt(sound)[k]) for k, v in learnt(trainer).items()), "as if it had not been"
    assert torch.isfinite(trainer.averages["p"].weights["weight"]).all()
    assert trainer.skipped.names == () and (trainer.skipped.total, trainer.skipped.in_a_row) == (1, 0)


def test_one_micro_batch_that_is_not_finite_is_enough():
    trainer = toy()
    trainer.advance([batch(1.0), batch(NAN)])
    assert trainer.model.p.weight.item() == 1.0 and trainer.skipped.names == ("p1",)


def test_a_loss_that_is_not_finite_in_another_process_is_seen_in_this_one():
    trainer = toy()
    device = trainer.accelerator.device

    def reduce(tensor, reduction):  # the other process: the same gradients, but its first number is none
        return torch.cat([tensor[:1] * NAN, tensor[1:]])

    trainer.accelerator = SimpleNamespace(num_processes=2, device=device, reduce=reduce)
    trainer.advance([batch(1.0)])
    assert trainer.model.p.weight.item() == trainer.model.q.weight.item() == 1.0
    assert trainer.skipped.names == ("p1", "q")


def test_it_gives_up_after_so_many_in_a_row_and_not_before():
    trainer, seen = toy(nonfinite=3), []
    values = [NAN, NAN, 1.0, NAN, NAN, 1.0, NAN, NAN, INF, 1.0]
    with pytest.raises(NotFinite, match=r"^p1: NaN or infinite, .* in 3 steps in a row, up to step 9$"):
        trainer.fit([batch(v) for v in values], [lambda t, losses: seen.append(t.step)])
    assert seen == list(range(1, 10)) and trainer.skipped.total == 7


def tiny() -> Trainer:
    networks = {"generator": {"width": 2, "blocks": 1}, "discriminator": {"width": 2, "layers": 1}}
    return Trainer(i2i_zoo.create("cyclegan", ("a", "b"), **networks), TrainConfig())


def test_the_counts_are_kept_in_the_checkpoint(tmp_path):
    torch.manual_seed(0)
    saved, resumed = tiny(), tiny()
    saved.skipped.record(["cycle_a"]), saved.skipped.record([]), saved.skipped.record(["cycle_b"])
    checkpoint.save(saved, tmp_path, {})
    checkpoint.restore(resumed, tmp_path / "checkpoints" / "last")
    assert (resumed.skipped.total, resumed.skipped.in_a_row) == (2, 1)


@pytest.mark.parametrize(("counts", "refused"), [({}, False), ("many", True)])
def test_counts_that_a_checkpoint_lacks_are_0_and_others_are_a_sentence(counts, refused, tmp_path):
    torch.manual_seed(0)
    checkpoint.save(tiny(), tmp_path, {})
    state = tmp_path / "checkpoints" / "last" / "state.json"
    state.write_text(json.dumps(json.loads(state.read_text()) | {"skips": counts}))
    resumed = tiny()
    with pytest.raises(UserError, match="holds no state that this i2i_zoo can resume") if refused else nullcontext():
        checkpoint.restore(resumed, state.parent)
    assert (resumed.skipped.total, resumed.skipped.in_a_row) == (0, 0)
