"""A folder translated from Python: as `i2i translate` does it, with what went wrong in the answer."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import i2i_zoo
from i2i_zoo.data.images.files import read, write
from i2i_zoo.data.preparation import Preparation
from i2i_zoo.errors import UserError
from i2i_zoo.inference import translate_folder
from i2i_zoo.inference.outputs import relative_outputs
from i2i_zoo.weights.model import export

SMALL = {"generator": {"width": 2, "blocks": 1, "mlp_width": 4}, "discriminator": {"name": "pixelgan", "width": 2}}


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A model in which a style means much, also as `m.safetensors`; two pictures, a damaged one and a text in `in`."""
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    model = i2i_zoo.create("munit", ("edges", "shoes"), **SMALL).eval()
    for net in model.generators.values():
        net.mlp[-1].weight.data *= 20
    model.preparation = Preparation(size=(16, 16))
    export(model, Path("m.safetensors"), {})
    for name, side in (("one.png", 16), ("deeper/two.png", 24)):
        write(torch.randint(0, 256, (3, side, side), dtype=torch.uint8), Path("in") / name)
    Path("in/three.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    Path("in/deeper/none").mkdir()
    Path("in/readme.txt").write_text("no image")
    return model


def test_python_does_what_the_command_does(i2i, model):
    seen = []
    found = translate_folder(model, "in", "python", "shoes", progress=lambda *one: seen.append(one))
    done = i2i("translate", "m.safetensors", "in", "--to", "shoes", "--out", "command")
    assert sorted(found.written) == [Path("python/deeper/two.png"), Path("python/one.png")]
    for path in found.written:
        assert path.read_bytes() == ("command" / path.relative_to("python")).read_bytes()
    assert list(found.problems) == [Path("in/three.png")]
    [problem] = found.problems.values()
    assert done.code == 1 and done.err == f"error: {problem}\n"
    assert [one[:2] for one in seen] == [(1, 3), (2, 3), (3, 3)]
    assert sorted(one[2] for one in seen) == ["", "", problem]
    assert len(found.notes) == 2 and all(note in done.out for note in found.notes)
    assert found.notes[0].startswith("1 of 2 images scaled") and found.notes[1] == "in: passed over 1 (ending .txt)"


def test_a_style_is_a_tensor_its_name_or_that_of_a_seed(model):
    style = i2i_zoo.styles.rounded(model.sample_style(1, seed=3))[0]
    for folder, chosen in (("t", {"style": style}), ("n", {"style": i2i_zoo.styles.to_id(style)}), ("s", {"seed": 3})):
        translate_folder(model, ["in/one.png"], folder, "shoes", size="native", **chosen)
    translate_folder(model, [Path("in/one.png")], "other", "shoes", size="native")
    answers = [read(Path(folder) / "one.png", 3) for folder in ("t", "n", "s", "other")]
    assert all(torch.equal(one, answers[0]) for one in answers[:3]) and not torch.equal(answers[0], answers[3])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"to": "boots"}, "no domain is called 'boots'"),
        ({"to": "shoes", "style": "abc"}, "is not the name of a style"),
        ({"to": "shoes", "style": torch.zeros(3)}, "style: shape"),
        ({"to": "shoes", "size": "51x2"}, "size: expected native"),
        ({"to": "shoes", "inputs": "in/deeper/none"}, "holds no images"),
    ],
)
def test_what_is_wrong_is_said_before_any_work(model, words, message):
    with pytest.raises(UserError, match=message):
        translate_folder(model, **{"inputs": "in", "out": "out"} | words)
    assert not Path("out").exists()


def test_what_was_written_before_below_its_input_is_left_out(tmp_path):
    pictures = [tmp_path / "in" / name for name in ("1.png", "out/lmfao/1.png", "deep/2.gif")]
    for picture in pictures:
        write(torch.zeros(3, 2, 2, dtype=torch.uint8), picture.with_suffix(".png"))
        picture.with_suffix(".png").rename(picture)
    found = relative_outputs([tmp_path / "in"], tmp_path / "in" / "out")
    assert found == [(pictures[0], Path("1.png")), (pictures[2], Path("deep/2.png"))]
