"""The server of the page: its files, what is known of the models, and their answers.

It is the standard library's. Gradio would bring 23 packages and hold Pillow back; a page of our own is needed anyway
where there is no server. It answers only what it was made for: a request names a model, never a file.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from socket import gethostname
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np

from .. import page
from ..errors import UserError, one_line, printable
from ..models.base import Translator
from .answers import style_of, translation

MOST_PIXELS = 2**22  # of a picture that is sent: 2048 x 2048, which the page scales larger ones down to
POLICY = "default-src 'self'; img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Demo(ThreadingHTTPServer):
    """A server of the page at `address`, (host, port); port 0 takes a free one.

    `models` are name -> (model in eval mode, what is known of it). Raises `UserError` for images that no page can show,
    and for an address that cannot be had.
    """

    daemon_threads = True

    def __init__(self, models: Mapping[str, tuple[Translator, str]], address: tuple[str, int]):
        self.models = {name: model for name, (model, _) in models.items()}
        described = [page.describe(name, model, text) for name, (model, text) in models.items()]
        self.described = json.dumps({"models": described}, ensure_ascii=False).encode()
        self.files = page.files("server")
        self.names = {"localhost", address[0].lower(), gethostname().lower()}
        self.turn = Lock()  # One picture after the other: they share the processor.
        try:
            super().__init__(address, Handler)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UserError(
                f"{address[0]}:{address[1]} cannot be listened on ({reason}); choose another --port, "
                "or 0 for a free one"
            ) from None

    @property
    def url(self) -> str:
        """The address to open; where it listens everywhere, that of this machine's name."""
        host = self.server_address[0]
        return f"http://{gethostname() if host == '0.0.0.0' else host}:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that has left."""


class Handler(BaseHTTPRequestHandler):
    """One request: a file of the page, the models, a translation, or the style of an example."""

    server: Demo
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        """Answer with a file of the page, or what is known of the models."""
        if not self._is_ours():
            return
        name = urlsplit(self.path).path.removeprefix("/") or "index.html"
        if name == "models.json":
            self._send(200, self.server.described, "application/json")
        elif file := self.server.files.get(name):
            self._send(200, file.read_bytes(), f"{mimetypes.guess_type(file.name)[0]}; charset=utf-8")
        else:
            self._refuse(404, "There is no such file on this page.")

    def do_POST(self) -> None:
        """Answer with a translation, or the style of an example."""
        if not self._is_ours():
            return
        address = urlsplit(self.path)
        words = {key: values[-1] for key, values in parse_qs(address.query).items()}
        try:
            pixels = self._picture(words)
            model = self._model(words)
            with self.server.turn:
                if address.path == "/translate":
                    answer = translation(model, pixels, words)
                    self._send(200, answer.tobytes(), "application/octet-stream", {"X-Width": str(answer.shape[1])})
                elif address.path == "/style":
                    self._send(200, style_of(model, pixels, words).tobytes(), "application/octet-stream")
                else:
                    self._refuse(404, "Only translations and styles are to be had here.")
        except UserError as error:
            self._refuse(400, str(error))
        except OSError:
            raise  # The browser has left.
        except Exception as error:  # of a network, memory among them
            self._refuse(500, f"The picture could not be translated ({one_line(error)}); try a smaller one.")

    def _is_ours(self) -> bool:
        """Refuse other pages: those of another origin, and names that were made to lead here (DNS rebinding)."""
        host, origin = self.headers.get("Host", ""), self.headers.get("Origin")
        try:
            named = urlsplit(f"//{host}").hostname or ""
        except ValueError:  # a bracket without its other
            named = ""
        is_known = named in self.server.names or _is_number(named)  # A number cannot be made to lead elsewhere.
        if is_known and origin in (None, f"http://{host}"):
            return True
        self._refuse(403, f"{printable(origin or host)} may not ask here; open {self.server.url}")
        return False

    def _picture(self, words: Mapping[str, str]) -> np.ndarray:
        """The picture that was sent, uint8 (H, W, 4); raises `UserError`."""
        length = self.headers.get("Content-Length", "")
        try:
            height, width, count = int(words["height"]), int(words["width"]), int(length)
        except (KeyError, ValueError):
            self.close_connection = True
            raise UserError("a picture is sent with its height, width and length; load the page anew") from None
        if self.headers.get_content_type() != "application/octet-stream" or count != 4 * height * width:
            self.close_connection = True
            raise UserError("what was sent is no picture of this page; load it anew")
        if min(height, width) < 1 or height * width > MOST_PIXELS:
            self.close_connection = True
            raise UserError(f"{width} x {height} pixels are too many; take a smaller picture, or `i2i translate`")
        return np.frombuffer(self.rfile.read(count), np.uint8).reshape(height, width, 4)

    def _model(self, words: Mapping[str, str]) -> Translator:
        try:
            return self.server.models[words["model"]]
        except KeyError:
            raise UserError(f"{printable(words.get('model', 'it'))} is no model of this page; load it anew") from None

    def _refuse(self, code: int, sentence: str) -> None:
        self.close_connection = True
        self._send(code, sentence.encode(), "text/plain; charset=utf-8")

    def _send(self, code: int, body: bytes, kind: str, more: Mapping[str, str] | None = None) -> None:
        self.send_response(code)
        headers = {"Content-Type": kind, "Content-Length": str(len(body))} | HEADERS | dict(more or {})
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Keep no log of what is drawn."""


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
