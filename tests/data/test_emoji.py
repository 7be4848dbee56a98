"""`i2i prepare emoji`, from made-up packages."""

from __future__ import annotations

import json
import re
import shutil
from hashlib import sha256

import numpy as np
import pytest
from emoji_packages import make
from PIL import Image

from i2i_zoo.data import emoji
from i2i_zoo.data.emoji.concepts import sort_out
from i2i_zoo.data.emoji.drawing import shrink
from i2i_zoo.data.emoji.packages import INSTALL, PACKAGES, read
from i2i_zoo.errors import Notice, UserError
from i2i_zoo.recipe.recipe import load

pytest.importorskip("resvg_py")
EYE, MOUNTAIN = "1f441-200d-1f5e8", "26f0"


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """Packages whose emoji are the expected ones."""
    root = make(tmp_path)
    table = emoji._table(sort_out(read(root).names))
    monkeypatch.setattr(emoji, "CONCEPTS_SHA256", sha256(table.encode()).hexdigest())
    return root


def pixels(path):
    with Image.open(path) as image:
        assert image.mode == "RGB"
        return np.asarray(image)


def test_every_style_has_the_same_files(packages, tmp_path):
    out = emoji.prepare(packages, tmp_path / "out", 32)
    rows = [line.split("\t") for line in (out / "concepts.tsv").read_text().splitlines()]
    assert rows[0] == ["code", "name", "family", "split"] and ["2764", "red-heart", "heart", "train"] in rows
    for style in ("line", "flat", "color", "3d"):
        found = {path.relative_to(out).as_posix() for path in out.glob(f"*/{style}/*")}
        assert found == {f"{split}/{style}/{code}.webp" for code, _, _, split in rows[1:]}
    assert "Copyright (c) Microsoft Corporation" in (out / "LICENSE").read_text()
    source = json.loads((out / ".source.json").read_text())
    assert source["packages"]["@lobehub/fluent-emoji-3d"] == "1.1.0" and source["size"] == 32


def test_no_skin_tones_and_nothing_that_a_style_lacks(packages):
    assert set(read(packages).names.values()) == {
        "mountain", "eye-in-speech-bubble", "red-heart", "blue-heart", "artist", "man-artist",
    }  # fmt: skip


def test_pictures_are_square_and_on_white(packages, tmp_path):
    out = emoji.prepare(packages, tmp_path / "out", 32)
    [square], [wide], [red] = (
        out.glob(f"*/{place}.webp") for place in (f"line/{EYE}", f"flat/{MOUNTAIN}", f"3d/{EYE}")
    )
    for path, color in ((square, 0), (red, [255, 0, 0])):
        image = pixels(path).astype(int)
        assert image.shape == (32, 32, 3)
        assert abs(image[16, 16] - color).max() < 8 and image[2, 2].min() > 247
    image = pixels(wide)
    assert image.shape == (32, 32, 3), "32 x 16 of it are drawn, in the middle"
    assert image[18, 16].max() < 8 and image[:14].min() > 200 and image[26:].min() > 247


def test_of_two_pictures_the_first_by_name_counts_and_keeps_its_shape(packages):
    folder = packages / PACKAGES["3d"][0] / "assets"
    Image.new("RGBA", (64, 128), "black").save(folder / f"{MOUNTAIN}-fe0f.webp", lossless=True)
    picture = read(packages).pictures[MOUNTAIN]
    assert picture.name == f"{MOUNTAIN}-fe0f.webp", "before 26f0.webp"
    image = np.asarray(shrink(picture, 32))
    assert image[:, 10:22].max() < 8 and min(image[:, :6].min(), image[:, 26:].min()) > 247


def test_other_pixels_are_a_notice_and_known_ones_are_not(packages, tmp_path, monkeypatch):
    with pytest.warns(Notice, match="the pixels of line, flat, color, 3d are not those"):
        out = emoji.prepare(packages, tmp_path / "out")
    monkeypatch.setattr(emoji, "PIXELS_SHA256", json.loads((out / ".source.json").read_text())["pixels_sha256"])
    emoji.prepare(packages, tmp_path / "again")


def damage(packages, style, file, text):
    (packages / PACKAGES[style][0] / file).write_text(text)


@pytest.mark.parametrize(
    ("style", "file", "text", "sentence"),
    [
        (
            "flat",
            "package.json",
            '{"version": "9.9.9"}',
            "flat: is version 9.9.9, not 1.2.6; run `npm install @iconify",
        ),
        (
            "3d",
            "package.json",
            '{"version": "1.0.0"}',
            "is version 1.0.0, not 1.1.0; run `npm install @lobehub",
        ),
        ("flat", "package.json", "[]", "package.json cannot be read"),
        ("line", "icons.json", '{"icons": {"a', "icons.json cannot be read"),
        ("color", "icons.json", '{"icons": {"artist": {}}}', "icons.json cannot be read"),
        ("flat", "chars.json", '{"2764": 5}', "chars.json cannot be read"),
        ("flat", "chars.json", '{"2764": "red-heart"}', "holds 1 emoji in all styles, and not just the 1570"),
    ],
)
def test_a_damaged_package_is_one_sentence(packages, tmp_path, style, file, text, sentence):
    damage(packages, style, file, text)
    with pytest.raises(UserError, match=sentence) as caught:
        emoji.prepare(packages, tmp_path / "out", 32)
    assert "npm install" in str(caught.value) and "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["node_modules"], "nothing half-made"


@pytest.mark.parametrize("style", PACKAGES)
def test_a_missing_package_says_how_to_install_all(packages, tmp_path, style):
    (packages / PACKAGES[style][0]).rename(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="no such package") as caught:
        emoji.prepare(packages, tmp_path / "out", 32)
    assert PACKAGES[style][0] in str(caught.value) and f"`{INSTALL}`" in str(caught.value)


