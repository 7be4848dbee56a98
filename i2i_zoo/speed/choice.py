"""Choices of how the steps of a run are computed; what they compute stays the same."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, NamedTuple

import torch
from torch import nn

from .compiled import has_compiler
from .context import WeightCache, computing
from .convert import convert

Precision = Literal["fp32", "bf16"]
MANY = 200  # images to translate, for which it pays to compile first
MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1  # parameters of glibc's mallopt
LARGEST, KEPT = 32 * 2**20, 2**31 - 1  # bytes: the most that glibc takes for each


class Speed(NamedTuple):
    """The choices that `choose` makes. The default is plain: fp32, channels first, nothing else changed."""

    precision: Precision = "fp32"
    channels_last: bool = False
    """Lay images and features out channels last, for which the converted layers have faster ways."""
    fused: bool = False
    """Let each optimizer update all weights in one pass over them."""
    compiled: bool = False
    """Compile the chains of sums in convolutions by minimal filtering."""
    checkpointing: bool = False
    """Compute features again for the gradient, instead of keeping them."""
    light_checkpointing: bool = False
    """Compute again only those that are large and cheap."""

    def __str__(self) -> str:
        ways = {"channels last": self.channels_last, "fused optimizers": self.fused, "compiled sums": self.compiled}
        ways["light gradient checkpointing"] = self.light_checkpointing
        ways["gradient checkpointing"] = self.checkpointing
        return ", ".join([self.precision, *(way for way, taken in ways.items() if taken)])

    @property
    def notice(self) -> str:
        """A sentence about compiling that the user should know, or ""."""
        if self.compiled:
            return "wide networks compile their sums in the first step, which takes some seconds"
        if self.channels_last:
            return "no C++ compiler was found: the sums of wide networks are not compiled and take twice as long"
        return ""

    @contextmanager
    def applied(self, model: nn.Module, cache: WeightCache | None = None) -> Iterator[None]:
        """Compute turns and translations of `model` in the `with` at this speed; a plain one converts nothing.

        Autocast is not Accelerate's: that fixes one precision for the life of the process, or takes it from the
        environment. `cache` is that of `computing`.
        """
        convert(model, self.channels_last, self.checkpointing or self.light_checkpointing)
        device = next(model.parameters()).device
        autocast = torch.autocast(device.type, torch.bfloat16, enabled=self.precision == "bf16")
        with autocast, computing(self, cache):
            yield


def choose(
    device: torch.device,
    precision: Literal["auto", "fp32", "bf16"] = "auto",
    exact: bool = False,
    checkpointing: bool = False,
) -> Speed:
    """The fastest way to train on `device`.

    For `exact`: fp32 unless a `precision` is set, gradient `checkpointing` if it is set, and nothing else changed.
    Otherwise bf16 where the processor multiplies it; channels last on CPUs, where the strided convolutions take half
    the time in it; light checkpointing on CPUs, where it halves the memory of a step for a hundredth (CycleGAN) to a
    twentieth (MUNIT, UNIT) of its time. On GPUs neither was measured.
    """
    if exact:
        return Speed("fp32" if precision == "auto" else precision, checkpointing=checkpointing)
    precision = best_precision(device) if precision == "auto" else precision
    on_cpu = device.type == "cpu"
    return Speed(precision, on_cpu, True, on_cpu and has_compiler(), checkpointing, on_cpu)


def choose_to_translate(
    device: torch.device, precision: Literal["auto", "fp32", "bf16"] = "auto", images: int = 1
) -> Speed:
    """The fastest way to translate `images` on `device`. Sums are compiled for many only, which rounds otherwise."""
    on_cpu = device.type == "cpu"
    precision = best_precision(device) if precision == "auto" else precision
    return Speed(precision, channels_last=on_cpu, compiled=on_cpu and images >= MANY and has_compiler())


def best_precision(device: torch.device) -> Precision:
    """The fastest precision that image networks train well in."""
    return "bf16" if multiplies_bf16(device) else "fp32"


def multiplies_bf16(device: torch.device) -> bool:
    """Return True if `device` has instructions for products of bf16; without, they are emulated and slow."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and (torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def return_memory() -> None:
    """Give the system the memory back that this process keeps and does not use, for other processes."""
    if trim := _glibc("malloc_trim"):
        trim(0)


def _glibc(name: str) -> Callable[..., int] | None:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None


def retain_freed_memory() -> bool:
    """Keep the memory that this process frees for its own next tensors; returns True if the system lets it.

    Otherwise glibc maps large blocks anew for each operation, and the kernel clears each page of them again.
    """
    mallopt = _glibc("mallopt")
    return bool(mallopt and mallopt(MMAP_THRESHOLD, LARGEST) and mallopt(TRIM_THRESHOLD, KEPT))
