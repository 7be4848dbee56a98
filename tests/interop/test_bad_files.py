"""Whatever people point at: one sentence, nothing is executed, nothing is written."""

from __future__ import annotations

import collections
import os
import pickle
import random
import struct
import sys
import zipfile

import pytest
import torch
from official_states import save_cyclegan, save_munit, state

from i2i_zoo.cli import main
from i2i_zoo.errors import UserError
from i2i_zoo.interop import load_official


class Code:
    """Runs a command when it is unpickled."""

    def __reduce__(self):
        return os.system, ("touch executed",)


class Bomb:
    """Takes 4 GB when it is unpickled, with torch's `weights_only` too."""

    def __reduce__(self):
        return bytearray, (4_000_000_000,)


def good(path, **options):
    torch.save(state("resnet.instance.0"), path, **options)
    return path.read_bytes()


def torch_code(path):
    torch.save({"model.1.weight": Code()}, path)


def torch_code_of_old(path):
    torch.save({"model.1.weight": Code()}, path, _use_new_zipfile_serialization=False)


def plain_pickle(path):
    path.write_bytes(pickle.dumps({"model.1.weight": Code()}, protocol=2))


def new_protocol(path):
    path.write_bytes(pickle.dumps(collections.OrderedDict(), protocol=4))


def bomb(path):
    torch.save({"model.1.weight": Bomb()}, path)


def truncated(path):
    path.write_bytes(good(path)[:-700])


def truncated_of_old(path):
    path.write_bytes(good(path, _use_new_zipfile_serialization=False)[:-700])


def text(path):
    path.write_text("hello world\n" * 100)


def empty(path):
    path.write_bytes(b"")


def other_project(path):
    torch.save({"conv1.weight": torch.zeros(4, 3, 7, 7), "fc.bias": torch.zeros(10)}, path)


def whole_training(path):
    torch.save({"epoch": 3, "state_dict": state("resnet.instance.0")}, path)


def list_of_tensors(path):
    torch.save([torch.zeros(3)], path)


def wrong_shape(path):
    torch.save(state("resnet.instance.0", **{"model.4.weight": torch.zeros(4, 2, 5, 5)}), path)


def nan(path):
    torch.save(state("resnet.instance.0", **{"model.4.bias": torch.full((4,), float("nan"))}), path)


def infinite(path):
    torch.save(state("resnet.instance.0", **{"model.4.bias": torch.full((4,), float("inf"))}), path)


def sparse(path):
    torch.save(state("resnet.instance.0", **{"model.4.bias": torch.ones(4).to_sparse()}), path)


def complex_numbers(path):
    torch.save(state("resnet.instance.0", **{"model.4.bias": torch.ones(4, dtype=torch.complex64)}), path)


def one_number_seen_often(path):
    torch.save(state("resnet.instance.0", **{"model.4.bias": torch.zeros(1).expand(2**30)}), path)


def without_values(path):
    torch.save(state("resnet.instance.0", **{"model.4.bias": torch.zeros(0)}), path)


def claims_4_gb(path):
    """The pickle says that a storage of 294 numbers has 2^30."""
    old, new = b"M" + struct.pack("<H", 294), b"J" + struct.pack("<i", 2**30)
    good(path)
    with zipfile.ZipFile(path) as file:
        entries = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path, "w") as file:
        for name, content in entries.items():
            file.writestr(name, content.replace(old, new) if name.endswith("data.pkl") else content)
    assert any(old in content for content in entries.values())


def claims_4_gb_of_old(path):
    old, new = b"M" + struct.pack("<H", 294), b"J" + struct.pack("<i", 2**30)
    content = good(path, _use_new_zipfile_serialization=False)
    assert old in content
    path.write_bytes(content.replace(old, new))


