"""Fetching from a server on this machine that behaves in every way servers do; nothing half-done under a final name."""

import hashlib
import io
import json
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from test_archive import FILES, zipped

from i2i_zoo.errors import UserError
from i2i_zoo.hub import datasets, download
from i2i_zoo.hub.datasets import fetch

ARCHIVE = zipped({f"horse2zebra/{name}": content for name, content in FILES.items()})
BARE = zipped(FILES)


class Handler(BaseHTTPRequestHandler):
    """Serves `state.files`; `state` says how badly, and keeps the headers of the requests."""

    def __init__(self, state, *args):
        self.state = state
        super().__init__(*args)

    def do_GET(self):
        self.state.requests.append(dict(self.headers))
        content = self.state.files.get(self.path)
        if content is None:
            return self.send_error(404)
        start, unchanged = 0, self.headers.get("If-Range") in (None, self.state.tag)
        if self.state.ranges and unchanged and "Range" in self.headers:
            start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
        if start and start >= len(content):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start + self.state.shift}-{len(content) - 1}/{len(content)}")
        if self.state.tag and not start:  # may be left out when it was the condition
            self.send_header("ETag", self.state.tag)
        if self.state.length:
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start : self.state.stop])

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    """`url`, and the knobs of `Handler`."""
    monkeypatch.setenv("no_proxy", "*")
    state = SimpleNamespace(files={"/horse2zebra.zip": ARCHIVE}, requests=[], ranges=True, length=True)
    state.tag, state.stop, state.shift = '"one"', None, 0
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, state)) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        state.url = f"http://127.0.0.1:{running.server_port}"
        yield state
        running.shutdown()
        thread.join()


def assert_whole(folder):
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert json.loads(found.pop(".source.json"))["bytes"] in (len(ARCHIVE), len(BARE))
    assert found == FILES
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def begin(server, out, stop=100):
    """A first attempt that the server cuts after `stop` bytes."""
    server.stop = stop
    with pytest.raises(UserError, match=rf"horse2zebra.zip ended after {stop} of {len(ARCHIVE)} bytes; run the same"):
        fetch("horse2zebra", out, server.url)
    assert not (out / "horse2zebra").exists()
    assert (out / ".horse2zebra.zip.part").read_bytes() == ARCHIVE[:stop]
    server.stop = None


@pytest.mark.parametrize("end", ["", "/", "/horse2zebra.zip", "/horse2zebra.zip?key=1"])
def test_whole(tmp_path, server, end):
    server.files["/horse2zebra.zip?key=1"] = ARCHIVE
    calls = []
    folder = fetch("horse2zebra", tmp_path / "new", server.url + end, progress=lambda *now: calls.append(now))
    assert folder == tmp_path / "new" / "horse2zebra"
    assert_whole(folder)
    assert (calls[0], calls[-1]) == ((0, len(ARCHIVE)), (len(ARCHIVE), len(ARCHIVE)))
    source = json.loads((folder / ".source.json").read_text())
    assert source.pop("date").startswith("20")
    address = server.url + (end if "zip" in end else "/horse2zebra.zip")
    assert source == {"address": address, "sha256": hashlib.sha256(ARCHIVE).hexdigest(), "bytes": len(ARCHIVE)}


def test_the_official_address_is_the_default(tmp_path, server, monkeypatch):
    monkeypatch.setattr(datasets, "OFFICIAL", server.url)
    assert_whole(fetch("horse2zebra", tmp_path))


def test_without_a_length(tmp_path, server):
    server.length = False
    calls = []
    assert_whole(fetch("horse2zebra", tmp_path, server.url, progress=lambda *now: calls.append(now)))
    assert calls[-1] == (len(ARCHIVE), None)


def test_interrupted_twice(tmp_path, server):
    begin(server, tmp_path)
    server.stop = 200
    with pytest.raises(UserError, match="after 200 of"):
        fetch("horse2zebra", tmp_path, server.url)
    server.stop = None
    assert_whole(fetch("horse2zebra", tmp_path, server.url))
    asked = server.requests[-1]
    assert (asked["Range"], asked["If-Range"]) == ("bytes=200-", '"one"')


@pytest.mark.parametrize("tag", ['"one"', 'W/"weak"', ""])
def test_an_interrupted_download_goes_on(tmp_path, server, tag):
    server.tag = tag
    begin(server, tmp_path)
    assert_whole(fetch("horse2zebra", tmp_path, server.url))
    asked = server.requests[-1]
    assert (asked["Range"], asked.get("If-Range")) == ("bytes=100-", tag if tag == '"one"' else None)


def test_changed_content_starts_again(tmp_path, server):
    begin(server, tmp_path)
    server.tag, server.files["/horse2zebra.zip"] = '"two"', zipped({"horse2zebra/other": b"x" * 500})
    folder = fetch("horse2zebra", tmp_path, server.url)
    assert (folder / "other").read_bytes() == b"x" * 500


def test_a_server_without_ranges_starts_again(tmp_path, server):
    begin(server, tmp_path)
    server.ranges = False
    assert_whole(fetch("horse2zebra", tmp_path, server.url))


def test_another_address_starts_again(tmp_path, server):
    begin(server, tmp_path)
    server.files["/mirror/horse2zebra.zip"] = ARCHIVE
    assert_whole(fetch("horse2zebra", tmp_path, server.url + "/mirror"))
    assert "Range" not in server.requests[-1]


def test_a_note_that_is_damaged_starts_again(tmp_path, server):
    begin(server, tmp_path)
    (tmp_path / ".horse2zebra.zip.part.json").write_text("[")
    assert_whole(fetch("horse2zebra", tmp_path, server.url))
    assert "Range" not in server.requests[-1]


