"""State dicts as the official code writes them: random numbers under the keys and shapes of `official_keys.json`.

The lists were printed by the official networks (width 2 to 4, few blocks). "resnet.*" go from 3 channels to 1, "unet.*"
from 1 to 3; "instance", "batch" and "none" are norms; the number of a discriminator is its depth.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor

KEYS: dict[str, dict[str, list[int]]] = json.loads(Path(__file__).with_name("official_keys.json").read_text())
OLD = {"running_mean": 0.3, "running_var": 2.0, "num_batches_tracked": 7}


def state(case: str, seed: int = 0, **replaced: Tensor) -> dict[str, Tensor]:
    """Random weights of a case."""
    generator = torch.Generator().manual_seed(seed)
    return {key: _value(key, shape, generator) for key, shape in KEYS[case].items()} | replaced


def _value(key: str, shape: list[int], generator: torch.Generator) -> Tensor:
    if key.endswith("num_batches_tracked"):
        return torch.tensor(5)
    return torch.rand(shape, generator=generator) * 0.4 + (0.5 if key.endswith("running_var") else -0.2)


def save_cyclegan(folder: Path, epoch: str = "latest", case: str = "resnet.instance.0", nets: str = "G_A G_B") -> Path:
    """A folder of pytorch-CycleGAN-and-pix2pix; the discriminators are PixelGANs of three channels."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, net in enumerate(nets.split()):
        chosen = case if net.startswith("G") else "pixelgan.instance"
        torch.save(state(chosen, seed), folder / f"{epoch}_net_{net}.pth")
    return folder


def save_munit(folder: Path, kind: str = "munit", step: str = "00000010", critics: bool = True) -> Path:
    """The files of MUNIT or UNIT in `folder`; returns that of the generators. Domain b is grey for MUNIT."""
    folder.mkdir(parents=True, exist_ok=True)
    other = {"munit": ("munit.1", "msdis.1"), "unit": ("unit.3", "msdis.3")}[kind]
    path = folder / f"gen_{step}.pt"
    torch.save({"a": state(f"{kind}.3", 1), "b": state(other[0], 2)}, path)
    if critics:
        torch.save({"a": state("msdis.3", 3), "b": state(other[1], 4)}, folder / f"dis_{step}.pt")
    return path
