"""Advice on images, runs, weights and reports, taken literally, in folders whose names hold spaces."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from i2i_zoo import plugins
from i2i_zoo.compare import plan

TINY = [
    "edges2shoes/cyclegan", "data.root=the images", "data.channels=[1, 1]", "data.size=16", "data.resize=16",
    "data.workers=0", "model.discriminator={name='pixelgan', width=2}", "model.pool=3", "train.steps=2",
    "model.generator={name='resnet', width=2, blocks=1, upsample='transpose'}", "train.batch=1", "train.samples=1",
    "train.save_every=1", "train.speed=exact",
]  # fmt: skip
pytestmark = pytest.mark.filterwarnings("default::i2i_zoo.errors.Notice")


def noise(path, seed=0, bits=8):
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(seed).integers(0, 2 ** min(bits, 12), (16, 16))
    Image.fromarray(values.astype(np.uint8 if bits == 8 else np.uint16)).save(path)


def images(root, folders=("trainA", "trainB"), bits=8):
    for place, folder in enumerate(folders):
        for number in range(4):
            noise(Path(root) / folder / f"{number}.png", 10 * place + number, bits)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run of two steps and its images."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("advice"))
        from i2i_zoo.cli.train import train

        images("the images")
        assert train(*TINY, out=Path("my run")) == 0
        return Path.cwd()


@pytest.fixture
def there(whole, tmp_path, i2i):
    """The current folder with a copy of it."""
    shutil.copytree(whole, tmp_path, symlinks=True, dirs_exist_ok=True)
    return tmp_path


def refused(done) -> str:
    assert done.code and len(done.err.strip().splitlines()) == 1, done.err
    return done.err.strip()


def overrides(text: str) -> list[str]:
    """The `key=value` words of a message, copied into a shell."""
    found = re.findall(r"'[a-z_.]+=(?:[^']|'\"'\"')*'|(?<![\w.'])[a-z_]+(?:\.\w+)+=[^\s,;)]+", text)
    return shlex.split(" ".join(found))


@pytest.mark.advice("runs/resume.py: a new run can begin with its weights")
@pytest.mark.advice("weights/model.py: a new training can begin with them")
def test_weights_alone_begin_a_training(there, i2i):
    assert i2i("export", "my run", "--out", "my weights.safetensors").code == 0
    for number, weights in enumerate(("my weights.safetensors", "my run/checkpoints/last")):
        if "last" in weights:
            described = there / weights / "model.json"
            described.write_text(json.dumps(json.loads(described.read_text()) | {"provenance": {}}))
            (there / weights / "checksums.json").unlink()
        [word] = overrides(refused(i2i("train", "--resume", weights)))
        done = i2i("train", *TINY, word, "--out", f"new {number}")
        assert done.code == 0 and "tensors loaded" in done.out, done.err


@pytest.mark.advice("runs/resume.py: out of its folder to go on from here")
def test_newer_checkpoints_are_moved_away(there, i2i):
    text = refused(i2i("train", "--resume", "my run/checkpoints/000000001"))
    for name in re.search(r"move (.*) out of its folder", text)[1].split(", "):
        shutil.move(there / "my run/checkpoints" / name, there / name)
    done = i2i("train", "--resume", "my run/checkpoints/000000001")
    assert done.code == 0 and "resumed at step 1" in done.out, done.err


@pytest.mark.advice("cli/begin.py: leave it out, or name the run with --resume")
def test_changed_images_is_left_out_or_comes_with_resume(there, i2i):
    assert "leave it out, or name the run with --resume" in refused(i2i("train", *TINY, "--changed-images"))
    assert i2i("train", *TINY, "--out", "new").code == 0
    assert i2i("train", "--resume", "my run", "--changed-images").code == 0


def test_a_share_set_aside_needs_the_new_run_that_is_advised(there, i2i):
    [hint] = {word for word in overrides(i2i("train", "--resume", "my run").out) if word.startswith("data.test=")}
    text = refused(i2i("train", "--resume", "my run", hint))
    command = shlex.split(text.partition(": i2i ")[2])
    done = i2i(*command)
    assert done.code == 0 and "of training images" not in done.out and "tensors loaded" in done.out, done.err


@pytest.mark.advice("runs/initial_weights.py: of trainA, or of the first of data.folders)")
def test_domains_in_another_order_are_given_back_with_their_images(there, i2i):
    images("the images", ("trainA", "trainB"))
    swapped = ["data.domains=['shoes', 'edges']", "model.init=my run", "--out", "new"]
    text = refused(i2i("train", *TINY, *swapped))
    [order] = overrides(text)
    assert "trainA" in text and i2i("train", *TINY, swapped[1], order, *swapped[2:]).code == 0


@pytest.mark.advice("data/datasets/unpaired.py: name the folders of")
@pytest.mark.advice("data/images/pixels.py: them, or train with what they mean, such as")
def test_two_folders_are_named_and_ranges_are_set(there, i2i):
    images("scans", ("ct", "my mr"), bits=12)
    knobs = [*TINY, "data.root=scans", "data.domains=['ct', 'v1.2 of it']"]
    [folders] = overrides(refused(i2i("check", *knobs)))
    assert folders == 'data.folders=["ct", "my mr"]'
    found = i2i("check", *knobs, folders)
    words = overrides(found.err)
    assert found.code == 0 and len(words) == 2, found.err
    found = i2i("check", *knobs, folders, *words)
    assert found.code == 0 and not overrides(found.err) and found.out.count("range [0, 4095]") == 4, found.out
    for number in range(4):
        np.save(there / f"scans/ct/{number}.npy", np.full((16, 16), -1000.5 * number, np.float32))
        (there / f"scans/ct/{number}.png").unlink()
    found = i2i("check", *knobs, folders)
    words = {word for line in found.err.splitlines() for word in overrides(line) if word.startswith("data.range=")}
    assert found.code == 1 and len(words) == 3
    assert i2i("check", *knobs, folders, "data.range=[-3001.5, 4095]").code == 0
    assert "data.range=[-3001.5, 1]" in words


@pytest.mark.advice("data/preparation.py: size: expected")
@pytest.mark.advice("inference/outputs.py: choose another --out")
@pytest.mark.advice("inference/outputs.py: one at a time, each to an --out of its own")
@pytest.mark.advice("models/base.py: no domain is called")
def test_what_would_be_overwritten_goes_elsewhere(there, i2i):
    noise(Path("two/a.png"))
    Image.open("two/a.png").save("two/a.gif")
    words = "translate", "my run"
    assert "each to an --out of its own" in refused(i2i(*words, "two", "--to", "shoes", "--out", "out"))
    for out, file in (("one", "two/a.png"), ("other", "two/a.gif")):
        assert i2i(*words, file, "--to", "shoes", "--out", out).code == 0 and Path(out, "a.png").is_file()
    Path("two/a.gif").unlink()
    assert "choose another --out" in refused(i2i(*words, "two", "--to", "shoes", "--out", "two"))
    assert i2i(*words, "two", "--to", "shoes", "--out", "three").code == 0
    assert "name an image, or a folder of images" in refused(i2i(*words, "tow", "--to", "shoes", "--out", "out"))
    meant = re.search(r"did you mean '(.*)'", refused(i2i(*words, "two", "--to", "shoe", "--out", "out")))[1]
    assert i2i(*words, "two", "--to", meant, "--out", "four").code == 0
    size = re.search(r"pixels \((\d+)\)", refused(i2i(*words, "two", "--to", "shoes", "--out", "o", "--size", "big")))
    assert i2i(*words, "two", "--to", "shoes", "--out", "five", "--size", size[1]).code == 0


@pytest.mark.advice("data/images/arrays.py: cannot be read as an image (")
def test_a_damaged_image_is_removed(there, i2i):
    Path("the images/trainB/3.png").write_bytes(b"no picture")
    words = "translate", "my run", "the images/trainB", "--to", "edges", "--out", "out"
    file = re.match("error: (.*) cannot be read .* replace it or remove it", refused(i2i(*words)))[1]
    Path(file).unlink()
    assert i2i(*words).code == 0


@pytest.mark.advice("cli/convert.py: (with --to a folder), or --report to look only")
@pytest.mark.advice("cli/convert.py: choose another --out")
@pytest.mark.advice("cli/convert.py: code is to load them, or use them as they are")
@pytest.mark.advice("cli/convert.py: for the official A and B: --domains horse zebra")
@pytest.mark.advice("evaluation/evaluate.py: that it was trained with, or one of such images")
@pytest.mark.advice("interop/files.py: there are")
@pytest.mark.advice("interop/write.py: --to")
@pytest.mark.advice("runs/score.py: give one with --recipe")
def test_official_weights_are_written_and_taken_as_advised(there, i2i):
    to = re.search("--to (.*)$", refused(i2i("convert", "my run", "--to", "munit", "--out", "off")).split(";")[-1])[1]
    text = refused(i2i("convert", "my run", "--domains", "a", "b", "--to", to, "--out", "off"))
    assert "leave out --domains and --epoch" in text
    assert i2i("convert", "my run", "--to", to, "--out", "off").code == 0
    assert "choose another --out" in refused(i2i("convert", "my run", "--to", to, "--out", "off"))
    assert i2i("convert", "my run", "--to", to, "--out", "off2").code == 0
    assert "add --out NAME.safetensors" in refused(i2i("convert", "off"))
    domains = shlex.split(refused(i2i("convert", "off", "--out", "w.safetensors")).rpartition(": ")[2])
    epochs = refused(i2i("convert", "off", "--out", "w.safetensors", *domains, "--epoch", "7")).rpartition("are ")[2]
    done = i2i("convert", "off", "--out", "w.safetensors", *domains, "--epoch", epochs)
    assert done.code == 0, done.err
    assert "give one with --recipe" in refused(i2i("evaluate", "w.safetensors"))
    mine = ["--recipe", "my run", "evaluate.metrics=['cycle']", "data.domains=['horse', 'zebra']"]
    assert i2i("evaluate", "w.safetensors", *mine).code == 0
    other = i2i("evaluate", "my run", "--recipe", "shoes/quickstart", "evaluate.metrics=['cycle']")
    assert "give the recipe that it was trained with" in refused(other)
    assert i2i("evaluate", "my run", *mine[:3]).code == 0


@pytest.mark.advice("compare/plan.py: cannot be compared: their data")
@pytest.mark.advice("compare/plan.py: give a common budget, such as --steps")
@pytest.mark.advice("compare/plan.py: it once, and train it more often with --seeds")
def test_what_is_compared_is_made_comparable_as_advised(there, i2i):
    scored = "evaluate.metrics=['cycle']"
    assert "name it once" in refused(i2i("compare", "my run", "my run", "--out", "c"))
    assert i2i("train", "my run/recipe.json", "data.test=0.3", "--out", "other").code == 0
    [same] = overrides(refused(i2i("compare", "my run", "other", "--out", "c", scored)))
    assert i2i("train", "other/recipe.json", same, "--out", "third").code == 0
    assert i2i("compare", "my run", "third", "--out", "c", scored).code == 0
    Path("longer.json").write_text(Path("my run/recipe.json").read_text().replace('"steps": 2', '"steps": 9'))
    sources = "longer.json", "my run"
    budget = re.search(r"--steps (\d+)", refused(i2i("compare", *sources, "--out", "d")))[1]
    assert plan(sources, Path("d"), steps=int(budget)).parts


@pytest.mark.advice("hub/datasets.py: use it, or remove it to fetch it again")
def test_the_printed_command_of_a_data_set_is_one_that_a_shell_takes(there, i2i):
    with zipfile.ZipFile("a.zip", "w") as archive:
        for file in sorted(Path("the images").rglob("*.png")):
            archive.write(file, Path("cats2dogs", file.relative_to("the images")))
    done = i2i("fetch", "cats2dogs", "--source", "a.zip", "--out", "my sets")
    command = shlex.split(done.out.strip().splitlines()[-1])[1:]
    assert "data.root=my sets/cats2dogs" in command, done.err
    knobs = [word for word in TINY[2:] if not word.startswith("train.steps")]
    assert i2i("check", *command[1:], *knobs).code == 0
    assert "use it, or remove it" in refused(i2i("fetch", "cats2dogs", "--source", "a.zip", "--out", "my sets"))
    shutil.rmtree("my sets/cats2dogs")
    assert i2i("fetch", "cats2dogs", "--source", "a.zip", "--out", "my sets").code == 0


@pytest.mark.advice("plugins.py: if you trust it, name it")
def test_a_plugin_that_moved_is_named_where_it_is_now(there, i2i, monkeypatch):
    def forget():
        plugins._loaded.clear()
        sys.modules.pop("a_plugin_that_moves", None)

    Path("my code").mkdir()
    Path("my code/a_plugin_that_moves.py").write_text("x = 1\n")
    named = ["plugins=['my code/a_plugin_that_moves.py']", "--out", "with"]
    assert i2i("train", *TINY, *named).code == 0
    monkeypatch.setattr(plugins, "_memory", lambda: Path("nowhere/plugins.json"))  # another machine
    forget()
    text = refused(i2i("train", "--resume", "with"))
    [word] = shlex.split(text.partition("name it: ")[2])
    monkeypatch.setenv(*word.split("=", 1))
    assert i2i("train", "--resume", "with").code == 0
    monkeypatch.delenv("I2I_PLUGINS")
    forget()
    shutil.move("my code/a_plugin_that_moves.py", "a_plugin_that_moves.py")
    text = refused(i2i("train", "--resume", "with"))
    assert text.endswith("or name it where it is now: I2I_PLUGINS=PATH")
    monkeypatch.setenv("I2I_PLUGINS", "a_plugin_that_moves.py")
    assert i2i("train", "--resume", "with").code == 0
    monkeypatch.delenv("I2I_PLUGINS")
    forget()
    back = Path(re.search("put it back at (.*), or", text)[1])
    shutil.copy("a_plugin_that_moves.py", back)
    assert i2i("train", "--resume", "with").code == 0