def test_more_than_the_server_has_starts_again(tmp_path, server):
    begin(server, tmp_path)
    (tmp_path / ".horse2zebra.zip.part").write_bytes(ARCHIVE + b"more")
    assert_whole(fetch("horse2zebra", tmp_path, server.url))


def test_a_server_that_continues_elsewhere_is_refused(tmp_path, server):
    begin(server, tmp_path)
    server.shift = 5
    with pytest.raises(UserError, match=r"continues at another byte .*remove .*\.horse2zebra\.zip\.part"):
        fetch("horse2zebra", tmp_path, server.url)


def test_interrupted_while_unpacking_needs_no_second_download(tmp_path, server, monkeypatch):
    def stop(archive, folder):
        folder.mkdir()
        (folder / "half").touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(datasets, "unpack", stop)
        with pytest.raises(KeyboardInterrupt):
            fetch("horse2zebra", tmp_path, server.url)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".horse2zebra.zip.part", ".horse2zebra.zip.part.json"]
    assert_whole(fetch("horse2zebra", tmp_path, server.url))
    assert len(server.requests) == 1


def test_left_by_a_killed_process(tmp_path, server):
    (tmp_path / ".horse2zebra.unpacking").mkdir()
    (tmp_path / ".horse2zebra.unpacking" / "half").touch()
    assert_whole(fetch("horse2zebra", tmp_path, server.url))


def test_sha256(tmp_path, server):
    digest = hashlib.sha256(ARCHIVE).hexdigest()
    with pytest.raises(UserError, match=f"horse2zebra.zip has the SHA-256 {digest}, not {'0' * 64}"):
        fetch("horse2zebra", tmp_path, server.url, "0" * 64)
    assert not any(tmp_path.iterdir())  # the next attempt starts afresh
    with pytest.raises(UserError, match="'12' is no SHA-256"):
        fetch("horse2zebra", tmp_path, server.url, "12")
    assert_whole(fetch("horse2zebra", tmp_path, server.url, digest.upper()))


def test_what_is_no_archive_is_removed(tmp_path, server):
    server.files["/horse2zebra.zip"] = b"<html>Log in to this network</html>"
    with pytest.raises(UserError, match="neither a zip nor a tar archive"):
        fetch("horse2zebra", tmp_path, server.url)
    assert not any(tmp_path.iterdir())


def test_network_errors_name_the_address_and_the_way_out(tmp_path, server, monkeypatch):
    with pytest.raises(UserError, match=rf"{server.url}/maps.zip cannot be fetched \(404 Not Found\).*--source"):
        fetch("maps", tmp_path, server.url)
    for bad in ("http://127.0.0.1:1", "http://[", "http://with space", "https://127.0.0.1:1/ü.zip"):
        with pytest.raises(UserError, match=r"cannot be fetched .*--source"):
            fetch("maps", tmp_path, bad)
    assert not any(tmp_path.iterdir())


def test_a_connection_that_breaks_is_one_sentence(tmp_path, server, monkeypatch):
    class Broken(io.BytesIO):
        status, length, headers = 200, 10, {}

        def read(self, count):
            raise TimeoutError("timed out")

    monkeypatch.setattr(download, "urlopen", lambda *_, **__: Broken())
    with pytest.raises(UserError, match=r"cannot be fetched \(timed out\)"):
        fetch("maps", tmp_path, "http://mirror")


def test_a_disk_that_is_full_keeps_the_download(tmp_path, server, monkeypatch):
    def full(archive, folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(datasets, "unpack", full)
    with pytest.raises(UserError, match="horse2zebra cannot be written: No space left"):
        fetch("horse2zebra", tmp_path, server.url)
    assert (tmp_path / ".horse2zebra.zip.part").read_bytes() == ARCHIVE


@pytest.mark.parametrize(
    ("name", "source", "sentence"),
    [
        ("horse2zebr", None, "did you mean 'horse2zebra'"),
        ("cityscapes", None, r"may not be redistributed; register at https://www.cityscapes-dataset.com"),
        ("../horse", "x.zip", "cannot name a folder"),
        ("horse", "ftp://host/x.zip", "cannot be fetched; name a local archive"),
        ("horse", "missing.zip", "is not a file"),
    ],
)
def test_what_was_asked_for_is_wrong(tmp_path, name, source, sentence):
    with pytest.raises(UserError, match=sentence):
        fetch(name, tmp_path, source)
    assert not any(tmp_path.iterdir())


def test_what_exists_is_left_alone(tmp_path):
    (tmp_path / "horse2zebra").mkdir()
    with pytest.raises(UserError, match="horse2zebra exists already"):
        fetch("horse2zebra", tmp_path)


def test_a_local_archive_of_any_name_is_kept(tmp_path):
    (tmp_path / "mine.zip").write_bytes(BARE)
    folder = fetch("cats2dogs", tmp_path / "out", str(tmp_path / "mine.zip"))
    assert_whole(folder)
    assert (tmp_path / "mine.zip").exists()
    with pytest.raises(UserError, match="SHA-256"):
        fetch("dogs2cats", tmp_path / "out", str(tmp_path / "mine.zip"), "0" * 64)
    assert (tmp_path / "mine.zip").exists()
    assert_whole(folder)


@pytest.mark.parametrize("files", [{"cats2dogs/1.jpg": b"1", "README": b"2"}, {"cats2dogs": b"a file"}])
def test_only_a_lone_folder_of_its_name_is_stripped(tmp_path, files):
    (tmp_path / "x.zip").write_bytes(zipped(files))
    folder = fetch("cats2dogs", tmp_path, str(tmp_path / "x.zip"))
    assert {name: (folder / name).read_bytes() for name in files} == files