def test_pictures_that_cannot_be_drawn_are_one_sentence(packages, tmp_path):
    icons = {name: {"body": "<path"} for name in read(packages).names.values()}
    damage(packages, "color", "icons.json", json.dumps({"icons": icons}))
    with pytest.raises(UserError, match=r"@iconify-json/fluent-emoji: '.*' cannot be drawn"):
        emoji.prepare(packages, tmp_path / "out", 32)
    assert not (tmp_path / "out").exists()


def test_a_broken_picture_is_one_sentence(packages, tmp_path):
    damage(packages, "3d", f"assets/{EYE}-fe0f.webp", "no picture")
    with pytest.raises(UserError, match=f"{EYE}-fe0f.webp cannot be read as an image"):
        emoji.prepare(packages, tmp_path / "out", 32)


def test_what_is_there_is_kept_and_sizes_have_limits(packages, tmp_path):
    with pytest.raises(UserError, match="exists already"):
        emoji.prepare(packages, packages, 32)
    for size in (0, 15, 257):
        with pytest.raises(UserError, match=f"{size} pixels are not possible"):
            emoji.prepare(packages, tmp_path / "out", size)


def test_the_command_ends_with_the_next_one_and_check_is_content(packages, tmp_path, i2i):
    done = i2i("prepare", "emoji", packages, "--out", tmp_path / "set", "--size", 64)
    assert done.code == 0 and f"i2i train emoji/cyclegan data.root={tmp_path / 'set'}" in done.out
    done = i2i("check", "emoji/cyclegan", f"data.root={tmp_path / 'set'}")
    assert done.code == 0, done.err
    assert "training images of 3d" in done.out
    assert i2i("prepare", "emojis", packages).code == 2
    missing = i2i("prepare", "emoji", tmp_path / "nowhere", "--out", tmp_path / "set2")
    assert missing.code == 1 and INSTALL in missing.err


@pytest.mark.parametrize("name", ["cyclegan", "unit", "munit"])
def test_recipes_train_unpaired_and_test_paired(name):
    loaded = load(f"emoji/{name}", ["data.root=x"])
    assert (loaded.data.name, loaded.test.name, loaded.test.root) == ("unpaired", "paired", "x")
    assert loaded.test.folders == tuple(f"test/{domain}" for domain in loaded.data.domains)


def npm(command, root):
    """Do what `npm install` does beside `root`, a node_modules: what is there in its version is left as it is."""
    words = command.split()
    assert words[:2] == ["npm", "install"]
    made = make(root.parent / "registry")
    for word in words[2:]:
        name, _, version = word.rpartition("@")
        assert json.loads((made / name / "package.json").read_text())["version"] == version
        about = root / name / "package.json"
        if not (about.exists() and json.loads(about.read_text())["version"] == version):
            shutil.rmtree(root / name, ignore_errors=True)
            shutil.copytree(made / name, root / name)
    shutil.rmtree(root.parent / "registry")


def _remove(packages):
    shutil.rmtree(packages / PACKAGES["flat"][0])


def _undrawn(packages):
    icons = {name: {"body": "<path"} for name in read(packages).names.values()}
    damage(packages, "color", "icons.json", json.dumps({"icons": icons}))


@pytest.mark.advice(
    "data/emoji/packages.py: and name the node_modules that it makes",
    "data/emoji/packages.py: no such package; beside",
    "data/emoji/packages.py: is version",
    "data/emoji/packages.py: remove its package and run",
    "data/emoji/drawing.py: remove its package and run",
    "data/emoji/__init__.py: remove it and run",
)
@pytest.mark.parametrize(
    "harm",
    [
        shutil.rmtree,
        _remove,
        _undrawn,
        lambda packages: damage(packages, "3d", "package.json", '{"version": "1.0.0"}'),
        lambda packages: damage(packages, "line", "icons.json", "{"),
        lambda packages: damage(packages, "flat", "chars.json", '{"2764": "red-heart"}'),
        lambda packages: damage(packages, "3d", f"assets/{EYE}-fe0f.webp", "no picture"),
    ],
    ids=["all", "one", "undrawn", "version", "damaged", "other emoji", "picture"],
)
def test_the_command_that_is_advised_mends_the_packages(packages, tmp_path, harm):
    harm(packages)
    with pytest.raises(UserError) as caught:
        emoji.prepare(packages, tmp_path / "out", 32)
    text = str(caught.value)
    [*owner] = (packages / name for name, _ in PACKAGES.values() if re.search(rf"{name}[/:]", text.partition(";")[0]))
    if "remove it and" in text or "remove its package and" in text:
        shutil.rmtree(owner[0] if owner else text.partition(": ")[0])
    npm(re.search("`(npm install .*)`", text)[1], packages)
    emoji.prepare(packages, tmp_path / "out", 32)


@pytest.mark.advice("data/emoji/__init__.py: ask for a --size from")
@pytest.mark.advice("data/emoji/__init__.py: use it, or remove it to make it again")
def test_a_size_and_a_folder_that_are_advised_are_taken(packages, tmp_path):
    with pytest.raises(UserError, match="use it, or remove it") as caught:
        emoji.prepare(packages, packages.parent, 32)
    with pytest.raises(UserError) as caught:
        emoji.prepare(packages, tmp_path / "out", 9)
    for size in re.search(r"from (\d+) to (\d+)", str(caught.value)).groups():
        emoji.prepare(packages, tmp_path / "out", int(size))
        shutil.rmtree(tmp_path / "out")
