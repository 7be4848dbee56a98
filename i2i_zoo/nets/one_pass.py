"""Chains of sums in one pass over memory, by `torch.compile`, where a C++ compiler is at hand."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Callable
from functools import wraps

import torch
from torch import Tensor

Sums = Callable[[Tensor], Tensor]


def has_compiler() -> bool:
    """Whether the C++ compiler that `torch.compile` would call is installed."""
    default = {"win32": "cl", "darwin": "clang++"}.get(sys.platform, "g++")
    return shutil.which(os.environ.get("CXX", default)) is not None


def compiled(sums: Sums) -> Sums:
    """`sums`, compiled when it is first called: for seconds, once for all sizes; torch keeps the result on disk.

    If that fails, it warns, and computes as before.
    """
    chosen = torch.compile(sums, dynamic=True)

    @wraps(sums)
    def call(x: Tensor) -> Tensor:
        nonlocal chosen
        try:
            return chosen(x.data)  # as no view of anything: it would compile for each kind of view
        except RuntimeError as error:
            if chosen is sums:
                raise
            reason = str(error).strip().partition("\n")[0]
            warnings.warn(f"{sums.__name__} cannot be compiled, computing without: {reason}", stacklevel=2)
            chosen = sums
            return sums(x)

    return call
