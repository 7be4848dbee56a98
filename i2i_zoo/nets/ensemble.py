"""Several discriminators side by side: one sees what another is blind to."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from torch import Tensor, nn

from .. import config
from ..config import Choice
from ..registry import Configurable, did_you_mean, discriminators


@discriminators.register("ensemble")
class Ensemble(Configurable, nn.Module):
    """Discriminators of any kind, which judge the same images.

    Images (N, in_channels, H, W) -> the lists of logits of all, one after the other. Each has the share of the losses
    that its weight says, whatever the number of its scales; all together count as one discriminator does.
    """

    class Config(config.Config):
        critics: Annotated[
            dict[str, Annotated[config.Config, Choice(discriminators, but="ensemble")]], Field(min_length=1)
        ]
        """Discriminators, each a table under a name of your own: `critics.features = { name = "projected" }`."""
        weights: dict[str, config.Weight] = {}
        """Name of a critic -> its weight relative to the others; left out: 1."""

        @model_validator(mode="after")
        def _weigh_what_is_there(self) -> Ensemble.Config:
            for name in self.weights.keys() - self.critics.keys():
                raise ValueError(f"weights.{name}: no such critic; {did_you_mean(name, self.critics)}")
            if not sum(self.weights.get(name, 1.0) for name in self.critics):
                raise ValueError("every critic has weight 0")
            return self

    def __init__(self, config: Ensemble.Config, in_channels: int):
        super().__init__()
        self.critics = nn.ModuleList(critic.build(in_channels) for critic in config.critics.values())
        self.smallest = max(critic.smallest for critic in self.critics)
        weights = [config.weights.get(name, 1.0) for name in config.critics]
        self.shares = [
            weight / sum(weights) * share / sum(critic.shares)
            for weight, critic in zip(weights, self.critics, strict=True)
            for share in critic.shares
        ]

    def forward(self, images: Tensor) -> list[Tensor]:
        return [logits for critic in self.critics for logits in critic(images)]
