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
    """An error that ends a training: too many steps in a row were skipped."""


class Skipped:
    """A count of the steps in which a turn was skipped: `total` of the run, `in_a_row` up to now.

    `names` are the losses that were not finite in the last step, or `gradient of <player>` where all losses were.
    """

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self.total = self.in_a_row = 0

    def record(self, names: Sequence[str]) -> None:
        """Count a step in which `names` were not finite; none, if all was."""
        self.names = tuple(names)
        self.total += bool(names)
        self.in_a_row = self.in_a_row + 1 if names else 0

    def check(self, most: int, step: int) -> None:
        """Raise `NotFinite` if `most` steps in a row were skipped."""
        if self.in_a_row >= most:
            what = "NaN or infinite, so nothing was learnt"
            raise NotFinite(f"{', '.join(self.names)}: {what} in {most} steps in a row, up to step {step}")

    def state(self) -> dict[str, int]:
        """The counts, for a checkpoint."""
        return {"total": self.total, "in_a_row": self.in_a_row}

    def restore(self, state: Mapping[str, int]) -> None:
        """Go on from the counts of a checkpoint; a count that it lacks is 0."""
        self.total, self.in_a_row = state.get("total", 0), state.get("in_a_row", 0)


def all_finite(loss: Tensor, norms: Sequence[Tensor]) -> bool:
    """Return True if a turn can be learnt from; asks the device once.

    A finite gradient whose square is not (beyond 1.8e19 in fp32) counts as infinite: Adam would keep it for ever in its
    mean of squares. So weights, and their averages, stay finite too with any learning rate below 1e18.
    """
    return bool(torch.stack([number.isfinite() for number in (loss, *(norm.square() for norm in norms))]).all())


def names_of_nonfinite(turn: Turn, norms: Mapping[str, Tensor], accelerator: Accelerator) -> list[str]:
    """The losses of `turn` that are not finite, in any process; else the gradients. The same in all processes."""
    means = mean_losses(turn.losses, accelerator)
    losses = [name for name, value in means.items() if not abs(value) < float("inf")]
    return losses or [f"gradient of {p}" for p, n in norms.items() if not n.square().isfinite()] or list(means)