def inflates(path):
    """A zip bomb: a million zeros in a thousand bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("archive/data.pkl", bytes(1_000_000))


def long_header(path):
    """The directory of the zip says that an entry has 4 GB."""
    content = bytearray(good(path))
    place = content.rindex(b"PK\x01\x02")
    content[place + 20 : place + 28] = struct.pack("<II", 2**32 - 2, 2**32 - 2)
    path.write_bytes(content)


BAD = {
    torch_code: "asks for 'posix.system', which is no tensor, and nothing was run",
    torch_code_of_old: "asks for 'posix.system', which is no tensor, and nothing was run",
    plain_pickle: "asks for 'posix.system', which is no tensor, and nothing was run",
    new_protocol: "is no file that torch.save wrote",
    bomb: "asks for '__builtin__.bytearray', which is no tensor",
    truncated: "damaged",
    truncated_of_old: "damaged",
    text: "is no file that torch.save wrote, or a damaged one",
    empty: "is no file that torch.save wrote, or a damaged one",
    other_project: "is no network of pytorch-CycleGAN-and-pix2pix, MUNIT or UNIT",
    whole_training: "'epoch' is no tensor, so this is no state dict of one network",
    list_of_tensors: "holds no state dict",
    wrong_shape: "'model.4.weight' has the shape (4, 2, 5, 5)",
    nan: "model.4.bias holds NaN or infinity",
    infinite: "model.4.bias holds NaN or infinity",
    complex_numbers: "as real numbers",
    sparse: "which is no tensor",
    one_number_seen_often: "claims 1,073,741,824 numbers",
    without_values: "model.4.bias is empty",
    claims_4_gb: "claims 1,073,741,824 numbers",
    claims_4_gb_of_old: "claims 1,073,741,824 numbers",
    inflates: "claims to hold more than its",
    long_header: "claims to hold more than its",
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert not list(tmp_path.rglob("executed"))


def said(path, domains=("horse", "zebra")):
    """What is said of `path`; nothing may be written meanwhile."""
    before = sorted(path.parent.rglob("*"))
    with pytest.raises(UserError) as error:
        load_official(path, domains)
    assert "\n" not in str(error.value) and len(str(error.value)) < 500
    assert sorted(path.parent.rglob("*")) == before
    return str(error.value)


@pytest.mark.advice(
    "interop/reading.py: save the weights alone",
    "interop/reading.py: it is damaged, get it again",
    "interop/reading.py: take an earlier checkpoint",
    "interop/reading.py: save it dense, as real numbers and on the CPU",
    "interop/layout.py: give the weights of an official network as",
    "interop/junyanz.py: give the weights of an official network as",
)
@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__)
def test_a_bad_file_is_one_sentence(place, make):
    path = place / "latest_net_G_A.pth"
    make(path)
    assert (message := said(path)).startswith(str(path)) and BAD[make] in message
    assert BAD[make] in said(place)  # as part of a folder too
    good(path)
    assert load_official(place, ("horse", "zebra")).targets == ("zebra",), "as the message says"


@pytest.mark.advice("interop/files.py: give a folder with one like")
@pytest.mark.advice("interop/load.py: give one with official weights")
def test_weights_are_given_as_advised(place):
    for wrong in (place, place / "latest_net_G_A.pth"):
        said(wrong)
    good(place / "latest_net_G_A.pth")
    for right in (place, place / "latest_net_G_A.pth"):
        load_official(right, ("horse", "zebra"))


@pytest.mark.parametrize("make", [torch_code, text, truncated, nan], ids=lambda make: make.__name__)
@pytest.mark.parametrize("name", ["gen_00000010.pt", "dis_00000010.pt"])
def test_bad_files_of_munit(place, name, make):
    save_munit(place)
    make(place / name)
    assert name in said(place / "gen_00000010.pt")


def test_the_command_writes_nothing(place, monkeypatch, capsys):
    torch_code(place / "latest_net_G_A.pth")
    words = "i2i convert latest_net_G_A.pth --domains horse zebra --report --out out/horse2zebra.safetensors"
    monkeypatch.setattr(sys, "argv", words.split())
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 1 and capsys.readouterr().err.count("\n") == 1
    assert [path.name for path in place.iterdir()] == ["latest_net_G_A.pth"]


def test_no_weights_at_all(place):
    (place / "empty").mkdir()
    assert "holds no official generator" in said(place / "empty")
    save_cyclegan(place / "critics", nets="D_A D_B")
    assert "holds no official generator" in said(place / "critics")
    assert "no such file or folder" in said(place / "nowhere")
    os.mkfifo(place / "latest_net_G_A.pth")
    assert "no such file" in said(place / "latest_net_G_A.pth") and "holds no official" in said(place)


@pytest.mark.advice("interop/files.py: point at the file itself")
@pytest.mark.parametrize("name", ["latest_net_G_A.pth", "latest_net_D_A.pth"])
def test_a_link_out_of_the_folder(place, name):
    save_cyclegan(place / "elsewhere", nets="G_A D_A")
    folder = save_cyclegan(place / "weights", nets="G_A D_A")
    (folder / name).unlink()
    (folder / name).symlink_to(place / "elsewhere" / name)
    assert "is a link that leads out of its folder" in said(folder)
    load_official(place / "elsewhere" / "latest_net_G_A.pth", ("horse", "zebra"))
    (folder / name).unlink()
    (folder / name).symlink_to("inside.pth")
    (place / "elsewhere" / name).rename(folder / "inside.pth")
    assert load_official(folder, ("horse", "zebra")).targets == ("zebra",)


@pytest.mark.parametrize("name", ["dis_00000010.pt", "config.yaml"])
def test_a_link_out_of_the_folder_of_munit(place, name):
    path = save_munit(place / "weights", critics=False)
    (place / "secret").write_text("gen: {}\ndis: {}\n")
    (path.parent / name).symlink_to(place / "secret")
    assert "is a link that leads out of its folder" in said(path)


def test_any_damage_is_one_sentence(place):
    """Bytes changed, cut and inserted at random: either it still loads, or it is one sentence."""
    chance, sentences = random.Random(0), 0
    for old in (False, True):
        content = good(place / "latest_net_G_A.pth", _use_new_zipfile_serialization=not old)
        for trial in range(60):
            damaged = bytearray(content)
            for _ in range(chance.randint(1, 20)):
                at = chance.randrange(min(len(damaged), 3000) if trial % 2 else len(damaged))
                damaged[at : at + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
            (place / "latest_net_G_A.pth").write_bytes(damaged)
            try:
                load_official(place / "latest_net_G_A.pth", ("horse", "zebra"))
            except UserError as error:
                sentences += "\n" not in str(error)
    assert sentences > 100
