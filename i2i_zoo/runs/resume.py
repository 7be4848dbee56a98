"""The changes that a resumed run allows. Any other would make it another run, and is refused before any change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import UserError, pasted
from ..recipe.recipe import Recipe
from ..weights.integrity import damage
from ..weights.model import list_checkpoints

MAY_CHANGE = {
    "train": {
        "steps",
        "epochs",
        "schedule_from",
        "log_every",
        "names",
        "sample_every",
        "samples",
        "nonfinite",
        "monitor_every",
        "evaluate_every",
        "best",
        "save_every",
        "keep",
        "trackers",
    },
    "data": {"root", "folders", "test_folders", "workers", "cache", "cache_gb", "damaged"},
}


class AnotherRun(UserError):
    """An error for a change that makes a resumed run another one, which may begin with its weights (`model.init`)."""


def check_resumed(recipe: Recipe, images: Mapping[str, int] | None, checkpoint: Path) -> None:
    """Raise `UserError` if a run of `recipe` on so many `images` of each domain cannot go on from `checkpoint`.

    `images` None: on any number. It is an `AnotherRun` where the recipe is another one.
    """
    saved = _provenance(checkpoint)
    for key in _differences(_completed(saved.get("recipe", {})), recipe.dump()):
        section, _, knob = key.partition(".")
        if section not in ("test", "evaluate", "plugins") and knob not in MAY_CHANGE.get(section, ()):
            raise AnotherRun(f"recipe.{key}: cannot change when a run is resumed")
    if not recipe.train.epochs and recipe.train.steps < saved["step"]:
        raise UserError(
            f"recipe.train.steps: the run is at step {saved['step']} already, past {recipe.train.steps}; "
            f"give {saved['step']} or more"
        )
    if images is not None and (then := saved.get("images", images)) != images:
        raise UserError(
            f"{checkpoint}: was trained on {then} images, now there are {images}; "
            "put them back, or go on with what is there now: --changed-images"
        )
    later = [f for f in list_checkpoints(checkpoint.parents[1]) if f.name > checkpoint.name]
    newer = [f.name for f in later if not damage(f, True)]
    if newer:
        raise UserError(
            f"{checkpoint}: is not the newest; move {', '.join(newer)} out of its folder to go on from here"
        )


def _provenance(checkpoint: Path) -> dict[str, Any]:
    """Read what a checkpoint says of its training; raises `UserError` where that is not what we write."""
    try:
        saved = json.loads((checkpoint / "model.json").read_text(encoding="utf-8"))["provenance"]
        known = {"recipe": {}, "images": {}} | saved
        if all(isinstance(known[key], kind) for key, kind in (("step", int), ("recipe", dict), ("images", dict))):
            return saved
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    raise UserError(
        f"{checkpoint}: model.json does not say what it was trained with, so it cannot be resumed; "
        f"a new run can begin with its weights: {pasted('model.init', str(checkpoint))}"
    )


def _completed(tables: Mapping[str, Any]) -> Mapping[str, Any]:
    """A recipe of an earlier i2i_zoo with the defaults of the knobs that it did not know."""
    try:
        return Recipe.parse(tables).dump()
    except UserError:
        return tables


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """`section.knob` of whatever is not the same in both recipes; a section that is no table by its own name."""
    for section in sorted(before.keys() | now.keys()):
        one, other = before.get(section), now.get(section)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from (f"{section}.{k}" for k in sorted(one.keys() | other.keys()) if one.get(k) != other.get(k))
        elif one != other:
            yield section
