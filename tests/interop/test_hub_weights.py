"""Weights on the Hub, by address: our own, official ones and folders in the manner of diffusers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from diffusers_folders import Generator, write
from huggingface_hub import constants
from official_states import save_cyclegan, save_munit
from PIL import Image

import i2i_zoo
from i2i_zoo.errors import UserError
from i2i_zoo.weights.locate import forget, is_ours, locate
from i2i_zoo.weights.model import export

SMALL = {"generator": {"name": "resnet", "width": 2, "blocks": 1}, "discriminator": {"name": "pixelgan", "width": 2}}
IMAGE = torch.linspace(-1, 1, 3 * 16 * 16).view(1, 3, 16, 16)
HORSES = ("horse", "zebra")


def put(hub, folder: Path, repo: str = "ann/m") -> None:
    """Put every file of `folder` on the hub."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    hub.files.setdefault(repo, {}).update(files)


@pytest.fixture
def ours(hub, tmp_path):
    """A model of ours, which is on the hub as well, beside a card and a pickle that nobody asked for."""
    model = i2i_zoo.create("cyclegan", HORSES, **SMALL)
    export(model, tmp_path / "put" / "model.safetensors", {})
    (tmp_path / "put" / "README.md").write_text("x" * 3_000_000)
    (tmp_path / "put" / "training_args.bin").write_bytes(b"a pickle")
    put(hub, tmp_path / "put")
    return model.eval()


def fetched(hub) -> set[str]:
    """The names of the files whose content was sent."""
    return {where.rpartition("/main/")[2] for way, where, _ in hub.asked if way == "GET" and "/resolve/" in where}


@torch.no_grad()
def assert_same(one, other):
    assert torch.equal(one.translate(IMAGE, "zebra"), other.translate(IMAGE, "zebra"))


@pytest.mark.parametrize("name", ["hf://ann/m", "hf://ann/m@main", "hf://ann/m/model.safetensors", Path("hf://ann/m")])
def test_a_model_of_ours(hub, ours, name):
    assert_same(i2i_zoo.load(name), ours)
    assert is_ours(name) and fetched(hub) == {"model.safetensors"}, "neither the card nor the pickle"


def test_an_address_is_asked_for_once_in_a_process(hub, ours):
    locate("hf://ann/m")
    count = len(hub.asked)
    assert locate("hf://ann/m") == locate(Path("hf://ann/m")) and len(hub.asked) == count


def test_a_checkpoint_as_it_is(hub, tmp_path):
    from i2i_zoo.weights.integrity import seal
    from i2i_zoo.weights.model import describe, save_player

    folder, model = tmp_path / "put" / "sub", i2i_zoo.create("cyclegan", HORSES, **SMALL)
    folder.mkdir(parents=True)
    for name in model.players:
        save_player(model.player(name).state_dict(), folder / f"{name}.safetensors")
    save_player({"x": torch.ones(1)}, folder / "generators.optimizer.safetensors")
    (folder / "model.json").write_text(describe(model, {}))
    seal(folder)
    put(hub, tmp_path / "put")
    assert_same(i2i_zoo.load("hf://ann/m/sub"), model.eval())
    assert "sub/generators.optimizer.safetensors" not in fetched(hub)
    for name in ("generators.safetensors", "model.json"):
        del hub.files["ann/m"][f"sub/{name}"]
    forget()
    with pytest.raises(UserError, match="hf://ann/m/sub: "):
        i2i_zoo.load("hf://ann/m/sub")


def test_official_weights(hub, tmp_path):
    put(hub, save_cyclegan(tmp_path / "put", nets="G_A G_B D_A D_B"))
    put(hub, save_cyclegan(tmp_path / "old", epoch="100"))
    expected = i2i_zoo.interop.load_official(tmp_path / "put", HORSES)
    assert_same(i2i_zoo.load("hf://ann/m", domains=HORSES), expected)
    assert fetched(hub) == {f"latest_net_{net}.pth" for net in ("G_A", "G_B", "D_A", "D_B")}
    one = i2i_zoo.load("hf://ann/m/100_net_G_A.pth", domains=HORSES)
    assert one.targets == ("zebra",)
    with pytest.raises(UserError, match=r"hf://ann/m: holds weights of another project, .*--domains horse zebra"):
        i2i_zoo.load("hf://ann/m")


@pytest.mark.parametrize("name", ["hf://ann/m/models/gen_00000010.pt", "hf://ann/m/models"])
def test_munit_with_what_lies_beside_it(hub, tmp_path, name):
    save_munit(tmp_path / "put" / "models")
    put(hub, tmp_path / "put")
    model = i2i_zoo.load(name, domains=HORSES)
    assert model.name == "munit" and model.missing_networks == ()
    assert fetched(hub) == {"models/gen_00000010.pt", "models/dis_00000010.pt"}


