"""Monitors of a training: cheap looks at a few test images and at the losses, with advice on what to do."""

from .finite import Finite
from .watch import MONITORS, Watch, monitors

__all__ = ["MONITORS", "Finite", "Watch", "monitors"]
