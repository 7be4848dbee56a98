"""What is said, how often, and that watching changes nothing."""

import io
import json
import math

import pytest
import torch
from rich.console import Console
from toys import Toy, pictures

import i2i_zoo
from i2i_zoo.runs.display import Display
from i2i_zoo.training import TrainConfig, Trainer
from i2i_zoo.training.log import JsonLines
from i2i_zoo.training.monitors import Finite, Watch, monitors
from i2i_zoo.training.monitors.probe import Finding

TESTS = {"a": pictures(), "b": pictures(seed=1)}


class Still(Trainer):
    """Goes nowhere: its step is set by hand."""

    def __init__(self, model):
        model.players, model.averaged = (), ()
        super().__init__(model, TrainConfig(steps=100))


def watched(found):
    """The steps at which a finding is said that is there where `found` is true, from step 5 on."""
    rows, trainer = [], Still(Toy(lambda x, style: x))

    def monitor(probe):
        return Finding(0.5, "do this") if found[trainer.step - 5] and probe.to == "b" else None

    watch = Watch(TESTS, [rows.append], monitors={"fault": monitor})
    for trainer.step in range(5, 5 + len(found)):
        watch(trainer, {})
    for row in rows:
        assert row == {"step": row["step"], "warning": "fault", "domain": "b", "value": 0.5, "advice": "do this"}
    return [row["step"] for row in rows]


@pytest.mark.parametrize(
    "found, said",
    [([0, 0, 0], []), ([1, 0, 1], []), ([1, 1, 1, 1], [6]), ([1, 1, 0, 1, 1, 1], [6, 9]), ([0, 1, 1], [7])],
)
def test_a_finding_is_said_when_two_looks_agree_and_once_until_it_goes_away(found, said):
    assert watched(found) == said


def test_nothing_is_said_at_the_beginning_of_a_run():
    trainer, rows = Still(Toy(lambda x, style: -x)), []
    watch = Watch(TESTS, [rows.append])
    for trainer.step in (1, 2, 3, 4):
        watch(trainer, {})
    assert rows == []
    for trainer.step in (5, 6):
        watch(trainer, {})
    assert {(row["warning"], row["domain"]) for row in rows} == {("color inversion", "a"), ("color inversion", "b")}


def finite(series, steps=5):
    """The rows for a series of losses."""
    rows, trainer = [], Still(Toy(lambda x, style: x))
    finite = Finite(steps, [rows.append])
    for trainer.step, losses in enumerate(series, 1):
        trainer.skipped.record([name for name, value in losses.items() if not math.isfinite(value)])
        finite(trainer, {})
    return rows


def test_the_first_loss_that_is_no_number_is_named_once():
    nan, sound = float("nan"), {"judge_a": 1.0, "fool_a": 1.0}
    everything = {"judge_a": nan, "fool_a": nan}
    [row] = finite([sound, {"judge_a": float("inf"), "fool_a": 1.0}, *[everything] * 18])
    assert (row["step"], row["loss"]) == (2, "judge_a") and "the turn was skipped; after 10 steps" in row["advice"]
    again = finite([*[everything] * 5, *[sound] * 5, {"fool_a": nan, "judge_a": 1.0}, *[sound] * 4])
    assert [(r["step"], r["loss"]) for r in again] == [(1, "judge_a, fool_a"), (11, "fool_a")]


def test_large_losses_are_numbers():
    assert finite([{"judge_a": 3e38, "fool_a": -1e30}, {"cycle_a": 0.0}] * 5) == []


@pytest.mark.parametrize("name", ["cyclegan", "munit"])
def test_watching_changes_no_weight_and_no_random_number(name):
    small = {
        "cyclegan": {"generator": {"name": "resnet", "width": 2, "blocks": 1}, "pool": 2},
        "munit": {"generator": {"width": 2, "blocks": 1, "mlp_width": 4, "style_halvings": 2}},
    }[name]
    ends = []
    for monitor_every in (0, 1):
        torch.manual_seed(0)
        model = i2i_zoo.create(name, ("a", "b"), discriminator={"name": "patchgan", "width": 2, "layers": 1}, **small)
        trainer = Trainer(model, TrainConfig(steps=4, ema=0.5, log_every=2, monitor_every=monitor_every))
        batches = [{d: images[i][None] for d, images in TESTS.items()} for i in range(4)]
        rows = []
        trainer.fit(batches, monitors(trainer.config, TESTS, [rows.append]))
        averages = {f"average {p}.{k}": t for p, a in trainer.averages.items() for k, t in a.weights.items()}
        ends.append(trainer.model.state_dict() | averages | {"random": torch.get_rng_state()})
        assert trainer.model.training
    assert all(torch.equal(tensor, ends[1][key]) for key, tensor in ends[0].items())


def test_a_warning_is_a_line_of_the_log_and_one_of_the_console(tmp_path):
    trainer, console = Still(Toy(lambda x, style: -x)), Console(file=io.StringIO(), width=40)
    watch = Watch(TESTS, [Display(console, 0, 9).warn, JsonLines(tmp_path / "log.jsonl", 0)])
    for trainer.step in (50, 51):
        watch(trainer, {})
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert {(r["step"], r["warning"], r["domain"]) for r in rows} == {(51, "color inversion", d) for d in "ab"}
    lines = console.file.getvalue().splitlines()
    assert len(lines) == 2 and lines[0].startswith("warning: color inversion (b, step 51): translations to b look")
