"""Several batches through one network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Input = Tensor | tuple[Tensor, ...]  # the arguments of a network, each (N, ...)


def in_one_batch(network: Callable[..., Any], *inputs: Input | None) -> list[Any]:
    """Apply `network`, a module or a method of one, to each of `inputs`; a None gives None.

    They go as one batch, for which weights are read once, if all have the same sizes and the module has no buffers:
    batch norm and spectral norm have, and would see another batch. The output is a tensor (N, ...) or a list of those.
    """
    given = [each if isinstance(each, tuple) else (each,) for each in inputs if each is not None]
    module = getattr(network, "__self__", network)
    alike = len({tuple(argument.shape for argument in each) for each in given}) == 1
    if alike and len(given) > 1 and not any(True for _ in module.buffers()):
        outputs = parts(network(*map(torch.cat, zip(*given, strict=True))), len(given))
    else:
        outputs = [network(*each) for each in given]
    found = iter(outputs)
    return [None if each is None else next(found) for each in inputs]


def parts(output: Tensor | list[Tensor], count: int) -> list[Any]:
    """Split the output of a batch into `count` parts of the same size."""
    if isinstance(output, Tensor):
        return list(output.chunk(count))
    return [list(part) for part in zip(*(each.chunk(count) for each in output), strict=True)]
