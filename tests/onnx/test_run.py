"""`i2i export --to onnx` and `i2i translate shoes.onnx`, as a user has them, and without torch."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

import i2i_zoo
from i2i_zoo.data.images.files import read, write
from i2i_zoo.data.preparation import Preparation
from i2i_zoo.data.range import Range
from i2i_zoo.errors import UserError
from i2i_zoo.inference import translate_folder
from i2i_zoo.weights.model import export as export_weights

pytest.importorskip("onnxscript")
pytest.importorskip("onnxruntime")

from i2i_zoo.onnx import run
from i2i_zoo.onnx.export import export


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model with styles, sizes and ranges, its graphs, and images of several kinds."""
    torch.manual_seed(0)
    generator = {"width": 4, "blocks": 1, "mlp_width": 8, "style_halvings": 2}
    model = i2i_zoo.create("munit", ("edges", "shoes"), generator=generator, style_dim=3).eval()
    model.preparation = Preparation(size=(16, 24), fit="cover")
    model.ranges = {"edges": Range(), "shoes": Range(low=0, high=1000, dtype="uint16")}
    path = tmp_path_factory.mktemp("onnx")
    export(model, path / "m.onnx")
    export_weights(model, path / "m.safetensors", {})
    for name, size, top in (
        ("a.png", (3, 40, 31), 256),
        ("sub/b.jpg", (3, 16, 24), 256),
        ("c.png", (4, 17, 50), 65536),
    ):
        image = torch.randint(0, top, size, dtype=torch.int32)
        write(image.to(torch.uint8 if top == 256 else torch.uint16), path / "in" / name)
    return path


def test_each_direction_and_each_style_encoder_has_a_file(folder):
    names = ["m.edges2shoes.onnx", "m.shoes2edges.onnx", "m.style_edges.onnx", "m.style_shoes.onnx"]
    assert sorted(one.name for one in folder.glob("*.onnx")) == names
    card = run.find(folder / "m.onnx", "shoes").card
    assert (card.domains, card.channels, card.stride, card.style_dim) == (("edges", "shoes"), (3, 3), 4, 3)
    assert (card.preparation.size, card.preparation.fit, card.stored[1].high) == ((16, 24), "cover", 1000)


@pytest.mark.parametrize("options", [{}, {"seed": 5, "restore": True}, {"size": "native"}, {"size": "20,28"}])
def test_folders_are_translated_as_by_the_model(folder, tmp_path, options):
    model = i2i_zoo.load(folder / "m.safetensors")
    theirs = translate_folder(model, folder / "in", tmp_path / "model", "shoes", precision="fp32", **options)
    ours = run.translate_folder(folder / "m.onnx", [folder / "in"], tmp_path / "graph", "shoes", **options)
    assert not ours.problems and len(ours.written) == 3 and ours.notes == theirs.notes
    for one, other in zip(theirs.written, ours.written, strict=True):
        assert one.relative_to(tmp_path / "model") == other.relative_to(tmp_path / "graph")
        expected, found = read(one, 3, bounded=False), read(other, 3, bounded=False)
        assert expected.dtype == found.dtype and expected.shape == found.shape
        difference = (expected.double() - found.double()).abs()
        assert difference.max() <= 0.01 * 1000  # an input that resizing rounded otherwise
        assert expected.double().std() > 10


