"""A MUNIT that knows the styles of its training images: in checkpoints, exports, official files and its codes."""

from __future__ import annotations

import torch

import i2i_zoo
from i2i_zoo.interop.write import write_official
from i2i_zoo.training import TrainConfig, Trainer, checkpoint
from i2i_zoo.weights.model import export, load

SMALL = {
    "generator": {"width": 4, "blocks": 1, "mlp_width": 8},
    "discriminator": {"name": "multiscale", "width": 4, "layers": 1, "scales": 1},
}


@torch.enable_grad()
def trained(steps=3, **prior):
    torch.manual_seed(0)
    model = i2i_zoo.create("munit", ("edges", "shoes"), **SMALL, prior=prior)
    trainer = Trainer(model, TrainConfig(ema=0.9))
    for _ in range(steps):
        trainer.advance([dict(zip(model.domains, torch.rand(2, 2, 3, 16, 16) * 2 - 1, strict=True))])
    return trainer


@torch.no_grad()
def test_inference_knows_what_training_saw(tmp_path):
    trainer = trained(known=0.5)
    checkpoint.save(trainer, tmp_path, {})
    with trainer.inference() as model:
        export(model, tmp_path / "one.safetensors", {})
        images, codes = torch.rand(2, 3, 16, 16), model.sample_style(2, seed=0)
        expected = model.translate(images, to="shoes", style=codes)
        known, net = model.generators["known"]["b"], model.generators["b"]
        styles = known.mean + codes @ known.root
        assert torch.allclose(expected, net.decode(model.generators["a"].content(images), styles), atol=1e-6)
        assert not torch.allclose(codes, styles, atol=0.1)
        back = known.style(model.encode_style(images, "shoes"))
        torch.testing.assert_close(back, net.style(images), atol=1e-5, rtol=1e-4)
    for path in (tmp_path, tmp_path / "one.safetensors"):
        assert torch.equal(load(path).translate(images, to="shoes", style=codes), expected)


@torch.no_grad()
def test_official_files_take_the_same_codes(tmp_path):
    model = trained(known=0.5).model.eval()
    write_official(model, "munit", tmp_path)
    again = i2i_zoo.interop.load_official(tmp_path, domains=model.domains)
    images, codes = torch.rand(2, 3, 16, 16), model.sample_style(2, seed=0)
    assert not again.config.prior.known
    for one, other in (
        [m.translate(images, to="shoes", style=codes) for m in (model, again)],
        [m.encode_style(images, "edges") for m in (model, again)],
    ):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-3)


def test_nothing_is_kept_or_computed_that_is_not_asked_for(monkeypatch):
    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr("i2i_zoo.models.munit.mode_seeking_loss", refuse)
    monkeypatch.setattr("i2i_zoo.nets.style_prior.KnownStyles", refuse)
    trainer = trained(steps=1)
    assert set(trainer.model.generators) == {"a", "b"}
    assert "known" not in "".join(trainer.model.state_dict())


def test_a_penalty_alone_leaves_codes_as_they_are():
    model = trained(steps=2, kl=0.1).model.eval()
    images = torch.rand(2, 3, 16, 16)
    assert model.generators["known"]["b"].steps == 1
    assert torch.equal(model.encode_style(images, "shoes"), model.generators["b"].style(images))
