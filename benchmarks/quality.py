"""How close translations of paired test images come to the truth: a row for `benchmarks/results/quality.jsonl`.

    python benchmarks/quality.py RUN --root datasets/edges2shoes --note "..."

Protocol: every test pair (same stem in testA and testB), resized whole to `--size`, not cropped, not flipped;
`RUN` is a run, a checkpoint or an exported file, with averaged weights where there are any. For each direction

- `l1`, `psnr` (dB): against the true counterpart, mean over images of the mean absolute error and of the PSNR of
  values in [0, 1]. The true color of a shoe cannot be known from its edges: there, lower means safer, not better.
- `edge_f1`: for drawings, F1 of dark pixels (luminance below 1/2) within a tolerance of one pixel.
- `cycle_l1`: mean absolute error of the translation back, of values in [0, 1].
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

import i2i_zoo
from i2i_zoo.registry import datasets

RESULTS = Path(__file__).parent / "results" / "quality.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--root", required=True, help="folder with testA and testB")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--note", default="", help="what was trained, and for how long")
    parser.add_argument("--record", action="store_true", help=f"append the row to {RESULTS.name}")
    words = parser.parse_args()

    model = i2i_zoo.load(words.run)
    data = (
        datasets["paired"]
        .Config.parse(
            {
                "root": words.root,
                "domains": list(model.domains),
                "channels": list(model.channels.values()),
                "size": words.size,
            }
        )
        .build()
    )
    row = {"date": date.today().isoformat(), "commit": commit(), "model": model.name, "note": words.note}
    row |= {"torch": torch.__version__, "size": words.size, "pairs": len(data.source("test", model.domains[0]))}
    row |= {f"to_{to}": score(model, data, to) for to in model.domains}
    print(json.dumps(row))
    if words.record:
        with RESULTS.open("a") as file:
            file.write(json.dumps(row) + "\n")


@torch.inference_mode()
def score(model: i2i_zoo.models.Translator, data: i2i_zoo.data.ImageData, to: str) -> dict[str, float]:
    """Mean scores of all test images translated `to` a domain."""
    source, rows = model.source(to), []
    for real, truth in pairs(data, source, to):
        fake = model.translate(real, to=to)
        back = model.translate(fake, to=source)
        rows.append(
            torch.tensor(
                [
                    (fake - truth).abs().mean() / 2,
                    -10 * torch.log10(((fake - truth) / 2).square().mean()),
                    edge_f1(fake, truth),
                    (back - real).abs().mean() / 2,
                ]
            )
        )
    means = torch.stack(rows).mean(0).tolist()
    return {k: round(v, 4) for k, v in zip(("l1", "psnr", "edge_f1", "cycle_l1"), means, strict=True)}


def pairs(data: i2i_zoo.data.ImageData, source: str, to: str) -> Iterator[tuple[Tensor, Tensor]]:
    """All test pairs, (1, C, H, W) in [-1, 1]."""
    count = len(data.source("test", source))
    for real, truth in zip(data.test_images(source, count), data.test_images(to, count), strict=True):
        yield real[None], truth[None]


def edge_f1(fake: Tensor, truth: Tensor) -> Tensor:
    """F1 of dark pixels, each counted as found when one lies within a pixel of it."""
    lines = [(image.mean(1, keepdim=True) < 0).float() for image in (fake, truth)]
    precision, recall = (
        (one * max_pool2d(other, 3, 1, 1)).sum() / one.sum().clamp(min=1) for one, other in (lines, reversed(lines))
    )
    return 2 * precision * recall / (precision + recall).clamp(min=1e-8)


def commit() -> str:
    words = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    return subprocess.run(words, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
