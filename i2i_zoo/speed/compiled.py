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

Chain = Callable[[Tensor], Tensor]


def has_compiler() -> bool:
    """Return True if the C++ compiler that `torch.compile` would call is installed."""
    default = {"win32": "cl", "darwin": "clang++"}.get(sys.platform, "g++")
    return shutil.which(os.environ.get("CXX", default)) is not None


def compiled(sums: Chain) -> Chain:
    """Return `sums`, compiled at its first call, which takes seconds; torch keeps the result on disk.

    It serves many sizes, but is compiled again for each kind of them: one image or several, square or not, another
    dtype; after eight kinds torch computes uncompiled. So does this, with a warning, if compiling fails.
    """
    chosen = torch.compile(sums, dynamic=True)

    @wraps(sums)
    def call(x: Tensor) -> Tensor:
        nonlocal chosen
        try:
            # `.data` drops the view relation: torch would compile again for each kind of view.
            return chosen(x.data)
        except (RuntimeError, OSError) as error:  # torch raises an OSError where it cannot write its files.
            if chosen is sums:
                raise
            reason = str(error).strip().partition("\n")[0]
            warnings.warn(f"{sums.__name__} cannot be compiled, computing without: {reason}", stacklevel=2)
            chosen = sums
            return sums(x)

    return call
