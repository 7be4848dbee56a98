"""The short commands, called in this process."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

import i2i_zoo
from i2i_zoo.data.images.files import read
from i2i_zoo.speed import choice as speed
from i2i_zoo.weights.model import export


def opened(path):
    with Image.open(path) as image:
        return image.size, image.mode


@pytest.fixture
def weights(tmp_path):
    """An exported model from grey `edges` to RGB `shoes`."""
    torch.manual_seed(0)
    small = {
        "generator": {"name": "resnet", "width": 2, "blocks": 1},
        "discriminator": {"name": "pixelgan", "width": 2},
    }
    path = tmp_path / "m.safetensors"
    export(i2i_zoo.create("cyclegan", ("edges", "shoes"), (1, 3), **small), path, {})
    return path


def test_list_names_everything(i2i):
    done = i2i("list")
    assert done.code == 0
    for name in (
        "cyclegan",
        "resnet",
        "unet",
        "timm_unet",
        "patchgan",
        "pixelgan",
        "unpaired",
        "paired",
        "shoes/quickstart",
    ):
        assert name in done.out


def test_show_a_recipe_and_a_model(i2i):
    recipe = i2i("show", "shoes/quickstart", "model.cycle=7.5").out
    assert "model.generator.backbone" in recipe and "7.5" in recipe and "Weight of the cycle terms" in recipe
    model = i2i("show", "cyclegan").out
    assert "identity" in model and "number ≥ 0" in model
    paired = i2i("show", "paired").out
    assert "root" in paired and "paired (dataset)" in paired and "paired (metric)" in paired
    assert "did you mean 'shoes/quickstart'" in i2i("show", "shoes/quikstart").err


def test_schema_describes_recipes(i2i):
    schema = json.loads(i2i("schema").out)
    assert schema["additionalProperties"] is False and "extends" in schema["properties"]
    [cyclegan] = [t for t in schema["properties"]["model"]["anyOf"] if t["properties"]["name"]["const"] == "cyclegan"]
    assert cyclegan["properties"]["cycle"]["description"].startswith("Weight of the cycle terms")
    assert {t["properties"]["name"]["const"] for t in cyclegan["properties"]["generator"]["anyOf"]} == {
        "resnet",
        "unet",
        "timm_unet",
    }
    assert not _dangling(schema, schema.get("$defs", {}))


def _dangling(node, defs):
    """References to definitions that are not there."""
    if isinstance(node, dict):
        own = (
            [node["$ref"]]
            if isinstance(node.get("$ref"), str) and node["$ref"].removeprefix("#/$defs/") not in defs
            else []
        )
        return own + [ref for value in node.values() for ref in _dangling(value, defs)]
    return [ref for value in node for ref in _dangling(value, defs)] if isinstance(node, list) else []


def test_check_reads_every_image(i2i, tmp_path):
    for folder in ("trainA", "trainB"):
        (tmp_path / folder).mkdir()
        for number in range(3):
            Image.new("RGB", (80, 80)).save(tmp_path / folder / f"{number}.png")
    words = ("check", "edges2shoes/cyclegan", f"data.root={tmp_path}")
    assert "the recipe and its data are fine" in i2i(*words).out
    (tmp_path / "trainB" / "1.png").write_bytes(b"no picture")
    done = i2i(*words)
    assert done.code == 1 and "1.png" in done.err and "2 problems" in done.out  # train and test share the folder


def test_translate_keeps_names_folders_sizes_and_depths(i2i, weights, tmp_path):
    source = tmp_path / "in"
    (source / "deep").mkdir(parents=True)
    Image.new("L", (33, 20), 200).save(source / "a.png")
    Image.new("RGB", (7, 50), "red").save(source / "deep" / "b.JPG")
    Image.fromarray(np.full((9, 11), 40000, np.uint16)).save(source / "c16.png")
    np.save(source / "d.npy", np.random.default_rng(0).random((12, 13), dtype=np.float32))
    Image.new("P", (16, 16)).save(source / "e.gif")
    done = i2i("translate", weights, source, "--to", "shoes", "--out", "out")
    assert done.code == 0, done.err
    assert "5 images written to out" in done.out and "passed over" not in done.out
    names = sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*") if p.is_file())
    assert names == ["a.png", "c16.png", "d.npy", "deep/b.JPG", "e.png"]
    assert opened("out/a.png") == ((33, 20), "RGB") and opened("out/deep/b.JPG") == ((7, 50), "RGB")
    assert read(Path("out/c16.png"), 3).dtype == torch.uint16
    floats = np.load("out/d.npy")
    assert floats.shape == (12, 13, 3) and floats.dtype == np.float32 and floats.min() >= 0 and floats.max() <= 1


def test_translate_takes_the_precision_that_was_asked_for(i2i, weights, tmp_path, monkeypatch):
    monkeypatch.setattr(speed, "multiplies_bf16", lambda device: True)
    Image.effect_noise((32, 32), 60).save(tmp_path / "x.png")
    found = {}
    for words in ("", "--precision bf16", "--precision fp32"):
        assert i2i("translate", weights, "x.png", "--to", "shoes", "--out", "out", *words.split()).code == 0
        found[words] = Path("out/x.png").read_bytes()
    assert found[""] == found["--precision bf16"] != found["--precision fp32"]


def test_translate_single_files_and_back(i2i, weights, tmp_path):
    Image.new("RGB", (16, 16)).save(tmp_path / "x.png")
    assert i2i("translate", weights, "x.png", "--to", "edges", "--out", "out").code == 0
    assert opened("out/x.png") == ((16, 16), "L")


def test_what_translate_passes_over_is_said(i2i, weights, tmp_path):
    (tmp_path / "in").mkdir()
    Image.new("L", (16, 16)).save(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "b.heic").touch()
    done = i2i("translate", weights, "in", "--to", "shoes", "--out", "out")
    assert done.code == 0 and "in: passed over 1 (ending .heic)" in done.out


def test_one_bad_image_is_reported_and_skipped(i2i, weights, tmp_path):
    (tmp_path / "in").mkdir()
    for name in "ac":
        Image.new("L", (16, 16)).save(tmp_path / "in" / f"{name}.png")
    (tmp_path / "in" / "b.png").write_bytes(b"no picture")
    done = i2i("translate", weights, "in", "--to", "shoes", "--out", "out")
    assert done.code == 1
    assert "b.png" in done.err and len(done.err.strip().splitlines()) == 1
    assert "2 images written to out, 1 skipped" in done.out
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.png", "c.png"]


def test_mistakes_in_translate_are_one_line(i2i, weights, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "other").mkdir()
    for folder in ("in", "other"):
        Image.new("L", (16, 16)).save(tmp_path / folder / "a.png")
    for words, complaint in (
        (("nowhere", "in", "--to", "shoes", "--out", "out"), "nowhere: no such file or folder"),
        ((weights, "in", "--to", "shoos", "--out", "out"), "did you mean 'shoes'"),
        ((weights, "--to", "shoes", "--out", "out"), "INPUTS"),
        ((weights, "in", "--to", "shoes"), "--out"),
        ((weights, "in", "--to", "shoes", "--out", "out", "--speed"), "--speed"),
        ((weights, "in", "--to", "shoes", "--out", "in"), "would be overwritten by its own translation"),
        ((weights, "in", "other", "--to", "shoes", "--out", "out"), "would both be written to"),
        ((tmp_path / "in" / "a.png", "in", "--to", "shoes", "--out", "out"), "not a safetensors file"),
    ):
        done = i2i("translate", *words)
        assert done.code in (1, 2) and complaint in done.err and len(done.err.strip().splitlines()) == 1, words
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["shoes/quikstart"], "no recipe is called 'shoes/quikstart'; did you mean 'shoes/quickstart'?"),
        (["shoes/quickstart", "model.cycel=5.0"], "recipe.model.cycel: no such key; did you mean 'cycle'?"),
        (
            ["shoes/quickstart", "train.batch=3", "train.accumulate=2"],
            "recipe.train.batch: 3 images cannot be shared evenly",
        ),
        (["edges2shoes/cyclegan"], "recipe.data.root: missing; name the folder that holds trainA and trainB"),
        (["edges2shoes/cyclegan", "data.root=nowhere"], "nowhere: no such folder"),
        (["--resume", "nowhere"], "nowhere: no such file or folder"),
        (["--resume", "x", "--out", "y", "shoes/quickstart"], "leave out RECIPE and --out"),
        ([], "which recipe?"),
        (["nowhere.toml"], "nowhere.toml: no such recipe file"),
    ],
)
def test_mistakes_in_train_are_one_line_and_nothing_is_written(i2i, tmp_path, words, complaint):
    done = i2i("train", *words)
    assert done.code == 1
    assert complaint in done.err and len(done.err.strip().splitlines()) == 1 and done.err.startswith("error: ")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_line(i2i, tmp_path):
    (tmp_path / "file").write_text("")
    done = i2i("train", "shoes/quickstart", "--out", "file/run")
    assert done.code == 1 and "file" in done.err and len(done.err.strip().splitlines()) == 1


def test_export_writes_one_file_that_describes_itself(i2i, weights, tmp_path):
    from i2i_zoo.training import TrainConfig, Trainer, checkpoint

    trainer = Trainer(i2i_zoo.load(weights), TrainConfig(ema=0.5))
    checkpoint.save(trainer, tmp_path / "run", {"recipe": "mine"})
    assert i2i("export", "run", "--out", "out.safetensors").code == 0
    with safe_open(tmp_path / "out.safetensors", "pt") as file:
        facts = json.loads(file.metadata()["model.json"])
    assert facts["provenance"]["recipe"] == "mine" and facts["domains"] == ["edges", "shoes"]
    assert "must end in .safetensors" in i2i("export", "run", "--out", "out.pth").err
    assert i2i("export", "out.safetensors", "--half", "--inference", "--out", "small.safetensors").code == 0
    with safe_open(tmp_path / "small.safetensors", "pt") as file:
        assert json.loads(file.metadata()["model.json"])["provenance"] == facts["provenance"]
        assert {file.get_tensor(key).dtype for key in file.keys()} == {torch.float16}  # noqa: SIM118
        assert {key.split(".")[0] for key in file.keys()} == {"generators"}  # noqa: SIM118


def test_pictures_in_python(weights, tmp_path):
    model = i2i_zoo.load(weights)
    Image.new("L", (20, 30), 128).save(tmp_path / "x.png")
    from_path = i2i_zoo.translate(model, tmp_path / "x.png", to="shoes")
    with Image.open(tmp_path / "x.png") as image:
        from_pil = i2i_zoo.translate(model, image, to="shoes")
    from_array = i2i_zoo.translate(model, np.full((30, 20), 128, np.uint8), to="shoes")
    assert from_path.size == (20, 30) and from_path.mode == "RGB"
    assert from_path.tobytes() == from_pil.tobytes() == from_array.tobytes()
    assert [im.size for im in i2i_zoo.translate(model, [str(tmp_path / "x.png")] * 2, to="shoes")] == [(20, 30)] * 2
    deep = i2i_zoo.translate(model, np.full((8, 8, 3), 40000, np.uint16), to="edges")
    assert deep.mode == "I;16", "one channel keeps its depth"
    assert i2i_zoo.translate(model, np.full((8, 8), 40000, np.uint16), to="shoes").mode == "RGB"
    for wrong in (np.zeros((4, 4, 2), np.uint8), np.zeros((4, 4), np.int32), np.full((4, 4), 2.0)):
        with pytest.raises(i2i_zoo.errors.UserError, match="image: "):
            i2i_zoo.translate(model, wrong, to="shoes")