@pytest.mark.parametrize("name", ["hf://ann/m", "hf://ann/m/generator"])
def test_a_folder_in_the_manner_of_diffusers(hub, tmp_path, name):
    net = write(tmp_path / "put" / "generator", Generator(), norm_type="instance")
    (tmp_path / "put" / "training_state.pt").write_bytes(b"a pickle")
    put(hub, tmp_path / "put")
    model = i2i_zoo.load(name, domains=HORSES)
    with torch.no_grad():
        torch.testing.assert_close(model.translate(IMAGE, "zebra"), net(IMAGE), atol=1e-5, rtol=0)
    assert fetched(hub) == {"generator/config.json", "generator/diffusion_pytorch_model.safetensors"}


def test_without_a_network(hub, ours, tmp_path, monkeypatch):
    put(hub, save_cyclegan(tmp_path / "official"), "bob/m")
    i2i_zoo.load("hf://ann/m"), i2i_zoo.load("hf://bob/m", domains=HORSES)
    forget()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert_same(i2i_zoo.load("hf://ann/m"), ours)
    i2i_zoo.load("hf://bob/m", domains=HORSES)
    with pytest.raises(UserError, match=r"^hf://bob/other: is not in the cache .*, and HF_HUB_OFFLINE is set; "):
        i2i_zoo.load("hf://bob/other")


@pytest.mark.parametrize(
    "files, name, said",
    [
        ({}, "hf://ann/m", "holds no weights that are read here, it has nothing"),
        ({"pytorch_model.bin": b""}, "hf://ann/m", "holds no weights that are read here, it has pytorch_model.bin"),
        ({"unet/config.json": b"{}"}, "hf://ann/m", "holds no weights that are read here, it has unet/config.json"),
        ({"a.safetensors": b"", "b.safetensors": b""}, "hf://ann/m", "holds a.safetensors, b.safetensors; name one"),
        ({"a.safetensors": b""}, "hf://ann/m/b.safetensors", "there is no such file or folder; the repository has a.s"),
        ({"a.safetensors": b"damaged"}, "hf://ann/m", "is not a safetensors file"),
        ({"latest_net_G_A.pth": b"cos\nsystem\n(S'echo'\ntR."}, "hf://ann/m", "asks for 'os.system'"),
        ({"model.json": b"{}"}, "hf://ann/m", "is not a model description of i2i_zoo"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(hub, files, name, said):
    hub.files["ann/m"] = files
    with pytest.raises(UserError) as caught:
        i2i_zoo.load(name, domains=HORSES if any(name.endswith(".pth") for name in files) else None)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_the_command_line(hub, ours, tmp_path, i2i):
    Image.new("RGB", (16, 16), "teal").save(tmp_path / "a.png")
    done = i2i("translate", "hf://ann/m", "a.png", "--to", "zebra", "--out", "out")
    assert done.code == 0 and Path("out/a.png").is_file(), done.err
    done = i2i("export", "hf://ann/m", "--out", "half.safetensors", "--half")
    assert done.code == 0 and Path("half.safetensors").stat().st_size, done.err
    put(hub, save_cyclegan(tmp_path / "official"), "bob/m")
    words = "bob/m/latest_net_G_A.pth", "a.png", "--to", "zebra", "--out", "official-out", "--domains", "horse", "zebra"
    done = i2i("translate", f"hf://{words[0]}", *words[1:], "--size", "native")
    assert done.code == 0 and Path("official-out/a.png").is_file(), done.err
    done = i2i("convert", "hf://bob/m", "--domains", "horse", "zebra", "--out", "converted.safetensors")
    assert done.code == 0 and "latest_net_G_B.pth -> generators.b2a" in done.out, done.err
    done = i2i("translate", "hf://bob/nothing", "a.png", "--to", "zebra", "--out", "out")
    assert done.code == 1 and done.err.count("\n") == 1 and "hf://bob/nothing: " in done.err


def test_the_variables_of_the_hub_are_obeyed(hub, ours, tmp_path):
    code = (
        "from i2i_zoo.hub import address, repository\n"
        "print(repository.look(address.parse('hf://ann/m')).fetch('model.safetensors').read_bytes()[:0])"
    )
    told = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_XET": "1"}
    run = subprocess.run([sys.executable, "-c", code], env=os.environ | told, capture_output=True, text=True)
    assert run.stdout == "b''\n", run.stderr
    assert (tmp_path / "home" / "hub" / "models--ann--m" / "snapshots" / ("c" * 40) / "model.safetensors").exists()


@pytest.mark.advice("weights/locate.py: name one, after a slash")
@pytest.mark.advice("weights/locate.py: the repository has")
def test_the_file_that_is_advised_is_taken(hub, ours):
    content = hub.files["ann/m"]["model.safetensors"]
    hub.files["ann/m"] = {"a.safetensors": content, "b.safetensors": content}
    for wrong in ("hf://ann/m", "hf://ann/m/c.safetensors"):
        with pytest.raises(UserError) as caught:
            i2i_zoo.load(wrong)
        for name in re.findall(r"\w\.safetensors", str(caught.value).partition(" ha")[2]):
            assert_same(i2i_zoo.load(f"hf://ann/m/{name}"), ours)
