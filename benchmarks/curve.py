"""Quality against minutes, as a picture: one line for each training, one panel for each score.

    python benchmarks/curve.py benchmarks/results/curve.jsonl curve.svg "to_shoes.kid=KID-Lite2 x 1000" to_shoes.swd

Each row of the file is a checkpoint: `name` of the method, `seed`, `minutes` of one core, `scores`, and `levels`, those
of the copied input and of real images, which become dashed lines. Both axes are logarithmic. A panel is a score, KEY or
KEY=TITLE.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460, 320, 56, 446, 34, 276
COLORS = ("#0a6ebd", "#c2410c", "#15803d", "#7e22ce")
Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("scores", nargs="+")
    words = parser.parse_args()
    rows = [json.loads(line) for line in words.rows.read_text().splitlines()]
    words.out.write_text(draw(rows, words.scores))


def draw(rows: list[Row], scores: list[str]) -> str:
    """The SVG."""
    panels = [
        f'<g transform="translate({n * WIDTH} 0)">{"".join(_panel(rows, *score.partition("=")[::2]))}</g>'
        for n, score in enumerate(scores)
    ]
    size = f"{WIDTH * len(scores)} {HEIGHT}"
    style = "text{font:12px sans-serif;fill:#222}.grid{stroke:#ddd}.level{stroke:#888;stroke-dasharray:5 4}"
    background = '<rect width="100%" height="100%" fill="#fff"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}"><style>{style}</style>{background}'
    return f"{head}{''.join(panels)}</svg>\n"


def _panel(rows: list[Row], score: str, title: str) -> Iterator[str]:
    found = [row for row in rows if score in row["scores"]]
    levels = {name: of[score] for row in found for name, of in row.get("levels", {}).items()}
    values = [row["scores"][score] for row in found] + [value for value in levels.values() if value > 0]
    x = _scale([row["minutes"] for row in found], LEFT, RIGHT)
    y = _scale(values, BOTTOM, TOP)
    yield f'<text x="{LEFT}" y="20" font-weight="bold">{title or score}, lower is better</text>'
    yield f'<text x="{RIGHT}" y="{HEIGHT - 10}" text-anchor="end">minutes of one core</text>'
    for value in _marks([row["minutes"] for row in found]):
        yield f'<path class="grid" d="M{x(value):.1f} {TOP}V{BOTTOM}"/>'
        yield f'<text x="{x(value):.1f}" y="{BOTTOM + 16}" text-anchor="middle">{value:g}</text>'
    for value in _marks(values):
        yield f'<path class="grid" d="M{LEFT} {y(value):.1f}H{RIGHT}"/>'
        yield f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>'
    for name, value in levels.items():
        if value > 0:  # A logarithmic axis has no place for the others.
            yield f'<path class="level" d="M{LEFT} {y(value):.1f}H{RIGHT}"/>'
            yield f'<text x="{RIGHT}" y="{y(value) - 4:.1f}" text-anchor="end">{name}</text>'
    names = list(dict.fromkeys(row["name"] for row in found))
    for number, name in enumerate(names):
        color = COLORS[number % len(COLORS)]
        for seed in dict.fromkeys(row["seed"] for row in found if row["name"] == name):
            line = [row for row in found if (row["name"], row["seed"]) == (name, seed)]
            points = [(x(row["minutes"]), y(row["scores"][score])) for row in sorted(line, key=lambda r: r["minutes"])]
            path = "L".join(f"{left:.1f} {top:.1f}" for left, top in points)
            yield f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="2"/>'
            yield from (f'<circle cx="{left:.1f}" cy="{top:.1f}" r="3" fill="{color}"/>' for left, top in points)
        yield f'<text x="{LEFT + 8}" y="{BOTTOM - 8 - 16 * number}" style="fill:{color}">{name}</text>'


def _scale(values: list[float], start: float, end: float):
    low, high = math.log(min(values) / 1.1), math.log(max(values) * 1.1)
    return lambda value: start + (math.log(value) - low) / (high - low) * (end - start)


def _marks(values: list[float]) -> list[float]:
    """Round numbers within the values: at least three, if their first digit is all they have."""
    low, high = min(values) / 1.1, max(values) * 1.1
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1, 2, 5), range(1, 10)):
        marks = [mark for power in powers for factor in factors if low <= (mark := factor * 10.0**power) <= high]
        if len(marks) >= 3:
            break
    return marks


if __name__ == "__main__":
    main()
