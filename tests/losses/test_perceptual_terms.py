"""The perceptual terms of MUNIT and UNIT: what they compare, whom they teach, and what no file may hold."""

from __future__ import annotations

import pytest
import torch
from narrow_vgg import CHANNELS, images, reference
from safetensors import safe_open

import i2i_zoo
from i2i_zoo.errors import UserError
from i2i_zoo.losses.perceptual import Perceptual
from i2i_zoo.nets.initialize import replacing_weights
from i2i_zoo.training import TrainConfig, Trainer, checkpoint
from i2i_zoo.weights.model import export

pytestmark = pytest.mark.usefixtures("folder")
GENERATOR = {"width": 2, "blocks": 1}
KNOBS = {"discriminator": {"width": 2, "layers": 1, "scales": 1}, "perceptual": {"weight": 2.0}}
both = pytest.mark.parametrize("name", ["munit", "unit"])


def model(name, channels=3, **knobs):
    torch.manual_seed(0)
    return i2i_zoo.create(name, tuple(CHANNELS), channels, **{"generator": GENERATOR} | KNOBS | knobs)


def batch(seed=1, channels=(3, 3)):
    return {d: images(1, c, 32, 32, seed=seed + c) for d, c in zip(CHANNELS, channels, strict=True)}


@both
def test_in_the_models_a_translation_is_compared_with_its_input(weights, name):
    net = model(name, channels=(1, 3)).eval()  # UNIT's codes have no noise then
    drawn = batch(channels=(1, 3))
    torch.manual_seed(5)
    losses = list(net.turns(drawn, 0))[-1].losses
    torch.manual_seed(5)
    styles = net.sample_style(2) if name == "munit" else None
    for role, to, source, i in (("a", "edges", "shoes", 0), ("b", "shoes", "edges", 1)):
        style = {} if styles is None else {"style": styles[i]}
        with torch.no_grad():
            fake = net.translate(drawn[source], to=to, **style)
        expected = 2 * reference(weights, fake, drawn[source], "relu5_3")
        assert losses[f"perceptual_{role}"].item() == pytest.approx(expected.item(), rel=1e-3)


@both
def test_its_gradients_reach_the_generators_only(weights, name):
    off = dict.fromkeys(("adversarial", "image", "content", "style", "cycle", "kl", "cycle_kl"), 0.0)
    fields = i2i_zoo.models[name].Config.model_fields
    net = model(name, **{knob: value for knob, value in off.items() if knob in fields})
    [turn] = net.turns(batch(), 0)
    assert turn.players == ("generators",) and set(turn.losses) == {"perceptual_a", "perceptual_b"}
    for loss in turn.losses.values():
        net.zero_grad()
        loss.backward(retain_graph=True)
        for generator in net.generators.values():  # one encodes, the other decodes
            assert any(weight.grad is not None and weight.grad.any() for weight in generator.parameters())
    assert all(weight.requires_grad for weight in net.parameters())


@both
def test_by_default_there_is_none(name):
    net = model(name, perceptual={})
    assert not any(loss.startswith("perceptual") for turn in net.turns(batch(), 0) for loss in turn.losses)
    assert net.config.perceptual == Perceptual(weight=0.0, layer="relu5_3")


@both
def test_crops_are_as_large_as_the_loss_needs(weights, name):
    knobs = {"generator": GENERATOR | ({"style_halvings": 2} if name == "munit" else {})}
    assert model(name, **knobs).smallest_crop == 16 > model(name, **knobs, perceptual={}).smallest_crop


@both
def test_a_resumed_run_is_bit_exact_and_its_files_hold_no_vgg16(folder, weights, tmp_path, name):
    config, batches = TrainConfig(ema=0.9), [batch(seed) for seed in range(4)]
    straight = Trainer(model(name), config)
    torch.manual_seed(7)
    for step in batches[:2]:
        straight.advance([step])
    checkpoint.save(straight, tmp_path / "run", {})
    expected = [straight.advance([step]) for step in batches[2:]]

    with replacing_weights(train=True):
        resumed = Trainer(model(name), config)
    checkpoint.restore(resumed, tmp_path / "run" / "checkpoints" / "last")
    for step, losses in zip(batches[2:], expected, strict=True):
        assert resumed.advance([step]) == losses
    for key, tensor in straight.model.state_dict().items():
        assert torch.equal(resumed.model.state_dict()[key], tensor)

    for file in folder.iterdir():
        file.unlink()
    loaded = i2i_zoo.load(tmp_path / "run")  # looks for nothing
    loaded.translate(images(1, 3, 32, 32), to="shoes")
    export(loaded, tmp_path / "exported.safetensors", {})
    files = [*tmp_path.rglob("*.safetensors")]
    assert len(files) > 5
    for path in files:
        with safe_open(path, "pt") as file:
            assert not [key for key in file.keys() if "perceptual" in key or "features" in key], path  # noqa: SIM118


@both
def test_missing_weights_stop_the_construction(name):
    with pytest.raises(UserError, match=r"vgg16\.tv_in1k\.safetensors: these pretrained weights are needed"):
        model(name)
