"""What a training notices about itself, and what to do about it: cheap looks at a few test images and at the losses."""

from .finite import Finite
from .watch import MONITORS, Watch, monitors

__all__ = ["MONITORS", "Finite", "Watch", "monitors"]
