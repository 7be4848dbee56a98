"""The monitors of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import torch
from torch import Tensor

from ...models.base import Losses
from ..config import TrainConfig
from ..log import Writer
from ..observers import every
from ..trainer import Observer, Trainer
from .collapse import mode_collapse, style_collapse
from .copying import translates_nothing
from .finite import Finite
from .inversion import color_inversion
from .probe import Finding, Monitor, Probe
from .saturation import saturated_discriminator
from .steganography import steganography

MONITORS: Mapping[str, Monitor] = MappingProxyType(
    {
        "color inversion": color_inversion,
        "mode collapse": mode_collapse,
        "style collapse": style_collapse,
        "saturated discriminator": saturated_discriminator,
        "steganography": steganography,
        "translates nothing": translates_nothing,
    }
)
EARLY = 0.05  # share of the run in which nothing is said: networks that have hardly begun look broken in passing


class Watch:
    """An observer that shows test images of each direction to every monitor, and says what two looks in a row found.

    A finding is said once, and again only when a look in between was without it. Leaves the random state as it was.
    `tests` and `paired` are those of `Probe`. A row has `step`, `warning`, `domain` (of the translations), `value` and
    `advice`. Talks to no other process: the first one may watch alone.
    """

    def __init__(
        self,
        tests: Mapping[str, Sequence[Tensor]],
        writers: Sequence[Writer],
        paired: bool = False,
        monitors: Mapping[str, Monitor] = MONITORS,
    ):
        self.tests, self.writers, self.paired, self.monitors = tests, writers, paired, monitors
        self._found: set[tuple[str, str]] = set()
        self._said: set[tuple[str, str]] = set()

    def __call__(self, trainer: Trainer, losses: Losses) -> None:
        if trainer.step < EARLY * trainer.steps:
            return
        found = self.look(trainer)
        again = found.keys() & self._found
        for (warning, domain), finding in found.items():
            if (warning, domain) in again - self._said:
                row = {"step": trainer.step, "warning": warning, "domain": domain}
                for write in self.writers:
                    write(row | {"value": round(finding.value, 4), "advice": finding.advice})
        self._found, self._said = set(found), again

    def look(self, trainer: Trainer) -> dict[tuple[str, str], Finding]:
        """Ask the monitors: (warning, domain of the translations) -> finding."""
        device = trainer.accelerator.device
        with torch.random.fork_rng([device] if device.type == "cuda" else []), trainer.inference() as model:
            probes = [Probe(model, to, self.tests, self.paired) for to in reversed(model.targets)]
            looks = {(name, p.to): monitor(p) for p in probes for name, monitor in self.monitors.items()}
        return {key: finding for key, finding in looks.items() if finding}


def monitors(
    config: TrainConfig, tests: Mapping[str, Sequence[Tensor]], writers: Sequence[Writer], paired: bool = False
) -> list[Observer]:
    """Make the observers that watch a training of `config`; none with `monitor_every = 0`."""
    if not config.monitor_every:
        return []
    return [Finite(config.log_every, writers), every(config.monitor_every, Watch(tests, writers, paired))]
