"""A small server that speaks the Hub's protocol, as well or as badly as a test asks for."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "c" * 40
RESOLVE = re.compile(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")
API = re.compile(r"/api/models/([^/]+/[^/]+)/(revision|preupload|commit)/([^/]+)")


class Hub:
    """`files` by repository and name; what is `odd` about its answers, and what was asked and pushed."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.headers: dict[str, str | None] = {}  # of the answer to HEAD, in place of the right ones; None: left out
        self.bodies: dict[str, bytes] = {}  # name -> what is sent in place of the content
        self.refused: dict[str, tuple[int, str]] = {}  # repository -> status and error code
        self.listing: bytes | Iterator[bytes] | None = None  # the answer in place of a list of files
        self.endless = ""  # the file that never ends
        self.elsewhere = ""  # an address that files are to be had from
        self.pushed: dict[str, Any] = {}
        self.url = ""


class Handler(BaseHTTPRequestHandler):
    def __init__(self, hub: Hub, *args: Any):
        self.hub = hub
        super().__init__(*args)

    def do_HEAD(self) -> None:
        self._serve(head=True)

    def do_GET(self) -> None:
        self._serve(head=False)

    def do_PUT(self) -> None:
        oid = self.path.rpartition("/")[2]
        self.hub.pushed.setdefault("lfs", {})[oid] = self._body()
        self._answer(200, b"")

    def do_POST(self) -> None:
        path, body = self._asked(), self._body()
        if path == "/api/repos/create":
            repo = json.loads(body)
            self.hub.pushed["create"] = repo
            name = f"{repo.get('organization')}/{repo['name']}" if repo.get("organization") else repo["name"]
            if name in self.hub.refused:
                return self._refuse(name)
            return self._json({"url": f"{self.hub.url}/{name}", "name": name, "id": "1"})
        if path == "/api/validate-yaml":
            return self._json({"errors": [], "warnings": []})
        if path.endswith("/info/lfs/objects/batch"):
            wanted = json.loads(body)["objects"]
            href = {one["oid"]: {"upload": {"href": f"{self.hub.url}/lfs/{one['oid']}"}} for one in wanted}
            objects = [one | {"actions": href[one["oid"]]} for one in wanted]
            return self._json({"objects": objects, "transfer": "basic"})
        match = API.fullmatch(path)
        if match and match[2] == "preupload":
            files = json.loads(body)["files"]
            modes = [{"path": f["path"], "uploadMode": _mode(f["path"]), "shouldIgnore": False} for f in files]
            return self._json({"files": modes})
        if match and match[2] == "commit":
            return self._commit(match[1], body)
        self._answer(404, b"{}")

    def _commit(self, repo: str, body: bytes) -> None:
        files = self.hub.files.setdefault(repo, {})
        for row in map(json.loads, body.splitlines()):
            value = row["value"]
            if row["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif row["key"] == "lfsFile":
                files[value["path"]] = self.hub.pushed["lfs"][value["oid"]]
            else:
                self.hub.pushed["commit"] = value
        self._json({"commitUrl": f"{self.hub.url}/{repo}/commit/{COMMIT}", "commitOid": COMMIT, "success": True})

    def _serve(self, head: bool) -> None:
        path = self._asked()
        if match := API.fullmatch(path):
            return self._list(match[1], unquote(match[3]))
        if path.startswith("/loop"):
            return self._answer(302, b"", {"Location": self.hub.url + "/loop"})
        if path.startswith("/cdn/"):
            repo, _, name = path.removeprefix("/cdn/").partition("//")
            return self._answer(200, self.hub.bodies.get(name, self.hub.files[repo][name]))
        match = RESOLVE.fullmatch(path)
        if not match or match[1] in self.hub.refused:
            return self._refuse(match[1] if match else "")
        content = self.hub.files.get(match[1], {}).get(name := unquote(match[3]))
        if content is None:
            return self._answer(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
        tag = hashlib.sha256(content).hexdigest()
        headers = {"ETag": f'"{tag}"', "X-Repo-Commit": COMMIT, "Content-Length": str(len(content))}
        if head and self.hub.elsewhere:
            headers |= {"Location": self.hub.elsewhere, "X-Linked-Etag": f'"{tag}"', "X-Linked-Size": str(len(content))}
        if head:
            return self._answer(302 if "Location" in headers else 200, b"", headers | self.hub.headers)
        if self.hub.endless == name:
            return self._endless()
        body = self.hub.bodies.get(name, content)
        self._answer(200, body, headers | {"Content-Length": str(len(body))})

    def _list(self, repo: str, revision: str) -> None:
        if repo in self.hub.refused or repo not in self.hub.files:
            return self._refuse(repo)
        if revision not in ("main", COMMIT):
            return self._answer(404, b"", {"X-Error-Code": "RevisionNotFound"})
        if self.hub.listing is not None:
            return self._answer(200, self.hub.listing)
        self._json({"sha": COMMIT, "siblings": [{"rfilename": name} for name in self.hub.files[repo]]})

    def _endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(200):
                self.wfile.write(bytes(2**20))
        except OSError:
            self.hub.asked.append(("CUT", self.path, {}))

    def _refuse(self, repo: str) -> None:
        status, code = self.hub.refused.get(repo, (404, "RepoNotFound"))
        self._answer(status, b'{"error": "no"}' * (200_000 if code == "LongWords" else 1), {"X-Error-Code": code})

    def _json(self, value: Any) -> None:
        self._answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            if value is not None:
                self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def _asked(self) -> str:
        headers = {key.lower(): value for key, value in self.headers.items()}
        self.hub.asked.append((self.command, self.path, headers))
        return urlsplit(self.path).path

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def log_message(self, *_: Any) -> None:
        pass


def _mode(name: str) -> str:
    return "lfs" if name.endswith((".safetensors", ".png")) else "regular"


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is no news."""


@contextmanager
def running() -> Iterator[Hub]:
    """A hub at `url` on this machine, without files."""
    hub = Hub()
    with Server(("127.0.0.1", 0), partial(Handler, hub)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        hub.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
