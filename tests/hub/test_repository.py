"""Files of the Hub, from a server on this machine that answers well, badly, or with evil intent."""

from __future__ import annotations

import json

import pytest
from huggingface_hub import constants

from i2i_zoo.errors import FileError, Notice, UserError
from i2i_zoo.hub import distrust, repository
from i2i_zoo.hub.address import Address, is_address, parse
from i2i_zoo.hub.repository import look

REPO, NAME = "ann/shoes", "model.safetensors"
CONTENT = b"weights " * 1000


@pytest.fixture
def shoes(hub):
    """The hub, with one repository of one file."""
    hub.files[REPO] = {NAME: CONTENT}
    return hub


def fetch(name=NAME, address=f"hf://{REPO}"):
    return look(parse(address)).fetch(name)


def refusal(address=f"hf://{REPO}", name=NAME):
    """The one sentence that fetching ends in."""
    with pytest.raises(FileError) as caught:
        fetch(name, address)
    text = str(caught.value)
    assert "\n" not in text and len(text) < 500 and text.startswith("hf://ann/")
    return text


def outside(tmp_path):
    """The files that were written outside of the cache."""
    return [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_relative_to(tmp_path / "cache")]


@pytest.mark.parametrize(
    "text, address",
    [
        ("hf://ann/shoes", Address("ann/shoes")),
        ("hf:/ann/shoes/", Address("ann/shoes")),  # a Path has one slash
        ("hf://ann/shoes@v1.0", Address("ann/shoes", "v1.0")),
        ("hf://ann/shoes@refs/pr/3/sub/G.pth", Address("ann/shoes", "refs/pr/3", "sub/G.pth")),
        ("hf://ann/shoes@feature%2Fx/G.pth", Address("ann/shoes", "feature/x", "G.pth")),
    ],
)
def test_addresses(text, address):
    assert is_address(text) and parse(text) == address
    assert parse(str(address)) == address


@pytest.mark.parametrize(
    "text",
    ["hf://ann", "hf://", "hf://../x", "hf://ann/..", "hf://ann/a--b", "hf://ann/shoes/../../etc", "hf://ann/shoes//x",
     "hf://ann/shoes@..%2F..%2Fx", "hf://ann/shoes@%2Fetc", "hf://ann/shoes/C:\\x", "hf://ann/shoes/a\x1b[2J"],
)  # fmt: skip
def test_what_is_no_address_is_one_sentence_with_the_form(text):
    with pytest.raises(UserError, match=r"^hf:.*; an address on the Hub is hf://owner/name, with @revision"):
        parse(text)
    assert not is_address("runs/hf:/x")


def test_a_file_is_fetched_once_and_lies_in_the_cache_of_the_hub(shoes, tmp_path):
    path = fetch()
    assert path.read_bytes() == CONTENT
    place = tmp_path / "cache" / "models--ann--shoes"
    assert path == place / "snapshots" / ("c" * 40) / NAME
    assert (place / "refs" / "main").read_text() == "c" * 40
    assert fetch() == path
    assert [way for way, where, _ in shoes.asked if "/resolve/" in where] == ["HEAD", "GET", "HEAD"]
    ours = [headers for _, where, headers in shoes.asked if REPO in where]
    assert [headers.get("authorization") for headers in ours] == ["Bearer secret"] * 5


@pytest.mark.advice("hub/repository.py: the copy in the cache is used")
def test_without_a_network_the_cache_is_used(shoes, monkeypatch):
    path = fetch()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert fetch() == path
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    with pytest.warns(Notice, match="hf://ann/shoes: the Hub cannot be reached .*; the copy in the cache is used"):
        assert fetch() == path
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert fetch(address=f"hf://{REPO}@{'c' * 40}") == path


