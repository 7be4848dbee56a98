"""What the references of MUNIT and UNIT are checked by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from i2i_zoo.interop import nvlabs
from i2i_zoo.models import Translator
from i2i_zoo.training import TrainConfig, Trainer
from i2i_zoo.training.config import Optimizer
from i2i_zoo.training.schedule import StepDecay

FILES = {"generators": "gen", "discriminators": "dis"}
WEIGHTS = {"fool": "adversarial"}  # loss -> its weight in the config, where the names differ


def check_discriminators(model: Translator, tensors: Mapping[str, Tensor]) -> None:
    for role, critic in model.discriminators.items():
        logits = critic(tensors[f"x_{role}"])
        assert len(logits) == 3
        for scale, found in enumerate(logits):
            torch.testing.assert_close(found, tensors[f"dis_{role}.{scale}"], atol=1e-5, rtol=0)


def check_training(model: Translator, folder: Path, names: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Three steps of the reference, which replaced every random draw by zeros: losses, and weights at the end.

    `names` are the official names of our losses; ours are weighted, theirs are not, but their totals are.
    """
    monkeypatch.setattr(torch, "randn", lambda *shape, generator=None, **options: torch.zeros(*shape, **options))
    tensors, facts = load_file(folder / "train.safetensors"), json.loads((folder / "train.json").read_text())
    optimizer = Optimizer(lr=1e-4, betas=(0.5, 0.999), weight_decay=1e-4)
    trainer = Trainer(model, TrainConfig(optimizer=optimizer, schedule=StepDecay.Config()))
    for step, expected in enumerate(facts["losses"]):
        ours = trainer.advance([{d: tensors[f"{step}.x_{d}"] for d in "ab"}])
        assert ours.keys() == names.keys()
        for name, loss in ours.items():
            weight = 1.0 if name.startswith("judge") else getattr(model.config, WEIGHTS.get(name[:-2], name[:-2]))
            close = 5e-4 if step else 1e-5  # Adam magnifies rounding: in float64 we are off by 3e-4 too
            assert loss.item() == pytest.approx(weight * expected[names[name]], rel=close), name
        totals = [sum(loss.item() for name, loss in ours.items() if name.startswith("judge") == d) for d in (0, 1)]
        assert totals == pytest.approx([expected["gen_total"], expected["dis_total"]], rel=1e-4)
    for player, file in FILES.items():
        for role, net in getattr(model, player).items():
            check_weights(net, _prefixed(tensors, f"final.{file}_{role}."))


def check_weights(net: nn.Module, final: dict[str, Tensor]) -> None:
    expected = nvlabs.recognize(final, "final").tensors
    for key, weight in net.state_dict().items():
        off = (weight - expected[key]).abs()  # Adam makes steps of up to 1e-4 of gradients that are rounding noise
        assert off.mean() < 2e-5 and off.max() < 6e-4, f"{key}: {off.mean():.1e}, {off.max():.1e}"


def _prefixed(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}
