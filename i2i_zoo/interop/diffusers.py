"""Generators of CycleGAN, CUT and pix2pix in folders in the manner of diffusers: a config and safetensors for each.

`generator/` holds one direction, `generator_a/` and `generator_b/` hold both. The networks are those of
pytorch-CycleGAN-and-pix2pix, some without the biases that a norm removes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor

from ..data.preparation import Preparation
from ..errors import UserError, one_line
from . import settings
from .assemble import Imported
from .cyclegan import read_cyclegan
from .files import inside

CONFIG, TRAINING = "config.json", "config.yaml"
WEIGHTS = ("diffusion_pytorch_model.safetensors", "model.safetensors")
NETS = {
    "generator": "G",
    "generator_a": "G_A",
    "generator_b": "G_B",
    "discriminator_a": "D_A",
    "discriminator_b": "D_B",
}
CLASSES = ("CycleGANGenerator", "CUTGenerator", "Pix2PixGenerator")
LARGEST = 2**20  # bytes of a config; those of generators have a few hundred
_PLAIN = {"no_antialias": True, "no_antialias_up": True}  # with blurs, CUT's generator is another network


def files(names: Iterable[str]) -> list[str]:
    """Those of the files called `names` that `read_folder` reads; empty where they are no such folder."""
    names = set(names)
    folders = ["", *(f"{folder}/" for folder in sorted({name.partition("/")[0] for name in names}))]
    chosen: list[str] = []
    for folder in folders:
        weights = next((folder + name for name in WEIGHTS if folder + name in names), None)
        net = NETS.get(folder[:-1].lower(), "G" if not folder and WEIGHTS[0] in names else "")
        if net and weights and (net[0] == "D" or folder + CONFIG in names):
            chosen += [weights] + [folder + CONFIG] * (net[0] == "G")
    if not any(name.endswith(CONFIG) for name in chosen):
        return []
    return sorted(chosen) + [TRAINING] * (TRAINING in names)


def is_folder(folder: Path) -> bool:
    """Return True if there is a generator with its config in `folder`."""
    return bool(files(_names(folder)))


def read_folder(folder: Path, domains: Sequence[str]) -> Imported:
    """The CycleGAN whose networks lie in `folder`; raises `UserError` when they are others."""
    found: dict[str, Any] = {}
    paths: dict[str, Path] = {}
    told: dict[str, dict[str, Any]] = {}
    for name in files(_names(folder)):
        path = inside(folder / name, folder)
        net = NETS.get(path.parent.name.lower(), "G")
        if path.name in WEIGHTS:
            paths[net], found[net] = path, _tensors(path)
            norm = (
                "batch" if any(t.ndim == 1 and key.endswith("weight") for key, t in found[net].items()) else "instance"
            )
            told.setdefault(net, {"norm": norm})
        elif path.name == CONFIG:
            told[net] = _knobs(path)
    for net in paths:
        told[net] = {k: v for k, v in told[net].items() if k == "norm" or _is_unet(found[net])}
    training = folder / TRAINING
    known = _preparation(inside(training, folder)) if training.is_file() else None
    return read_cyclegan(paths, found, domains, told, known, "a folder in the manner of diffusers")


def _names(folder: Path) -> list[str]:
    return [
        file.relative_to(folder).as_posix()
        for place in (folder, *(one for one in folder.iterdir() if one.is_dir()))
        for file in place.iterdir()
        if file.is_file() or file.is_symlink()
    ]


def _tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a network, named as in the official code."""
    try:
        state = load_file(path)
    except Exception as error:  # of damaged files: SafetensorError, OSError, KeyError, ...
        raise UserError(f"{path}: cannot be read as safetensors ({one_line(error)}); get it again") from None
    return {key.replace(".block.", ".conv_block."): tensor for key, tensor in state.items()}


def _knobs(path: Path) -> dict[str, Any]:
    """What the config of a generator says that its tensors do not: the norm, and whether a U-Net drops."""
    config = _read(path)
    if (name := config.get("_class_name")) not in CLASSES:
        raise UserError(f"{path}: describes a {str(name)[:60]!r}; give the folder of a {' or '.join(CLASSES)}")
    if blurred := [key for key, value in _PLAIN.items() if config.get(key, value) is not value]:
        raise UserError(f"{path}: {blurred[0]} is not true, and generators that blur are not read; train one without")
    norm = config.get("norm_type", "batch" if name == CLASSES[2] else "instance")
    if norm not in ("instance", "batch", "none"):
        raise UserError(f"{path}: norm_type is {str(norm)[:60]!r}, not instance, batch or none; mend it")
    return {"norm": norm, "dropout": 0.5 if config.get("use_dropout", name == CLASSES[2]) is True else 0.0}


def _read(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"it has more than {LARGEST} bytes")
        config = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(config, dict):
            raise TypeError("it is no table")
        return config
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise UserError(
            f"{path}: cannot be read as the config of a network ({one_line(error)}); get it again"
        ) from None


def _is_unet(state: Mapping[str, Tensor]) -> bool:
    return "model.model.0.weight" in state


def _preparation(path: Path) -> Preparation | None:
    """Images of the resolution that the training's config says, if it does."""
    tables = settings.read_yaml(path)
    side = tables.get("resolution") if isinstance(tables, dict) else None
    return Preparation(size=(side, side)) if type(side) is int and 0 < side <= 2**14 else None
