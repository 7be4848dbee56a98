"""YAML configs of MUNIT and UNIT."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import UserError, printable
from ...interop import settings
from ...models.munit import MUNIT
from ...models.unit import UNIT

SAME = {  # theirs -> the knobs of [train]
    "max_iter": "steps", "batch_size": "batch", "log_iter": "log_every", "image_save_iter": "sample_every",
    "snapshot_save_iter": "save_every", "display_size": "samples",
}  # fmt: skip
DATA = ("data_root", "new_size", "crop_image_height", "crop_image_width", "input_dim_a", "input_dim_b", "num_workers")
FOLDERS = ("data_folder_train_a", "data_folder_train_b", "data_folder_test_a", "data_folder_test_b")
RATES = ("lr", "beta1", "beta2", "weight_decay", "lr_policy", "step_size", "gamma")
KNOWN = {*SAME, *DATA, *FOLDERS, *RATES, "gen", "dis", "vgg_w", "image_display_iter"}


def tables(theirs: Mapping[str, Any], path: Path) -> tuple[dict[str, Any], list[str]]:
    """The tables of the recipe that a config asks for, and a line for each key that has no counterpart."""
    model = MUNIT if "style_dim" in theirs["gen"] or "recon_s_w" in theirs else UNIT
    settings.check(theirs, None, None, path)
    notes: list[str] = []
    recipe = {"model": _model(model, theirs, path), "data": _data(theirs, path), "train": _train(theirs, path, notes)}
    for key, value in theirs.items():
        if key not in KNOWN and key not in settings.LOSSES[model] and (key, value) != ("init", "kaiming"):
            notes.append(f"{printable(key)} = {printable(value)}")
    return recipe, notes


def _number(tables: Mapping[str, Any], key: str, path: Path, kind: type = float) -> Any:
    try:
        return kind(tables[key])  # YAML takes 1e-4 for text
    except (TypeError, ValueError):
        raise UserError(f"{path}: {key} is {printable(tables[key])}, which is no {kind.__name__}; mend it") from None


def _model(model: type[MUNIT] | type[UNIT], theirs: Mapping[str, Any], path: Path) -> dict[str, Any]:
    gen = {ours: theirs["gen"][key] for key, ours in settings.GENERATOR.items() if key in theirs["gen"]}
    if model is UNIT:
        gen.pop("mlp_width", None)
    style = {"style_dim": theirs["gen"]["style_dim"]} if "style_dim" in theirs["gen"] else {}
    found = {"name": model.name} | settings.knobs(model, theirs, path) | style
    if weight := _number({"vgg_w": 0} | dict(theirs), "vgg_w", path):
        found["perceptual"] = {"weight": weight}
    return found | {"generator": gen, "discriminator": settings.critic_of(theirs)}


def _data(theirs: Mapping[str, Any], path: Path) -> dict[str, Any]:
    numbers = {"new_size": 256, "input_dim_a": 3, "input_dim_b": 3, "num_workers": 4} | dict(theirs)
    side = _number(numbers, "new_size", path, int)
    numbers = {"crop_image_height": side, "crop_image_width": side} | numbers
    crop = [_number(numbers, f"crop_image_{way}", path, int) for way in ("height", "width")]
    resize = [max(side, length) for length in crop]
    there = [Path(str(theirs[key])) for key in FOLDERS if key in theirs]
    folders = {"folders": list(map(str, there[:2]))} if len(there) > 1 else {}
    folders |= {"test_folders": list(map(str, there[2:]))} if len(there) > 3 else {}
    return {
        "name": "unpaired",
        "root": str(theirs.get("data_root", "." if folders else "")),
        "domains": ["A", "B"],
        **folders,
        "channels": [_number(numbers, f"input_dim_{role}", path, int) for role in "ab"],
        "size": crop,
        **({"resize": resize} if resize != crop else {}),
        "fit": "cover",
        "workers": _number(numbers, "num_workers", path, int),
    }


def _train(theirs: Mapping[str, Any], path: Path, notes: list[str]) -> dict[str, Any]:
    numbers = {"lr": 1e-4, "beta1": 0.5, "beta2": 0.999, "weight_decay": 1e-4} | dict(theirs)
    rate = {"lr": _number(numbers, "lr", path), "betas": [_number(numbers, key, path) for key in ("beta1", "beta2")]}
    rate["weight_decay"] = _number(numbers, "weight_decay", path)
    policy = theirs.get("lr_policy", "constant")
    if policy not in ("step", "constant"):
        notes.append(f"lr_policy = {printable(policy)}: a constant rate is written in its place")
    schedule: dict[str, Any] = {"name": "constant"}
    if policy == "step":
        steps = {"step_size": 100_000, "gamma": 0.5} | dict(theirs)
        every, factor = _number(steps, "step_size", path, int), _number(steps, "gamma", path)
        schedule = {"name": "step", "every": every, "factor": factor}
    counts = {ours: _number(theirs, key, path, int) for key, ours in SAME.items() if key in theirs}
    return counts | {"names": "official", "optimizer": rate, "schedule": schedule}