def test_the_command_translates_without_torch(folder, tmp_path):
    words = ["translate", str(folder / "m.onnx"), str(folder / "in"), "--to", "shoes", "--out", str(tmp_path / "out")]
    code = f"""if True:
        import sys
        from i2i_zoo.cli import app
        assert app({words!r}, exit_on_error=False) in (0, None)
        sys.exit(", ".join({{"torch", "torchvision", "onnx"}} & sys.modules.keys()) or 0)"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len([*(tmp_path / "out").rglob("*.png")]) == 3 and "3 images written" in done.stdout


@pytest.mark.advice(
    "onnx/run.py: does not translate to",
    "onnx/run.py: write one with `i2i export --to onnx`",
    "onnx/run.py: name a graph that translates",
    "onnx/run.py: export it again",
    "onnx/card.py: export the model again",
)
@pytest.mark.parametrize(
    ("path", "to", "message"),
    [
        ("m.onnx", "shoe", "does not translate to 'shoe'; did you mean 'shoes'"),
        ("none.onnx", "shoes", r"no such file, and no none\.\*\.onnx; write one with `i2i export --to onnx`"),
        ("m.style_shoes.onnx", "shoes", "tells the style of an image; name a graph that translates"),
        ("broken.onnx", "shoes", "cannot be read as an ONNX graph .*; export it again"),
        ("foreign.onnx", "shoes", "no graph that `i2i export --to onnx` wrote"),
    ],
)
def test_what_is_wrong_with_a_graph_is_one_sentence(folder, path, to, message):
    import onnx

    (folder / "broken.onnx").write_bytes(b"nothing")
    graph = onnx.load(folder / "m.style_shoes.onnx")
    del graph.metadata_props[:]
    onnx.save(graph, folder / "foreign.onnx")
    with pytest.raises(UserError, match=message) as caught:
        run.find(folder / path, to)
    assert "\n" not in str(caught.value)
    for name in ("broken", "foreign"):
        (folder / f"{name}.onnx").unlink()
    assert run.find(folder / "m.onnx", "shoes"), "as `i2i export --to onnx` writes it"


def test_a_style_is_named_as_with_the_model(folder, tmp_path):
    model = i2i_zoo.load(folder / "m.safetensors")
    name = i2i_zoo.styles.to_id(model.sample_style(1, seed=3)[0])
    image = [folder / "in" / "a.png"]
    run.translate_folder(folder / "m.onnx", image, tmp_path / "name", "shoes", style=name)
    run.translate_folder(folder / "m.onnx", image, tmp_path / "seed", "shoes", seed=3)
    run.translate_folder(folder / "m.onnx", image, tmp_path / "other", "shoes", seed=4)
    one, same, other = ((tmp_path / way / "a.png").read_bytes() for way in ("name", "seed", "other"))
    assert one == same != other
    with pytest.raises(UserError, match="is not the name of a style"):
        run.translate_folder(folder / "m.onnx", image, tmp_path / "no", "shoes", style="nonsense")


@pytest.mark.advice("cli/translate.py: a graph computes in fp32: leave it out")
@pytest.mark.advice("cli/translate.py: with the weights that the graph was made of, or leave it out")
def test_the_command_says_what_options_and_endings_are_for(i2i, folder):
    refused = i2i("translate", folder / "m.onnx", folder / "in", "--to", "shoes", "--out", "o", "--precision", "bf16")
    assert refused.code == 1 and "leave it out" in refused.err
    refused = i2i("translate", folder / "m.onnx", folder / "in", "--to", "shoes", "--out", "o", "--tile")
    assert refused.code == 1 and "leave it out" in refused.err
    assert i2i("translate", folder / "m.onnx", folder / "in", "--to", "shoes", "--out", "o").code == 0
    for words, message in (
        (["--out", "x.onnx"], "must end in .safetensors, or add --to onnx"),
        (["--out", "x.safetensors", "--to", "onnx"], "must end in .onnx"),
        (["--out", "x.safetensors", "--int8"], "--int8 is for --to onnx"),
    ):
        refused = i2i("export", folder / "m.safetensors", *words)
        assert refused.code == 1 and message in refused.err


@pytest.mark.advice("cli/sample.py: one style at a time; use i2i translate, with --seed or --style-id")
def test_sample_leads_to_what_graphs_do(i2i, folder):
    asked = [folder / "m.onnx", folder / "in", "--to", "shoes"]
    refused = i2i("sample", *asked, "--out", "sheet")
    assert refused.code == 1 and "use i2i translate, with --seed or --style-id" in refused.err
    assert i2i("translate", *asked, "--out", "one", "--seed", 1).code == 0


@pytest.mark.advice("onnx/package.py: pip install 'i2i_zoo[onnx]'")
def test_without_the_extra_the_sentence_says_what_to_install(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UserError, match=r"`pip install 'i2i_zoo\[onnx\]'`"):
        run.find(folder / "m.onnx", "shoes")
    monkeypatch.undo()
    assert run.find(folder / "m.onnx", "shoes")
