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
    """Whether the C++ compiler that `torch.compile` would call is installed."""
    default = {"win32": "cl", "darwin": "clang++"}.get(sys.platform, "g++")
    return shutil.which(os.environ.get("CXX", default)) is not None


def compiled(sums: Chain) -> Chain:
    """`sums`, compiled when it is first called, for seconds; torch keeps the result on disk.

    It holds for other sizes too, but is made anew for each kind of them: one image or several, square or not, another
    dtype; after eight kinds torch computes as before. So does this, with a warning, if compiling fails.
    """
    chosen = torch.compile(sums, dynamic=True)

    @wraps(sums)
    def call(x: Tensor) -> Tensor:
        nonlocal chosen
        try:
            return chosen(x.data)  # as no view of anything: it would compile for each kind of view
        except (RuntimeError, OSError) as error:  # OSError: torch cannot write its files
            if chosen is sums:
                raise
            reason = str(error).strip().partition("\n")[0]
            warnings.warn(f"{sums.__name__} cannot be compiled, computing without: {reason}", stacklevel=2)
            chosen = sums
            return sums(x)

    return call
