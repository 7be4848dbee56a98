"""Packaged weights of a run: a file in half precision below `i2i_zoo/zoo/`, a card with what it scores, and samples.

    python benchmarks/ship.py RUN shoes/munit --title "Outlines of shoes become shoes of any color" \\
        --machine "2 cores with AVX-512" evaluate.images=100

The name is that of the packaged recipe. Words with `=` change the recipe for the evaluation. The same command again
writes the same files.
With the name in place of RUN, packaged weights are scored again; what is left out is then taken from their card. With
`--sheet` only their samples are drawn again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from i2i_zoo import recipe as recipes
from i2i_zoo import zoo
from i2i_zoo.files import draft_file
from i2i_zoo.inference.grid import draw_grid, sample_columns
from i2i_zoo.models import Translator
from i2i_zoo.runs.score import score
from i2i_zoo.training.log import read_rows
from i2i_zoo.weights.model import description, export, load
from i2i_zoo.weights.portable import leads_out, portable
from i2i_zoo.zoo.card import Card, read, write

MOST = 25_000_000  # bytes of all packaged weights together
ROWS = 4  # of a sample sheet
SHORT = ("evaluate.images=6", 'evaluate.metrics=["swd", "edges"]')


def main() -> None:
    words = _words()
    target = zoo.HERE / f"{words.name}.safetensors"
    if words.sheet:
        return draw_sheet(target, words.overrides)
    with tempfile.TemporaryDirectory() as folder:  # Nothing has its final name before it is scored.
        file = Path(folder) / "weights.safetensors"
        _export(words.run, file, words.discriminators)
        card = _card(words, file)
    _export(words.run, target, words.discriminators)
    write(card, target)
    draw_sheet(target, words.overrides)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB, all together {total() / 1e6:.1f} of {MOST / 1e6:.0f} MB")


def total() -> int:
    """Bytes of all packaged weights, cards and sample sheets."""
    kinds = (".safetensors", ".json", ".jpg")
    return sum(file.stat().st_size for file in zoo.HERE.rglob("*") if file.suffix in kinds)


@torch.inference_mode()
def draw_sheet(file: Path, overrides: Sequence[str]) -> None:
    """Draw what a weights file makes of a few test images of its recipe, beside the file."""
    model = load(file)
    _, tests = recipes.resolve(description(file)["provenance"]["recipe"], overrides).build_data()
    images = {domain: list(tests.held_out(domain, ROWS, ranges=model.ranges)) for domain in model.domains}
    with draft_file(zoo.sheet_file(file)) as draft:
        draw_grid(sample_columns(model, images)).save(draft, format="JPEG", quality=80)


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="a run or a checkpoint")
    parser.add_argument("name", help="the packaged recipe")
    parser.add_argument("overrides", nargs="*", help="changes to the recipe for the evaluation, key=value")
    parser.add_argument("--title", help="what the model does, in one line")
    parser.add_argument("--machine", help="processor and number of cores")
    parser.add_argument("--minutes", type=float, help="of training; left out: as its log says")
    parser.add_argument("--license", default="MIT", help="of the weights")
    parser.add_argument("--notice", action="append", default=[], help="that the license of the data asks for")
    parser.add_argument("--sheet", action="store_true", help="draw the samples again, nothing else")
    parser.add_argument("--discriminators", action="store_true", help="keep them, to go on training with")
    words = parser.parse_intermixed_args()
    if words.name not in recipes.packaged():
        parser.error(f"{words.name}: no recipe is called so; packaged weights have the name of theirs")
    if zoo.locate(words.run) == zoo.packaged().get(words.name):
        card = read(zoo.packaged()[words.name])
        words.title, words.machine = words.title or card.title, words.machine or card.training.machine
        words.minutes = card.training.minutes if words.minutes is None else words.minutes
        words.notice = words.notice or list(card.notices)
    if not (words.title and words.machine):
        parser.error("--title and --machine are needed")
    return words


def _export(run: Path, file: Path, discriminators: bool) -> None:
    provenance = portable(description(run)["provenance"])
    export(load(run), file, provenance, half=True, inference=not discriminators)


def _card(words: argparse.Namespace, file: Path) -> Card:
    provenance = description(words.run)["provenance"]
    known = recipes.resolve(provenance["recipe"], words.overrides)
    report = score(file, recipe=known)
    data = known.data
    return Card.parse(
        {
            "title": words.title,
            "license": words.license,
            "notices": words.notice,
            "training": _training(words, provenance),
            "preparation": {key: data.dump()[key] for key in ("domains", "channels", "size", "resize", "fit")},
            "scores": {
                "values": report["values"]["exported"],
                "floor": report["floor"],
                "ceiling": report["ceiling"],
                "meanings": report["scores"],
                "overrides": [word for word in words.overrides if not leads_out(word.partition("=")[2].strip("'\""))],
                "protocol": portable(report["protocol"]),
            },
            "check": {"outputs": outputs(load(file), data.crop_size)} | short_scores(file),
        },
        path="card",
    )


def _training(words: argparse.Namespace, provenance: Mapping[str, Any]) -> dict[str, Any]:
    tables = provenance["recipe"]
    return {
        "recipe": words.name,
        "changes": list(_changes(recipes.load(words.name).dump(), portable(recipes.resolve(tables).dump()))),
        "steps": provenance["step"],
        "images": provenance["images"],
        "seed": tables["train"]["seed"],
        "minutes": round(_minutes(words.run) if words.minutes is None else words.minutes, 1),
        "machine": words.machine,
        "precision": provenance["speed"],
        "versions": {name: provenance[name] for name in ("i2i_zoo", "torch")},
    }


def _changes(before: Any, after: Any, key: str = "") -> Iterator[str]:
    """The difference of two recipes, as the overrides that make `after` of `before`; paths are left out."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for part in after:
            yield from _changes(before.get(part), after[part], f"{key}.{part}".lstrip("."))
    elif before != after:
        yield f"{key}={after if isinstance(after, str) else json.dumps(after)}"


