"""How the steps of a run are computed. What they compute stays the same."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, NamedTuple

import torch
from torch import nn

from .compiled import has_compiler
from .context import Forms, scope
from .convert import convert

Precision = Literal["fp32", "bf16"]
MANY = 200  # images to translate, for which it pays to compile first
MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1  # parameters of glibc's mallopt
LARGEST, KEPT = 32 * 2**20, 2**31 - 1  # bytes: the most that glibc takes for each


class Speed(NamedTuple):
    """The choices that `choose` makes. The default is plain: fp32, channels first."""

    precision: Precision = "fp32"
    channels_last: bool = False
    fused: bool = False
    compiled: bool = False
    checkpointing: bool = False
    light_checkpointing: bool = False

    def __str__(self) -> str:
        ways = {"channels last": self.channels_last, "fused optimizers": self.fused, "compiled sums": self.compiled}
        ways["light gradient checkpointing"] = self.light_checkpointing
        ways["gradient checkpointing"] = self.checkpointing
        return ", ".join([self.precision, *(way for way, taken in ways.items() if taken)])

    @property
    def notice(self) -> str:
        """What is to be known of compiling, if anything."""
        if self.compiled:
            return "wide networks compile their sums in the first step, which takes some seconds"
        if self.channels_last:
            return "no C++ compiler was found: the sums of wide networks are not compiled and take twice as long"
        return ""

    @contextmanager
    def applied(self, model: nn.Module, forms: Forms | None = None) -> Iterator[None]:
        """Apply it to `model`, which is converted if need be: plain is not. Turns and translations are computed inside.

        Autocast is not Accelerate's: that fixes one precision for the life of the process, or takes it from the
        environment. `forms`: as `scope` has them.
        """
        convert(model, self.channels_last, self.checkpointing or self.light_checkpointing)
        device = next(model.parameters()).device
        autocast = torch.autocast(device.type, torch.bfloat16, enabled=self.precision == "bf16")
        with autocast, scope(self.channels_last, self.compiled, self.checkpointing, self.light_checkpointing, forms):
            yield


def choose(
    device: torch.device,
    precision: Literal["auto", "fp32", "bf16"] = "auto",
    exact: bool = False,
    checkpointing: bool = False,
) -> Speed:
    """The fastest way to train on `device`; plain where it is to be `exact`, but for a `precision` and gradient
    `checkpointing` that are asked for.

    bf16 only where the processor multiplies it. Channels last on CPUs, where the strided convolutions take half the
    time in it. Light checkpointing on CPUs, where it halves the memory of a step for a hundredth (CycleGAN) to a
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
    """The fastest that networks of images get along with."""
    return "bf16" if multiplies_bf16(device) else "fp32"


def multiplies_bf16(device: torch.device) -> bool:
    """Whether `device` has instructions for products of bf16; without, they are emulated and slow."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and (torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def return_memory() -> None:
    """Give the system back what this process keeps and does not use, for other processes."""
    if trim := _glibc("malloc_trim"):
        trim(0)


def _glibc(name: str) -> Callable[..., int] | None:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None


def keep_memory() -> bool:
    """Let this process keep what it frees, for its own next tensors; returns whether that could be arranged.

    glibc otherwise maps large blocks anew for each operation, and the kernel clears each page of them again.
    """
    mallopt = _glibc("mallopt")
    return bool(mallopt and mallopt(MMAP_THRESHOLD, LARGEST) and mallopt(TRIM_THRESHOLD, KEPT))
