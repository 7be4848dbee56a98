"""Training: the loop, what it writes, and how it is resumed."""

from .config import Optimizer, TrainConfig
from .trainer import Trainer

__all__ = ["Optimizer", "TrainConfig", "Trainer"]