@pytest.mark.advice("hub/repository.py: fetch it once where it can be")
def test_what_is_not_in_the_cache_without_a_network_is_one_sentence(hub, monkeypatch, tmp_path):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert refusal() == (
        f"hf://ann/shoes: is not in the cache ({tmp_path}/cache/models--ann--shoes), and HF_HUB_OFFLINE is set; "
        "fetch it once where it can be"
    )
    hub.files[REPO] = {NAME: CONTENT}
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    path = fetch()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert fetch() == path


@pytest.mark.filterwarnings("ignore::i2i_zoo.errors.Notice")
@pytest.mark.parametrize(
    "status, code, said",
    [
        (404, "RepoNotFound", "has no such repository, or a private one; check the name, or log in with hf auth login"),
        (401, "RepoNotFound", "has no such repository, or a private one"),
        (403, "GatedRepo", "its owner asks for consent: give it at http://127.0.0.1"),
        (403, "", "403"),
        (500, "", "is not in the cache .*, and the Hub answers 500"),
        (500, "LongWords", "is not in the cache .*, and the Hub answers 500"),
    ],
)
def test_refusals(shoes, status, code, said):
    shoes.refused[REPO] = status, code
    with pytest.raises(FileError, match=rf"^hf://ann/shoes: .*{said}"):
        look(parse(f"hf://{REPO}"))


def test_a_revision_or_file_that_is_not_there(shoes):
    assert refusal(f"hf://{REPO}@v2") == "hf://ann/shoes@v2: has no revision 'v2'"
    assert "there is no such file in it" in refusal(name="other.pth")


@pytest.mark.advice("hub/repository.py: outside of its folder; check HF_ENDPOINT")
@pytest.mark.parametrize("name", ["../../../evil", "/etc/evil", "a/../../evil", "C:\\evil", "a\nb", ""])
def test_a_list_with_a_name_that_leads_out_is_refused(shoes, tmp_path, name):
    shoes.files[REPO][name] = b"evil"
    assert "which would lie outside of its folder; check HF_ENDPOINT" in refusal()
    assert not outside(tmp_path)
    del shoes.files[REPO][name]
    assert fetch().read_bytes() == CONTENT, "from another server"


@pytest.mark.advice("hub/repository.py: the answer is no list of files")
@pytest.mark.parametrize(
    "listing",
    [b"", b"<html>", b"[]", b'{"siblings": 1}', b'{"siblings": [{}]}', b'{"siblings": [{"rfilename"', b"[" * 100_000],
)
def test_what_is_no_list_is_one_sentence(shoes, listing):
    shoes.listing = listing
    assert "the answer is no list of files (" in refusal()
    shoes.listing = None
    assert fetch().read_bytes() == CONTENT, "from another server"


@pytest.mark.advice("hub/repository.py: put the weights into a repository of their own")
def test_a_list_of_megabytes_is_not_read_to_its_end(shoes, monkeypatch):
    """A card of megabytes comes with it where the server does not leave it out as asked."""
    monkeypatch.setattr(repository, "MOST_LISTING", 2**16)
    shoes.listing = json.dumps({"siblings": [{"rfilename": NAME}], "cardData": "x" * 2**17}).encode()
    assert "its list of files is longer than 65536 bytes" in refusal()
    assert "expand=siblings" in shoes.asked[0][1] and "cardData" not in shoes.asked[0][1]
    shoes.listing = None
    assert fetch().read_bytes() == CONTENT


@pytest.mark.advice("hub/distrust.py: the cache, so nothing was fetched; check HF_ENDPOINT")
@pytest.mark.parametrize("tag", ["../../../../evil", "/tmp/evil", "..", "a\\b"])
def test_a_tag_that_leads_out_of_the_cache_is_refused(shoes, tmp_path, tag):
    shoes.headers = {"ETag": f'"{tag}"'}
    assert "a tag that leads out of the cache, so nothing was fetched" in refusal()
    shoes.headers = {"X-Linked-Etag": f'"{tag}"'}
    assert "a tag that leads out of the cache, so nothing was fetched" in refusal()
    assert not outside(tmp_path) and not list(tmp_path.glob("cache/**/blobs/*"))
    shoes.headers = {}
    assert fetch().read_bytes() == CONTENT, "from another server"


