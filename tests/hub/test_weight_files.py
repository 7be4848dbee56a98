"""Where files of weights are looked for, how they are checked and fetched, and the sentence when they are missing."""

from __future__ import annotations

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from i2i_zoo.errors import UserError
from i2i_zoo.hub import weight_files
from i2i_zoo.hub.weight_files import find, folder, read

CONTENT = b"weights of a network"
requests: list[str] = []
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    """Every place that is looked into, empty and of our own."""
    monkeypatch.setenv("I2I_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path


@pytest.fixture
def server(tmp_path, monkeypatch):
    """The address of a server on this machine, of the files in `tmp_path / "served"`."""
    monkeypatch.setenv("no_proxy", "*")

    requests.clear()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            requests.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path / "served")) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        put(tmp_path / "served" / "net.pth")
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def put(path: Path, content: bytes = CONTENT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_the_folder(monkeypatch, tmp_path):
    assert folder() == tmp_path / "weights"
    monkeypatch.setenv("I2I_WEIGHTS", "~/mine")
    assert folder() == Path.home() / "mine"
    monkeypatch.delenv("I2I_WEIGHTS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert folder() == tmp_path / "cache" / "i2i_zoo" / "weights"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert folder() == Path.home() / ".cache" / "i2i_zoo" / "weights"


def test_the_folder_comes_first_then_the_caches_of_others(places):
    url = "https://huggingface.co/timm/net/resolve/main/model.safetensors"
    snapshot = places / "hub" / "models--timm--net"
    put(snapshot / "refs" / "main", b"abc")
    hub = put(snapshot / "snapshots" / "abc" / "model.safetensors")
    assert find("net.safetensors", "net-original.pth", url=url) == hub
    torchs = put(places / "torch" / "hub" / "checkpoints" / "net-original.pth")
    assert find("net.safetensors", "net-original.pth", url=url) == torchs
    other = put(folder() / "net-original.pth")
    assert find("net.safetensors", "net-original.pth", url=url) == other
    own = put(folder() / "net.safetensors")
    assert find("net.safetensors", "net-original.pth", url=url) == own


def test_a_missing_file_is_one_sentence_that_says_where_to_put_it(places):
    url = "http://127.0.0.1:1/net.pth"
    with pytest.raises(UserError) as caught:
        find("net.pth", "net-original.pth", url=url)
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence.startswith(f"{folder() / 'net.pth'}: these pretrained weights are needed")
    assert f"{url} cannot be fetched" in sentence and "under this name, or net-original.pth beside it, or" in sentence
    assert "I2I_WEIGHTS" in sentence
    with pytest.raises(UserError, match=r"no address for them is known; put that file there under this name, or name"):
        find("net.pth")


def test_a_folder_that_cannot_be_written(places):
    put(places / "weights")  # a file
    with pytest.raises(
        UserError, match=r"needed but not there, and http://127\.0\.0\.1:1/net\.pth cannot be saved there"
    ):
        find("net.pth", url="http://127.0.0.1:1/net.pth")


def test_fetched_once(server):
    path = find("net.pth", url=f"{server}/net.pth", sha256=SHA256)
    assert path == folder() / "net.pth" and path.read_bytes() == CONTENT
    assert find("net.pth", url="http://127.0.0.1:1/net.pth") == path
    assert [file.name for file in folder().iterdir() if not file.name.endswith(".lock")] == ["net.pth"]


def test_fetched_by_many_at_once(server):
    found, url = [], f"{server}/net.pth"
    threads = [threading.Thread(target=lambda: found.append(find("net.pth", url=url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [folder() / "net.pth"] * 4 and found[0].read_bytes() == CONTENT
    assert requests == ["/net.pth"]


@pytest.mark.parametrize(
    ("name", "options"),
    [("net.pth", {"sha256": "0" * 64}), ("net-00000000.pth", {}), ("known.pth", {})],
    ids=["given", "in the name", "known"],
)
def test_another_checksum_is_refused(server, places, monkeypatch, name, options):
    monkeypatch.setitem(weight_files.CHECKSUMS, "known.pth", "0" * 64)
    put(places / "served" / name)
    with pytest.raises(
        UserError, match=rf"{server}/{name} gives another file.*get it elsewhere|should begin with 0000"
    ):
        find(name, url=f"{server}/{name}", **options)
    assert not (folder() / name).exists() and not (folder() / f".{name}.part").exists()
    path = put(folder() / name)
    with pytest.raises(UserError, match=rf"{path}: has the SHA-256 {SHA256}, which should begin with 0000.*replace it"):
        find(name, url=f"{server}/{name}", **options)


def test_the_right_checksum_passes(places):
    path = put(folder() / f"net-2015-12-05-{SHA256[:8]}.pth")
    assert find(path.name) == path
    assert find(path.name, sha256=SHA256.upper()) == path
    other = put(folder() / f"original-{SHA256[:8]}.pth")
    assert find("net.safetensors", other.name, sha256="0" * 64) == other, "the checksum of another file"


def test_tensors_of_both_formats(tmp_path):
    tensors = {"layer.weight": torch.arange(6.0).view(2, 3)}
    save_file(tensors, tmp_path / "net.safetensors")
    torch.save(tensors, tmp_path / "net.pth")
    torch.save({"state_dict": tensors, "epoch": 3}, tmp_path / "nested.pth")
    for name in ("net.safetensors", "net.pth", "nested.pth"):
        found = read(tmp_path / name)
        assert found.keys() == tensors.keys() and torch.equal(found["layer.weight"], tensors["layer.weight"])


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_code_in_a_pickle_is_refused_and_not_run(tmp_path):
    torch.save({"layer.weight": torch.zeros(1), "code": Evil(tmp_path / "was_run")}, tmp_path / "net.pth")
    with pytest.raises(UserError, match=r"net\.pth: cannot be read as weights, it is damaged or holds code"):
        read(tmp_path / "net.pth")
    assert not (tmp_path / "was_run").exists()


@pytest.mark.parametrize("name", ["net.pth", "net.safetensors"])
@pytest.mark.parametrize("content", [b"", b"<html>404</html>", "half"], ids=["empty", "page", "half"])
def test_a_damaged_file_is_one_sentence(tmp_path, name, content):
    tensors = {"layer.weight": torch.zeros(1000)}
    if content == "half":
        (save_file if name.endswith("safetensors") else torch.save)(tensors, tmp_path / name)
        content = (tmp_path / name).read_bytes()[:2000]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=rf"{name}: cannot be read as weights, it is damaged or holds code") as caught:
        read(tmp_path / name)
    assert "\n" not in str(caught.value)
