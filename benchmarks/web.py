"""How quick and how exact an exported page is: `python benchmarks/web.py SITE PICTURES... [--strokes 30]`.

SITE is a folder of `i2i export --to web`. Its models translate the pictures in a headless Chromium, through the engine
of the page, and by onnxruntime in Python; then strokes are drawn on the page, which all models of the direction answer.
A row of JSON for each model and direction: seconds until the page has answered, the largest difference in levels of
255, and milliseconds inside the engine and from a stroke to the picture: the median, and 9 of 10 are below the other.
Needs the extras `browser` and `onnx`, and a Chromium on the path.
"""

from __future__ import annotations

import argparse
import json
import shutil
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from playwright.sync_api import Page, sync_playwright

from i2i_zoo.data.images.arrays import read_with_metadata
from i2i_zoo.data.preparation import Resizer
from i2i_zoo.onnx.run import Graph

REPEATS = 40
TRANSLATE = """async ([engine, name, direction, height, width, numbers, style, repeats]) => {
    const { translate } = await import(engine);
    const times = [];
    let answer;
    for (let i = 0; i < repeats; i++) {
        const image = new ImageData(Uint8ClampedArray.from(numbers), width, height);
        const start = performance.now();
        answer = await translate(name, direction, image, style && Float32Array.from(style));
        times.push(performance.now() - start);
    }
    return [times, answer.height, answer.width, [...answer.data]];
}"""
WATCH = """() => {
    let start = 0;
    window.times = [];
    document.getElementById("sheet").addEventListener("pointerdown", () => { start = performance.now(); }, true);
    new MutationObserver(() => {
        if (start && document.getElementById("status").textContent.startsWith("Answered")) {
            window.times.push(performance.now() - start);
            start = 0;
        }
    }).observe(document.getElementById("status"), { childList: true });
}"""


def difference(page: Page, site: Path, model: dict[str, Any], way: dict[str, str], pictures: list[Path]) -> int:
    """The largest difference in levels between the page's answers and those of onnxruntime."""
    graph, worst = Graph(site / unquote(way["graph"])), 0
    style = np.linspace(-1, 1, model["style"]).astype(np.float32) if model["style"] else None
    for path in pictures:
        prepared = Resizer(graph.card.preparation).prepare(read_with_metadata(path, graph.card.channels[0])[0])
        expected = np.moveaxis(graph.translate(prepared, style), 0, -1)
        found = translated(page, model, way, path, style, 1)[1][..., :3].astype(int)
        worst = max(worst, int(np.abs(found - expected).max()))
    return worst


def translated(
    page: Page, model: dict[str, Any], way: dict[str, str], path: Path, style: np.ndarray | None, repeats: int
) -> tuple[list[float], np.ndarray]:
    """Milliseconds of each call of the engine, and its answer (H, W, 4)."""
    colors = np.moveaxis(read_with_metadata(path, 3)[0], 0, -1)
    image = np.concatenate([colors, np.full_like(colors[..., :1], 255)], -1)
    engine = page.url.rpartition("/")[0] + "/engine.js"
    given = [
        engine,
        model["name"],
        way,
        *image.shape[:2],
        image.ravel().tolist(),
        None if style is None else [*style.tolist()],
    ]
    times, height, width, data = page.evaluate(TRANSLATE, [*given, repeats])
    return times, np.reshape(data, (height, width, 4))


def drawn(page: Page, strokes: int) -> list[float]:
    """Milliseconds from each stroke to its answer, with a pause between two, in which styles are shown."""
    page.evaluate(WATCH)
    box = page.locator("#sheet").bounding_box()
    for place in range(strokes):
        page.mouse.move(box["x"] + box["width"] * (0.1 + 0.8 * place / strokes), box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.up()
        time.sleep(1)
    return page.evaluate("() => window.times")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=Path)
    parser.add_argument("pictures", type=Path, nargs="+")
    parser.add_argument("--strokes", type=int, default=30)
    asked = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=asked.site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        for model in json.loads((asked.site / "models.json").read_text(encoding="utf-8"))["models"]:
            for way in model["directions"]:
                started = time.perf_counter()
                page.goto(address)
                page.get_by_label("Direction").select_option(f"{way['from']} → {way['to']}")
                page.locator("#panels[aria-busy=false] h3").first.wait_for()
                loaded = time.perf_counter() - started
                style = [0.5] * model["style"] if model["style"] else None
                times, _ = translated(page, model, way, asked.pictures[0], style and np.float32(style), REPEATS)
                row = {
                    "model": model["name"],
                    "from": way["from"],
                    "to": way["to"],
                    "seconds_to_first": round(loaded, 1),
                }
                row["levels"] = difference(page, asked.site, model, way, asked.pictures)
                row["engine_ms"] = [round(float(x)) for x in np.quantile(times[5:], (0.5, 0.9))]
                row["stroke_ms"] = [round(float(x)) for x in np.quantile(drawn(page, asked.strokes), (0.5, 0.9))]
                print(json.dumps(row | {"browser": browser.version}), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