@pytest.mark.advice("hub/distrust.py: that is none, so nothing was fetched; check HF_ENDPOINT")
@pytest.mark.parametrize("commit", ["../../evil", "x" * 40, "abc", ""])
def test_a_commit_that_is_none_is_refused(shoes, tmp_path, commit):
    shoes.headers = {"X-Repo-Commit": commit}
    assert "a commit that is none, so nothing was fetched" in refusal()
    assert not outside(tmp_path)
    shoes.headers = {}
    assert fetch().read_bytes() == CONTENT, "from another server"


def test_a_server_that_is_no_hub(shoes):
    shoes.headers = {"X-Repo-Commit": None}
    assert "does not seem to be served by a Hugging Face Hub" in refusal()


@pytest.mark.advice("hub/distrust.py: name another file")
@pytest.mark.parametrize("header", ["X-Linked-Size", "Content-Length"])
def test_a_huge_file_is_not_begun(shoes, header):
    shoes.headers = {header: str(10**13)}
    assert "has 10,000,000,000,000 bytes, and no weights that are read here more than 4,294,967,296" in refusal()
    assert not [where for way, where, _ in shoes.asked if way == "GET" and "/resolve/" in where]
    shoes.headers = {}
    assert fetch().read_bytes() == CONTENT


@pytest.mark.advice("hub/distrust.py: announced, so nothing of it was kept; check HF_ENDPOINT")
def test_a_file_without_end_is_cut(shoes, tmp_path, monkeypatch):
    monkeypatch.setattr(distrust, "SLACK", 2**20)
    shoes.endless = NAME
    assert "sends more bytes than it announced, so nothing of it was kept" in refusal()
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size > 1000]
    shoes.endless = ""
    assert fetch().read_bytes() == CONTENT, "from another server"


@pytest.mark.parametrize("body", [CONTENT[:-1], CONTENT + b"!", b""])
def test_a_size_that_lies_is_one_sentence(shoes, body):
    shoes.bodies[NAME] = body
    assert "cannot be had (Consistency check failed" in refusal()
    del shoes.bodies[NAME]
    assert fetch().read_bytes() == CONTENT


@pytest.mark.advice("hub/repository.py: its copy is removed, so fetch it again")
def test_other_bytes_of_the_same_size_are_damage_and_do_not_stay(shoes):
    shoes.bodies[NAME] = CONTENT[:-1] + b"!"
    assert "is damaged, its checksum is another; its copy is removed, so fetch it again" in refusal()
    del shoes.bodies[NAME]
    assert fetch().read_bytes() == CONTENT


def test_damage_in_the_cache_is_found_without_a_network(shoes, monkeypatch):
    path = fetch()
    path.resolve().write_bytes(CONTENT[::-1])
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "is damaged" in refusal()


def test_files_of_another_host_are_taken_without_the_token_if_they_are_the_right_ones(shoes):
    shoes.elsewhere = f"{shoes.url.replace('127.0.0.1', 'localhost')}/cdn/{REPO}//{NAME}"
    assert fetch().read_bytes() == CONTENT
    (headers,) = [headers for way, where, headers in shoes.asked if where.startswith("/cdn/")]
    assert headers["host"].startswith("localhost") and "authorization" not in headers


def test_other_files_of_another_host_are_refused(shoes):
    shoes.elsewhere = f"{shoes.url.replace('127.0.0.1', 'localhost')}/cdn/{REPO}//{NAME}"
    shoes.bodies[NAME] = CONTENT[:-1] + b"!"
    assert "is damaged" in refusal()


@pytest.mark.parametrize("where", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://", "//"])
def test_redirects_to_what_is_no_file_of_a_web_server(shoes, where):
    shoes.elsewhere = where
    assert refusal()


def test_redirects_in_a_circle(shoes):
    shoes.elsewhere = shoes.url.replace("127.0.0.1", "localhost") + "/loop"
    assert "cannot be had (" in refusal()
