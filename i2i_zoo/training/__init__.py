"""Training: the loop, what it writes, and how it is resumed."""

from typing import TYPE_CHECKING, Any

from .config import Optimizer, TrainConfig

if TYPE_CHECKING:
    from .trainer import Trainer

__all__ = ["Optimizer", "TrainConfig", "Trainer"]


def __getattr__(name: str) -> Any:
    """Import the trainer on first use: it is slow, with its optimizers, and what only loads a model needs none."""
    if name == "Trainer":
        from .trainer import Trainer

        return Trainer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
