"""The knobs of training that no model depends on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, Strict, model_validator

from .. import config
from ..config import Choice, Weight
from ..registry import schedules
from . import schedule

if TYPE_CHECKING:
    import torch

    from ..speed.choice import Speed

Beta = Annotated[float, Field(ge=0, lt=1)]
Betas = Annotated[tuple[Beta, Beta], Field(strict=False)]


class Optimizer(config.Config):
    """An optimizer of timm, by name."""

    algorithm: str = "adam"
    """A name that timm knows: adam, adamw, sgd, lion, ..."""
    lr: Annotated[float, Field(gt=0)] = 2e-4
    """Learning rate at the start; the schedule scales it."""
    betas: Betas | None = (0.5, 0.999)
    """Momentum coefficients of the Adam family; leave out for algorithms that have none."""
    weight_decay: Weight = 0.0
    """Weight decay of all parameters."""


class TrainConfig(config.Config):
    """Length, speed and exactness of a training, and what it writes on the way. Defaults are CycleGAN's."""

    steps: config.Count = 200_000
    """Training iterations; each takes `batch` images of each domain."""
    epochs: config.Count | None = None
    """Passes through the larger domain, which count in place of `steps` if set."""
    batch: Annotated[PositiveInt, Field(le=2**16)] = 1
    """Images of each domain per iteration, over all processes and micro-batches."""
    accumulate: PositiveInt = 1
    """Micro-batches that a process divides its share of the batch into, to save memory."""
    optimizer: Optimizer = Optimizer()
    """The optimizer of every player."""
    optimizer_for: dict[str, Optimizer] = {}
    """Player -> its own `optimizer` table; what it leaves out is as in the common one."""
    schedule: Annotated[config.Config, Choice(schedules)] = schedule.Linear.Config()
    """The fall of the learning rate."""
    schedule_from: Literal["here"] | Annotated[tuple[NonNegativeInt, config.Share], Strict(False)] | None = None
    """The step at which the schedule begins anew. "here", for `--resume` with another number of steps: the rest of the
    run is scheduled as a run of its own, times the rate of the last step, so that there is no jump. It is kept as
    [step, share of the rate]."""
    clip: Weight = 0.0
    """Largest norm of a player's gradient; 0: not clipped."""
    ema: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Decay of the averaged weights that are used for inference; 0: no average."""
    speed: Literal["auto", "exact"] = "auto"
    """The way that `i2i train` computes: the fastest on the machine (auto), or plainly and the same everywhere
    (exact)."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """Precision of the networks' arithmetic; auto: bf16 where `speed = "auto"` and the machine is made for it, else
    fp32. Weights, losses and optimizers are fp32 always."""
    gradient_checkpointing: bool = False
    """Keep only the features between the generators' layers and compute the others again for the gradient: less memory
    for up to two fifths more time (Chen et al. 2016); `speed = "auto"` does so on CPUs where features are large and
    cheap. Results stay the same. Not of timm's networks, nor of layers with batch norm."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of weights, order, augmentation and noise: the same recipe with the same seed is the same run."""
    log_every: PositiveInt = 50
    """Steps between two rows of log.jsonl."""
    names: Literal["ours", "official"] = "ours"
    """Names of the losses in the log, the display and trackers: as in the papers, or those of the official code (`G_A`,
    `cycle_A`, `idt_A`), where it has one."""
    sample_every: PositiveInt = 1000
    """Steps between two sample grids."""
    samples: PositiveInt = 6
    """Test images of each domain in a sample grid."""
    nonfinite: PositiveInt = 10
    """Steps in a row with a NaN or infinite loss or gradient, which are skipped, after which the training ends."""
    monitor_every: NonNegativeInt = 500
    """Steps between two looks for inverted colors, collapse and the like; 0: none, nor warnings of skipped steps."""
    evaluate_every: NonNegativeInt = 0
    """Steps between two evaluations, as `[evaluate]` says, and after the last one; 0: none."""
    best: str = "swd"
    """The score that says which checkpoint is the best, of both directions (`swd`) or of one (`to_shoes.swd`); needs
    `evaluate_every`."""
    save_every: PositiveInt = 2000
    """Steps between two checkpoints."""
    keep: PositiveInt = 3
    """Checkpoints that are kept, the newest; the best one is kept too."""
    trackers: tuple[Literal["tensorboard", "wandb"], ...] = Field(default=(), strict=False)
    """Services that also receive the losses, through Accelerate."""

    @model_validator(mode="before")
    @classmethod
    def _complete_optimizers(cls, data: Any) -> Any:
        """What a table of `optimizer_for` leaves out is said by `optimizer`."""
        if not isinstance(data, Mapping):
            return data
        common, own = data.get("optimizer"), data.get("optimizer_for")
        if not (isinstance(common, Mapping) and isinstance(own, Mapping)):
            return data
        whole = {player: {**common, **table} if isinstance(table, Mapping) else table for player, table in own.items()}
        return {**data, "optimizer_for": whole}

    def total_steps(self, epoch_length: int) -> int:
        """The steps of the run for a training set of `epoch_length` samples."""
        return -(-self.epochs * epoch_length // self.batch) if self.epochs else self.steps

    def choose_speed(self, device: torch.device) -> Speed:
        """Choose how steps are computed on `device`."""
        from ..speed.choice import choose

        return choose(device, self.precision, self.speed == "exact", self.gradient_checkpointing)

    def factor(self, step: int, steps: int) -> float:
        """The factor of the learning rate at `step` (from 0) of `steps`."""
        begin = None if self.schedule_from == "here" else self.schedule_from
        return schedule.begun_anew(self.schedule.build(), begin)(step, steps)
