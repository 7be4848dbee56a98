"""A comparison as `i2i compare` leaves it: three entries with nasty names, two seeds, tiny pictures."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

NASTY = "<script>window.hurt=1</script>"
NAMES = [
    "shoes/cyclegan",
    f"a&b/{NASTY}",
    'munit" onerror="window.hurt=2"]]></script><img src=x onerror=window.hurt=3>',
]
MODELS = ["cyclegan", "unit", "munit"]
METRICS = [
    ("to_shoes.swd", "SWD", "edges -> shoes", "", "lower", 2, "Karras et al. 2018"),
    ("to_shoes.psnr", "PSNR", "edges -> shoes", "dB", "higher", 1, ""),
    ("to_shoes.diversity", "Diversity", "edges -> shoes", "", "higher", 3, "Huang et al. 2018"),
    ("to_edges.fid", "FID", "shoes -> edges", "", "lower", 1, "Heusel et al. 2017"),
]
VALUES = {"to_shoes.swd": [[12.31, 12.5], [12.9, 13.1], [12.0, 14.0]], "to_shoes.psnr": [[14, 14.5], [15, 15], [9, 9]]}


def sample(names: list[str] = NAMES, images: int = 3) -> dict[str, Any]:
    """The contents of `compare.json`, as plain data."""
    metrics = [
        dict(zip(("key", "title", "direction", "unit", "better", "digits", "source"), m, strict=True)) for m in METRICS
    ]
    return {
        "format": 1,
        "created": "2026-11-21T10:20:30+00:00",
        "versions": {"i2i_zoo": "0.1.0", "torch": "2.15.0", "python": "3.11.7"},
        "device": "2 CPU cores",
        "domains": ["edges", "shoes"],
        "data": {"name": "shoes", "size": 64, "test": {"images": 100, "note": NASTY}},
        "budget": {"steps": 3000},
        "metrics": metrics,
        "missing": {"fid": f"Put the Inception weights into weights/ {NASTY}.", "lpips": "Put AlexNet there too."},
        "entries": [_entry(number, name) for number, name in enumerate(names)],
        "pictures": [_pictures(names, images)],
    }


def _entry(number: int, name: str) -> dict[str, Any]:
    seeds = [_seed(number, seed) for seed in (0, 1)]
    diversity = {"to_shoes.diversity": 0.1} if number == 2 else {}
    means = {key: sum(values[number]) / 2 for key, values in VALUES.items()} | diversity
    spreads = {key: abs(values[number][0] - values[number][1]) / math.sqrt(2) for key, values in VALUES.items()}
    return {
        "name": name,
        "model": MODELS[number],
        "recipe": {"model": {"name": MODELS[number], "cycle": 10.0 - number, NASTY: number}, "train": {"batch": 1}},
        "multimodal": number == 2,
        "seeds": seeds,
        "mean": means,
        "spread": spreads,
        "missing": {} if number == 2 else {"diversity": "One output for an input has no diversity."},
    }


def _seed(number: int, seed: int) -> dict[str, Any]:
    rows = [
        {"step": step, "losses": {"fool_a2b": 1 / step + number / 10 + seed / 20, "zero": 0.0, NASTY: None}}
        for step in range(50, 3001, 50)
    ]
    metrics = {key: values[number][seed] for key, values in VALUES.items()} | {"to_edges.fid": None}
    if number == 2 and seed == 0:
        metrics["to_shoes.diversity"] = 0.1
    cost = {"steps_per_second": 6.0 - number, "peak_memory_mb": 812.4, "parameters": 3_512_345, "seconds": 512.0}
    return {"seed": seed, "run": f"runs/{MODELS[number]}-{seed}", "metrics": metrics, "cost": cost, "losses": rows}


def _pictures(names: list[str], images: int) -> dict[str, Any]:
    paths = {
        who: [f"pictures/{who}-{n}.png" for n in range(images)]
        for who in ["input", "true", *map(str, range(len(names)))]
    }
    outputs: dict[str, Any] = {name: list(paths[str(number)]) for number, name in enumerate(names)}
    outputs[names[0]][-1] = None
    styles = (
        {names[2]: [[f"pictures/2-{row}.png", f"pictures/0-{row}.png"] for row in range(2)]} if len(names) > 2 else {}
    )
    return {
        "to": "shoes",
        "inputs": paths["input"],
        "outputs": outputs,
        "truths": paths["true"],
        "styles": styles,
        "seed": 0,
    }


def write_sample(folder: Path, data: dict[str, Any] | None = None) -> Path:
    """Write the comparison and its pictures; returns `folder`."""
    data = data or sample()
    (folder / "compare.json").write_text(json.dumps(data))
    shown = data["pictures"][0] if data["pictures"] else {"inputs": [], "outputs": {}, "truths": []}
    rows = [shown["inputs"], *shown["outputs"].values(), shown["truths"]]
    for number, paths in enumerate(rows):
        for row, path in enumerate(filter(None, paths)):
            (folder / path).parent.mkdir(exist_ok=True)
            _draw(number, row).save(folder / path)
    return folder


def _draw(number: int, row: int, size: int = 16) -> Image.Image:
    image = Image.new("RGB", (size, size), "white" if number == 0 else (40 * number, 200 - 30 * row, 90))
    ImageDraw.Draw(image).ellipse((2 + row % 8, 4, 12, 12), outline="black")
    return image
