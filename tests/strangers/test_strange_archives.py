"""Archives from strangers, through `i2i fetch` and from a server."""

from __future__ import annotations

import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from bad_archives import FILES, ODD, WRONG, zipped
from stranger import assert_sentence, in_memory, in_time, tree, untouched

from i2i_zoo.errors import UserError
from i2i_zoo.hub import archive, download
from i2i_zoo.hub.datasets import fetch


@pytest.fixture
def place(tmp_path):
    """`given/archive`, to be written; `elsewhere`, which nobody may write to; `out` for what is fetched."""
    for name in ("given", "elsewhere", "out"):
        (tmp_path / name).mkdir()
    (tmp_path / "elsewhere" / "mine").write_bytes(b"mine")
    return tmp_path


def test_they_differ():
    assert len({*(WRONG | ODD).values()}) == len(WRONG | ODD) > 180


def test_each_is_unpacked_whole_or_refused_in_one_sentence(place, monkeypatch):
    monkeypatch.setattr(archive, "MOST_ENTRIES", 2000)
    unpacked = []
    for name, content in (WRONG | ODD).items():
        (place / "given" / "archive").write_bytes(content)
        with untouched(place / "elsewhere"), in_memory(100):
            try:
                with in_time(10):
                    folder = fetch("set", place / "out", str(place / "given" / "archive"))
            except UserError as error:
                assert_sentence(error, "archive", "out/set")
                assert not tree(place / "out"), name
                continue
        unpacked.append(name)
        assert {path.name for path in place.iterdir()} == {"given", "elsewhere", "out"}
        assert [path.name for path in (place / "out").iterdir()] == ["set"]
        folder.rename(place / "given" / f"unpacked-{len(unpacked)}")
    assert not WRONG.keys() & {*unpacked} and 0 < len(unpacked) < len(ODD) / 2


@pytest.mark.parametrize("name", ["path-0.zip", "soft-0.tar", "long.tar.gz", "damaged-0.zip"])
def test_the_command_says_one_line_and_leaves_nothing(place, i2i, name):
    (place / "given" / "archive").write_bytes((WRONG | ODD)[name])
    with untouched(place):
        done = i2i("fetch", "set", "--source", place / "given" / "archive", "--out", place / "out")
    assert done.code == 1 and done.err.startswith("error: ") and done.err.count("\n") == 1


ANSWERS = {  # what a server may send, and what is said
    "another kind": (b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", "neither a zip nor a tar"),
    "no http": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "cannot be fetched"),
    "nothing": (b"", "cannot be fetched"),
    "short": (b"HTTP/1.0 200 OK\r\nContent-Length: 99\r\n\r\nPK", "ended after 2 of 99 bytes"),
    "no number": (b"HTTP/1.0 200 OK\r\nContent-Length: many\r\n\r\nPK", "neither a zip nor a tar"),
    "negative": (b"HTTP/1.0 200 OK\r\nContent-Length: -5\r\n\r\nPK", "neither a zip nor a tar"),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "cannot be fetched"),
    "header": (b"HTTP/1.0 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", "cannot be fetched"),
    "headers": (b"HTTP/1.0 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "cannot be fetched"),
    "loop": (b"HTTP/1.0 302 Found\r\nLocation: /x/set.zip\r\n\r\n", "cannot be fetched"),
    "to a file": (b"HTTP/1.0 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n", "cannot be fetched"),
    "error": (b"HTTP/1.0 503 Busy\x1b[31m\r\n\r\n", "cannot be fetched"),
    "unasked": (b"HTTP/1.0 206 Partial Content\r\n\r\nPK", "continues at another byte"),
    "endless": (b"HTTP/1.0 200 OK\r\n\r\n" + bytes(300_000), "sends more than 200000 bytes"),
}


class Answer(BaseHTTPRequestHandler):
    """Says `content`, whatever it is asked."""

    def __init__(self, content, *args):
        self.content = content
        super().__init__(*args)

    def do_GET(self):
        self.wfile.write(self.content)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("kind", ANSWERS)
def test_whatever_a_server_says(place, monkeypatch, kind):
    content, sentence = ANSWERS[kind]
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download, "MOST_BYTES", 200_000)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Answer, content)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        with in_time(10), untouched(place / "elsewhere"), pytest.raises(UserError, match=sentence) as error:
            fetch("set", place / "out", f"http://127.0.0.1:{server.server_port}/x")
        server.shutdown()
        thread.join()
    assert_sentence(error.value, "127.0.0.1", "archive", ".part")
    assert not (place / "out" / "set").exists()


def test_a_good_one_is_fetched(place):
    (place / "given" / "archive").write_bytes(zipped(FILES))
    found = tree(fetch("set", place / "out", str(place / "given" / "archive")))
    assert sum(what != "folder" for what in found.values()) == len(FILES) + 1
