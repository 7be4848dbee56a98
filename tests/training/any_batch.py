"""A model that takes whatever it is given, so that what happens can be computed by hand."""

from __future__ import annotations

from torch import nn


class AnyBatch(nn.Module):
    """Base of the toys."""

    def require_batch(self, batch):
        """Take it."""

    def player(self, name):
        return getattr(self, name)
