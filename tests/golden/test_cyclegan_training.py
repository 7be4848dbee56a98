"""The update of the official CycleGAN, loss by loss and weight by weight."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from official import from_official, reference
from safetensors.torch import load_file

import i2i_zoo
from i2i_zoo.interop.junyanz import recognize
from i2i_zoo.training import TrainConfig, Trainer, schedule

HERE = Path(__file__).parent
OURS = {  # official name -> ours, where the letter says which domain's images are compared
    "D_A": "judge_b", "G_A": "fool_b", "cycle_A": "cycle_a", "idt_A": "identity_b",
    "D_B": "judge_a", "G_B": "fool_a", "cycle_B": "cycle_b", "idt_B": "identity_a",
}  # fmt: skip
NETS = {
    "G_A": ("generators", "a2b"),
    "G_B": ("generators", "b2a"),
    "D_A": ("discriminators", "b"),
    "D_B": ("discriminators", "a"),
}


def official_trainer(width: int, blocks: int, **knobs: float) -> Trainer:
    model = i2i_zoo.create(
        "cyclegan",
        ("a", "b"),
        generator={"name": "resnet", "width": width, "blocks": blocks},
        discriminator={"name": "patchgan", "width": width},
        identity=0.5,
        **knobs,
    )
    return Trainer(model, TrainConfig(schedule=schedule.Constant.Config()))


def net(trainer: Trainer, name: str) -> torch.nn.Module:
    player, role = NETS[name]
    return getattr(trainer.model, player)[role]


def play(trainer: Trainer, real_a: torch.Tensor, real_b: torch.Tensor, expected: list[dict[str, float]]) -> None:
    for a, b, losses in zip(real_a, real_b, expected, strict=True):
        ours = trainer.advance([{"a": a, "b": b}])
        assert {OURS[name] for name in losses} == ours.keys()
        for name, value in losses.items():
            assert ours[OURS[name]].item() == pytest.approx(value, rel=1e-4), name


def prefixed(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}


def test_four_steps_of_the_official_code():
    tensors, facts = (
        load_file(HERE / "cyclegan_train.safetensors"),
        json.loads((HERE / "cyclegan_train.json").read_text()),
    )
    trainer = official_trainer(width=2, blocks=2)
    for name in NETS:
        net(trainer, name).load_state_dict(prefixed(tensors, f"{name}."))
    play(trainer, tensors["real_A"], tensors["real_B"], facts["losses"])
    for name in NETS:
        final = prefixed(tensors, f"final.{name}.")
        for key, weight in net(trainer, name).state_dict().items():
            torch.testing.assert_close(weight, final[key], atol=2e-6, rtol=1e-4, msg=f"{name}.{key}")


def test_unequal_lambdas_weigh_what_they_weigh_in_the_official_code():
    """There, idt_A has the weight lambda_B x 0.5 and idt_B lambda_A x 0.5: the lambda of the images that they see."""
    tensors, facts = (
        load_file(HERE / "cyclegan_train.safetensors"),
        json.loads((HERE / "cyclegan_train.json").read_text()),
    )
    lambda_a, lambda_b = 5.0, 2.5  # those of the fixture are 10, and no weight has learnt before the first losses
    trainer = official_trainer(width=2, blocks=2, forward=lambda_a / 10, backward=lambda_b / 10)
    for name in NETS:
        net(trainer, name).load_state_dict(prefixed(tensors, f"{name}."))
    shares = {"cycle_A": lambda_a, "idt_B": lambda_a, "cycle_B": lambda_b, "idt_A": lambda_b}
    expected = {name: value * shares.get(name, 10.0) / 10.0 for name, value in facts["losses"][0].items()}
    expected = {name: value for name, value in expected.items() if name[0] != "D"}  # they come after the first turn
    ours = trainer.advance([{"a": tensors["real_A"][0], "b": tensors["real_B"][0]}])
    assert {name: ours[OURS[name]].item() for name in expected} == pytest.approx(expected, rel=1e-4)


def test_four_steps_of_the_reference():
    folder = reference("cyclegan_train_lsgan")
    tensors, facts = load_file(folder / "train.safetensors"), json.loads((folder / "train.json").read_text())
    trainer = official_trainer(width=8, blocks=6)
    for name in NETS:
        net(trainer, name).load_state_dict(from_official(folder / f"latest_net_{name}.pth"))
    reals = [torch.stack([tensors[f"{step}.real_{d}"] for step in range(4)]) for d in "AB"]
    play(trainer, *reals, facts["losses"])
    for name in NETS:
        final = recognize(prefixed(tensors, f"final.{name}."), name).tensors
        for key, weight in net(trainer, name).state_dict().items():
            off = (weight - final[key]).abs()  # Adam makes whole steps of 2e-4 of gradients that are rounding noise
            assert off.mean() < 1e-5 and off.max() < 2e-4, f"{name}.{key}: {off.mean():.1e}, {off.max():.1e}"
