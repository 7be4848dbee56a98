"""Turns that nobody learns from, because a loss or a gradient is no finite number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from accelerate import Accelerator
from torch import Tensor

from ..distributed import mean_losses
from ..errors import UserError
from ..models.base import Turn


class NotFinite(UserError):
    """Too many steps in a row were skipped."""


class Skips:
    """Counts the steps in which a turn was skipped: `total` of the run, `in_a_row` up to now.

    `names` are the losses that were not finite in the last step, or `gradient of <player>` where all losses were.
    """

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self.total = self.in_a_row = 0

    def note(self, names: Sequence[str]) -> None:
        """What was not finite in a step; nothing, if all was."""
        self.names = tuple(names)
        self.total += bool(names)
        self.in_a_row = self.in_a_row + 1 if names else 0

    def give_up(self, most: int, step: int) -> None:
        """Raise `NotFinite` if `most` steps in a row were skipped."""
        if self.in_a_row >= most:
            what = "NaN or infinite, so nothing was learnt"
            raise NotFinite(f"{', '.join(self.names)}: {what} in {most} steps in a row, up to step {step}")


def all_finite(loss: Tensor, norms: Sequence[Tensor]) -> bool:
    """Whether a turn can be learnt from; asks the device once.

    A finite gradient whose square is not (beyond 1.8e19 in fp32) counts as infinite: Adam would keep it for ever in its
    mean of squares. So weights, and their averages, stay finite too with any learning rate below 1e18.
    """
    return bool(torch.stack([number.isfinite() for number in (loss, *(norm.square() for norm in norms))]).all())


def what_is_not(turn: Turn, norms: Mapping[str, Tensor], accelerator: Accelerator) -> list[str]:
    """The losses of `turn` that are not finite, in any process; else the gradients. The same in all processes."""
    means = mean_losses(turn.losses, accelerator)
    losses = [name for name, value in means.items() if not abs(value) < float("inf")]
    return losses or [f"gradient of {p}" for p, n in norms.items() if not n.square().isfinite()] or list(means)