def _minutes(run: Path) -> float:
    """The time between the rows of a run's log, in minutes."""
    rows = read_rows(run / "log.jsonl", step=2**63)
    if not rows:
        raise SystemExit(f"{run}: has no log.jsonl that says how long the training took; give --minutes")
    batch = recipes.load(run).train.batch
    rows = [row for row in rows if "images_per_second" in row]
    steps = [row["step"] for row in rows]
    spans = (after - before for before, after in zip([0, *steps], steps, strict=False))
    return sum(span * batch / row["images_per_second"] for span, row in zip(spans, rows, strict=True)) / 60


def short_scores(file: Path) -> dict[str, Any]:
    """A short evaluation, for the card's `check`: nothing where the test images are files."""
    known = recipes.resolve(description(file)["provenance"]["recipe"], SHORT)
    if hasattr(known.test or known.data, "root"):
        return {}
    return {"overrides": SHORT, "values": score(file, recipe=known)["values"]["exported"]}


@torch.inference_mode()
def outputs(model: Translator, size: tuple[int, int]) -> dict[str, list[float]]:
    """Domain -> the translation of a made image of `size`, as the means of its 4 x 4 parts in each channel."""
    found = {}
    for to in model.targets:
        image = made(size).expand(1, model.channels[model.source(to)], -1, -1)
        fake = model.translate(image, to, model.sample_style(1, seed=0) if model.style_dim else None)
        found[to] = [round(mean, 4) for mean in adaptive_avg_pool2d(fake, 4).flatten().tolist()]
    return found


def made(size: tuple[int, int]) -> Tensor:
    """A grey ellipse with a dark outline on white, (H, W) in [-1, 1]: something of a drawing and of a photograph."""
    y, x = (torch.linspace(-1, 1, side) for side in size)
    radius = (x[None] ** 2 + (1.5 * y[:, None]) ** 2).sqrt()
    return 1 - 0.8 * torch.sigmoid((0.6 - radius) / 0.05) - torch.exp(-(((radius - 0.6) / 0.08) ** 2))


if __name__ == "__main__":
    main()
