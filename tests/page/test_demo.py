"""The server of `i2i demo`: what it answers, what it refuses, and its page in a real browser."""

import http.client
import json
import threading
from contextlib import closing
from urllib.parse import urlencode

import numpy as np
import pytest
import torch
from page_answers import on, stroke

import i2i_zoo
from i2i_zoo.data.images.pixels import fit
from i2i_zoo.demo import Demo
from i2i_zoo.errors import UserError
from i2i_zoo.inference.style_ids import from_id

WAY = {"from": "edges", "to": "shoes"}
BYTES = "application/octet-stream"


@pytest.fixture(scope="module")
def demo(models):
    with Demo({name: (model, f"{name}:\nknown") for name, model in models.items()}, ("127.0.0.1", 0)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def ask(demo, method, path, words=None, body=None, **headers):
    """Status, headers and body of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", demo.server_port, timeout=10)
    kind = {} if body is None else {"Content-Type": BYTES}
    connection.request(method, path + (f"?{urlencode(words)}" if words else ""), body, kind | headers)
    answer = connection.getresponse()
    with closing(connection):
        return answer.status, answer.headers, answer.read()


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 256, (20, 30, 4), np.uint8)


def sent(picture, **words):
    return {"model": "runs/styled", "height": len(picture), "width": picture.shape[1]} | words


def test_answers_are_those_of_python(demo, models, picture):
    model, style = models["runs/styled"], torch.tensor([0.5, -1, 2])
    words = sent(picture, **WAY, style="0.5,-1,2")
    status, headers, body = ask(demo, "POST", "/translate", words, picture.tobytes())
    expected = i2i_zoo.translate(model, fit(picture, True, 3), "shoes", style, output_type="array")
    found = np.frombuffer(body, np.uint8).reshape(-1, int(headers["X-Width"]), 4)
    assert status == 200 and (found[..., :3] == expected).all() and (found[..., 3] == 255).all()


def test_a_style_is_that_of_the_example(demo, models, picture):
    status, _, body = ask(demo, "POST", "/style", sent(picture, domain="shoes"), picture.tobytes())
    model = models["runs/styled"]
    pixels = torch.from_numpy(fit(picture, True, 3)).movedim(2, 0)
    with torch.no_grad():
        expected = model.encode_style(model.preparation.prepare(pixels)[None] / 127.5 - 1, "shoes")[0]
    assert status == 200 and np.allclose(np.frombuffer(body, np.float32), expected, atol=1e-5)


def test_the_page_and_its_models(demo):
    status, headers, body = ask(demo, "GET", "/")
    assert (
        status == 200 and b"Draw and translate" in body and "default-src 'self'" in headers["Content-Security-Policy"]
    )
    assert b"octet-stream" in ask(demo, "GET", "/engine.js")[2], "the engine of the server"
    one, other = json.loads(ask(demo, "GET", "/models.json")[2])["models"]
    assert one["style"] == 3 and one["size"] == [16, 24] and one["text"] == "runs/styled:\nknown"
    assert other["directions"] == [{"from": "a b", "to": "3d"}] and other["channels"] == {"a b": 1, "3d": 3}


@pytest.mark.parametrize("path", ["/../pyproject.toml", "/__init__.py", "//etc/passwd", "/%2e%2e/x", "/engine_onnx.js"])
def test_no_other_file_is_read(demo, path):
    assert ask(demo, "GET", path)[::2] == (404, b"There is no such file on this page.")


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Host": "evil.example:80"}, "evil.example:80 may not ask here"),
        ({"Origin": "https://evil.example"}, "https://evil.example may not ask here"),
        ({"Origin": "null"}, "null may not ask here"),
        ({"Host": "[x"}, "[x may not ask here"),
    ],
)
def test_other_pages_may_not_ask(demo, picture, headers, words):
    status, _, body = ask(demo, "POST", "/translate", sent(picture, **WAY), picture.tobytes(), **headers)
    assert status == 403 and body.decode().startswith(words)
    assert ask(demo, "GET", "/models.json", **headers)[0] == 403


def test_names_are_refused_on_a_network_too():
    with Demo({}, ("0.0.0.0", 0)) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        assert ask(server, "GET", "/models.json", Host="evil.example")[0] == 403
        assert ask(server, "GET", "/models.json", Host="192.0.2.1:80")[0] == 200
        server.shutdown()


advice = pytest.mark.advice


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {"model": "x"}, "is no model of this page", marks=advice("demo/server.py: is no model of this page")
        ),
        pytest.param(
            {"to": "3d"},
            "this model does not translate that way",
            marks=advice("demo/answers.py: this model does not translate that way"),
        ),
        pytest.param(
            {"style": "1,a"},
            "a style is a list of numbers",
            marks=advice("demo/answers.py: a style is a list of numbers"),
        ),
        ({"style": "1,2"}, "style"),
        ({"style": "1,2,nan"}, "style"),
        pytest.param(
            {"width": 31},
            "what was sent is no picture of this page",
            marks=advice("demo/server.py: what was sent is no picture of this page"),
        ),
        pytest.param(
            {"height": "x"},
            "a picture is sent with its height, width and length",
            marks=advice("demo/server.py: a picture is sent with its height, width and length"),
        ),
        pytest.param(
            {"height": -20, "width": -30},
            "are too many; take a smaller picture",
            marks=advice("demo/server.py: are too many; take a smaller picture"),
        ),
    ],
)
def test_what_makes_no_sense_is_one_sentence(demo, picture, changes, words):
    status, _, body = ask(demo, "POST", "/translate", sent(picture, **WAY) | changes, picture.tobytes())
    assert status == 400 and words in body.decode() and "\n" not in body.decode()
    assert ask(demo, "GET", "/")[0] == 200
    assert ask(demo, "POST", "/translate", sent(picture, **WAY), picture.tobytes())[0] == 200


def test_a_picture_beyond_all_sizes_is_not_even_read(demo):
    words = sent(np.empty((1, 1)), **WAY) | {"height": 2**15, "width": 2**15}
    status, _, body = ask(demo, "POST", "/translate", words, b"", **{"Content-Length": str(2**32)})
    assert status == 400 and "are too many" in body.decode()


def test_a_form_of_another_page_is_refused(demo, picture):
    kind = {"Content-Type": "text/plain"}
    assert ask(demo, "POST", "/translate", sent(picture, **WAY), picture.tobytes(), **kind)[0] == 400


@pytest.mark.advice("demo/answers.py: this model has no styles of that; load the page anew")
def test_a_model_without_styles_has_none_of_an_example(demo, picture):
    words = sent(picture, model="plain", domain="3d")
    status, _, body = ask(demo, "POST", "/style", words, picture.tobytes())
    assert status == 400 and b"no styles of that" in body
    _, plain = json.loads(ask(demo, "GET", "/models.json")[2])["models"]
    assert plain["style"] is None, "the page offers none"


@pytest.mark.advice("demo/server.py: cannot be listened on")
def test_an_address_that_is_taken_says_what_to_do(demo, models):
    with pytest.raises(
        UserError, match=f"127.0.0.1:{demo.server_port} cannot be listened on .*; choose another --port"
    ):
        Demo({"m": (models["plain"], "")}, ("127.0.0.1", demo.server_port))
    with pytest.raises(UserError, match=r":70000 cannot be listened on .*; choose another --port"):
        Demo({"m": (models["plain"], "")}, ("127.0.0.1", 70000))
    with Demo({"m": (models["plain"], "")}, ("127.0.0.1", 0)):
        pass  # as advised


def test_what_is_drawn_in_a_browser_is_translated_as_in_python(demo, models, browser):
    page = browser.new_page()
    page.set_default_timeout(10_000)
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(demo.url)
    status = page.get_by_role("status")
    status.filter(has_text="Answered").wait_for()
    status.evaluate("e => { e.textContent = ''; }")
    stroke(page, (0.1, 0.5), (0.9, 0.4))
    status.filter(has_text="Answered").wait_for()
    page.locator("#panels[aria-busy=false]").wait_for()
    sheet, found = on(page, "#sheet"), on(page, ".answer")
    style = torch.from_numpy(np.asarray(from_id(page.get_by_label("Name of the style").input_value(), 3)))
    expected = i2i_zoo.translate(models["runs/styled"], fit(sheet, True, 3), "shoes", style, output_type="array")
    assert sheet.min() == 0 and np.abs(found[..., :3].astype(int) - expected).max() <= 1
    page.close()
    assert complaints == []
