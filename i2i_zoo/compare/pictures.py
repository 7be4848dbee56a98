"""The same test images through every model, as files beside the comparison."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import torch
from torch import Tensor

from ..data.images.files import from_unit, write
from ..models import Translator
from ..weights.model import load
from .plan import Part, Plan
from .result import Pictures

IMAGES = 8  # test images of a direction
STYLED, STYLES = 4, 6  # those of them that are shown in styles, and the number of styles


@torch.inference_mode()
def draw(plan: Plan, parts: Sequence[Part]) -> list[Pictures]:
    """Translate a few test images each way with the first seed of each entry, and write all to `plan.out/pictures`."""
    first = {part.name: part for part in reversed(parts)}
    models = {name: load(first[name].folder) for name in plan.names if name in first}
    domains = plan.recipe.data.domains
    ranges = next((model.ranges for model in models.values()), None)
    tests = {domain: list(plan.tests.held_out(domain, IMAGES, ranges=ranges)) for domain in domains}
    able = {way: {name: m for name, m in models.items() if way in m.directions} for way in permutations(domains, 2)}
    return [_direction(plan, chosen, tests, *way) for way, chosen in able.items() if chosen]


def _direction(
    plan: Plan, models: dict[str, Translator], tests: dict[str, list[Tensor]], source: str, to: str
) -> Pictures:
    place = tuple(plan.recipe.data.domains).index(to)  # A domain's name need not be possible as the name of a folder.
    folder = plan.out / "pictures" / f"to-{'ab'[place]}"
    outputs: dict[str, list[str | None]] = {}
    styles: dict[str, list[list[str]]] = {}
    for number, (name, model) in enumerate(models.items()):
        one = model.sample_style(1, seed=0)[0] if model.style_dim else None
        fakes = [model.translate(image[None], to, style=one)[0] for image in tests[source]]
        outputs[name] = _save(fakes, folder / f"model-{number}", plan.out)
        if model.style_dim:
            codes = model.sample_style(STYLES, seed=0)
            rows = [[model.translate(image[None], to, style=code)[0] for code in codes] for image in tests[source]]
            styles[name] = [
                _save(row, folder / f"model-{number}-styles" / f"{i:02d}", plan.out)
                for i, row in enumerate(rows[:STYLED])
            ]
    paired = plan.tests.paired and len(tests[source]) == len(tests[to])
    return Pictures(
        to=to,
        inputs=_save(tests[source], folder / "inputs", plan.out),
        outputs=outputs,
        truths=_save(tests[to], folder / "truths", plan.out) if paired else None,
        styles=styles,
        seed=min(part.seed for part in plan.parts),
    )


def _save(images: Sequence[Tensor], folder: Path, out: Path) -> list[str]:
    """Write images (C, H, W) in [-1, 1] as PNG, as they can be shown; returns their paths, relative to `out`."""
    paths = []
    for number, image in enumerate(images):
        shown = image if len(image) in (1, 3) else image[:3] if len(image) > 3 else image[:1]
        write(from_unit(shown, torch.uint8), path := folder / f"{number:02d}.png")
        paths.append(path.relative_to(out).as_posix())
    return paths
