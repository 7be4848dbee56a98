"""What a prompt and a notebook show of a model, and `save`."""

import re
from base64 import b64decode
from io import BytesIO

import pytest
import torch
from PIL import Image

import i2i_zoo
from i2i_zoo.data.preparation import Preparation
from i2i_zoo.errors import UserError
from i2i_zoo.training.log import Log

SMALL = {
    "generator": {"name": "resnet", "width": 2, "blocks": 1},
    "discriminator": {"name": "pixelgan", "width": 2},
}


@pytest.fixture
def model():
    return i2i_zoo.create("cyclegan", ("edges", "shoes"), (1, 3), **SMALL)


def test_it_is_one_short_line(model):
    model.preparation, model.provenance = Preparation(size=(64, 32), fit="stretch"), {"step": 4000}
    counts = [sum(p.numel() for p in model.player(name).parameters()) for name in model.players]
    assert repr(model) == (
        f"<cyclegan: edges <-> shoes (1 and 3 channels); 64 x 32 pixels; {sum(counts):,} parameters "
        f"(generators {counts[0]:,}, discriminators {counts[1]:,}); 4,000 training steps>"
    )


def test_what_is_not_known_is_not_said(model):
    assert "pixels" not in repr(model) and "steps" not in repr(model) and "styles" not in repr(model)
    munit = i2i_zoo.create("munit", ("a", "b"), generator={"width": 4, "blocks": 1, "mlp_width": 8})
    assert "a <-> b (3 channels); styles of 8 numbers" in repr(munit)


def test_a_file_without_the_other_direction_counts_what_it_has(model):
    model.missing_networks = ("generators.b2a", "discriminators.a", "discriminators.b")
    own = sum(p.numel() for p in model.generators["a2b"].parameters())
    assert f"edges -> shoes (1 and 3 channels); {own:,} parameters (generators {own:,})" in repr(model)


def test_a_notebook_shows_the_samples_too(model, tmp_path):
    assert "<img" not in model._repr_html_()
    model.sheet = tmp_path / "sheet.png"
    Image.new("RGB", (2000, 100), "red").save(model.sheet)
    [data] = re.findall(r"src='data:image/jpeg;base64,([^']+)'", model._repr_html_())
    with Image.open(BytesIO(b64decode(data))) as shown:
        assert shown.size == (900, 45) and shown.getpixel((5, 5))[0] > 200
    model.sheet.write_bytes(b"damaged")
    assert "<img" not in model._repr_html_() and "edges" in model._repr_html_()


def test_names_are_escaped(model):
    model.domains = ("<b>", "shoes")
    assert "<b>" not in model._repr_html_().replace("<b>cyclegan</b>", "")


def test_saved_and_loaded_it_is_the_same(model, tmp_path):
    model.preparation, model.provenance = Preparation(size=(64, 32), fit="stretch"), {"step": 4000}
    model.save(tmp_path / "m.safetensors")
    again = i2i_zoo.load(tmp_path / "m.safetensors")
    assert repr(again) == repr(model) and again.provenance == {"step": 4000}
    assert all(torch.equal(one, two) for one, two in zip(model.parameters(), again.parameters(), strict=True))
    model.save(str(tmp_path / "half.safetensors"), half=True)
    sizes = [(tmp_path / name).stat().st_size for name in ("half.safetensors", "m.safetensors")]
    assert sizes[0] < sizes[1]
    with pytest.raises(UserError, match=r"m\.pt: the name must end in \.safetensors"):
        model.save(tmp_path / "m.pt")


def test_training_steps_are_those_of_the_training(model):
    model.provenance, model.sheet = {"step": 4000}, "old.png"
    trainer = i2i_zoo.training.Trainer(model)
    assert "steps" not in repr(model) and model.sheet is None
    trainer.advance([{"edges": torch.zeros(1, 1, 8, 8), "shoes": torch.zeros(1, 3, 8, 8)}])
    assert "; 1 training step>" in repr(model)


@pytest.mark.parametrize("name", ["cyclegan", "munit", "unit"])
def test_official_names_are_of_losses_that_there_are(name):
    """No two of them alike, and each is a loss of the model when every weight is set."""
    weights = {
        "cyclegan": {"identity": 0.5, "generator": SMALL["generator"]},
        "munit": {"cycle": 1.0, "generator": {"width": 2, "blocks": 1, "mlp_width": 4, "style_halvings": 2}},
        "unit": {"generator": {"width": 2, "blocks": 1}},
    }
    model = i2i_zoo.create(name, ("a", "b"), discriminator=SMALL["discriminator"], **weights[name])
    trainer = i2i_zoo.training.Trainer(model, i2i_zoo.training.TrainConfig(names="official"))
    losses = trainer.advance([{"a": torch.zeros(1, 3, 16, 16), "b": torch.zeros(1, 3, 16, 16)}])
    names = {ours: theirs for ours, theirs in model.official_names.items() if not ours.startswith("perceptual")}
    assert losses.keys() == names.keys() and len({*names.values()}) == len(names)
    rows = []
    log = Log([rows.append])
    log.start(trainer)
    log(trainer, losses)
    assert rows[0]["losses"].keys() == {*names.values()}
