"""Models of timm with their pretrained weights: all of them, or one sentence that says why not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from einops import rearrange
from torch import Tensor, nn

from ..errors import UserError
from .weight_files import find, read

ORIGINALS = {"vgg16.tv_in1k": "vgg16-397923af.pth"}  # names given by publishers where timm does not know the address


def create(name: str, **options: Any) -> nn.Module:
    """timm's model `name` (with a tag, or timm's first choice of them) with its pretrained weights, all of them.

    `options` are those of `timm.create_model`. Raises `UserError` when there are no such weights, or they cannot be
    had, or are others than the model's.
    """
    import timm  # slow to import

    return timm.create_model(name, **found(name), **options)


def found(name: str) -> dict[str, Any]:
    """The options with which `timm.create_model(name)` loads its pretrained weights; raises `UserError` as `create`."""
    import timm

    path = locate(name)
    read(path)
    options = {"pretrained": True, "pretrained_cfg_overlay": {"file": str(path)}}
    try:
        timm.create_model(name, **options)  # whole: for a part of a model timm accepts a file in which weights lack
    except Exception as error:  # every family of timm fails in its own way
        reason = " ".join(str(error).split())
        raise UserError(f"{path}: does not hold the weights of timm's {name!r} ({reason:.200})") from error
    return options


def locate(name: str) -> Path:
    """The file with the pretrained weights `name` of timm, fetched if need be; raises `UserError`."""
    import timm

    if not timm.is_model_pretrained(name):
        raise UserError(f"timm has no pretrained weights for {name!r}; timm.list_pretrained() names those it has")
    cfg = timm.get_pretrained_cfg(name)
    whole = f"{cfg.architecture}.{cfg.tag}"
    original = Path(cfg.url or "").name
    if not cfg.hf_hub_id:
        return find(original, url=cfg.url)
    repository, _, revision = cfg.hf_hub_id.partition("@")
    file = cfg.hf_hub_filename or "model.safetensors"
    hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    others = [other for other in (original, ORIGINALS.get(whole)) if other and not other.endswith(".npz")]
    return find(whole + Path(file).suffix, *others, url=f"{hub}/{repository}/resolve/{revision or 'main'}/{file}")


def rescaling(net: nn.Module, channels: int = 3) -> tuple[Tensor, Tensor]:
    """Scale and shift (C, 1, 1) from [-1, 1] to the mean and deviation that a model of timm was trained with.

    Those are given for red, green and blue; other channels all take their averages.
    """
    mean, deviation = (torch.tensor(net.pretrained_cfg[key]) for key in ("mean", "std"))
    if channels != 3:
        mean, deviation = mean.mean().expand(channels), deviation.mean().expand(channels)
    return rearrange(0.5 / deviation, "c -> c 1 1"), rearrange((0.5 - mean) / deviation, "c -> c 1 1")
