"""The loop. It knows turns, players and losses; it knows no model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import torch
from accelerate import Accelerator
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from ..config import ConfigError
from ..data.stream import StepBatches, Stream, loader
from ..distributed import any_process, average_gradients, replicate
from ..errors import UserError
from ..models.base import Batch, Losses, Translator, Turn, unfreeze
from ..registry import did_you_mean
from ..speed.choice import Speed
from ..speed.context import WeightCache
from .average import Average
from .config import TrainConfig
from .interrupt import Interrupt
from .optimizers import make_optimizer
from .skipped import Skipped, all_finite, names_of_nonfinite

Observer = Callable[["Trainer", Losses], None]


class Trainer:
    """The player of a model's turns: backward, reduce over processes, clip, step, average.

    Gradients are the mean over micro-batches (of one size) and processes, so that one process, several micro-batches
    and several processes take the same step for the same batch. `step` counts finished iterations, `steps` is the
    length of the run, which the schedule needs. A turn with a loss or gradient that is not finite is `skipped`.
    `speed` says how steps are computed; left out: plainly, in fp32 unless the config names a precision. Raises
    `ConfigError` for an unknown player or optimizer.
    """

    def __init__(
        self,
        model: Translator,
        config: TrainConfig | None = None,
        accelerator: Accelerator | None = None,
        speed: Speed | None = None,
    ):
        self.config = config = config or TrainConfig()
        self.accelerator = accelerator or Accelerator()
        self.speed = speed or Speed("bf16" if config.precision == "bf16" else "fp32")
        self.model = model.to(self.accelerator.device)
        unfreeze(model)
        model.missing_networks = ()  # They begin at random and learn.
        model.provenance, model.sheet = {}, None  # Both were those of the weights before training.
        self.step, self.steps = 0, config.steps
        self.waited = 0.0  # seconds spent on waiting for data
        self.interrupt = Interrupt()
        self.stopped = False  # A signal to any process sets it.
        self.skipped = Skipped()
        replicate(model, self.accelerator)
        for name in config.optimizer_for.keys() - set(model.players):
            raise ConfigError(f"recipe.train.optimizer_for.{name}: no such player; {did_you_mean(name, model.players)}")
        self._rates = {player: config.optimizer_for.get(player, config.optimizer) for player in model.players}
        self.optimizers = {
            p: make_optimizer(model.player(p), choice, self.speed.fused) for p, choice in self._rates.items()
        }
        self.averages = {p: Average(model.player(p), config.ema) for p in model.averaged if config.ema}
        self._schedule = config.factor

    def advance(self, micro_batches: Sequence[Batch]) -> Losses:
        """Play one iteration on this process's share of the batch and return all losses by name, detached.

        The micro-batches have as many images each. Gradients are gone afterwards. Raises `UserError` for what is no
        batch of the model, before anything is learned.
        """
        self._check(micro_batches)
        self.model.train()
        games = [self.model.turns(_channels_first(batch), self.step) for batch in micro_batches]
        losses: Losses = {}
        broken: list[str] = []
        cache = WeightCache()
        self.model.zero_grad(set_to_none=True)  # A caller may have left gradients behind.
        while turn := self._play_turn(games, cache):
            losses |= turn.losses
            broken += self._learn(turn)
            self.model.zero_grad(set_to_none=True)  # Free them before the next turn allocates its own.
            cache.forget(w for player in turn.players for w in self.model.player(player).parameters())
        for average in self.averages.values():
            average.update(self.step)
        self.step += 1
        self.model.provenance = {"step": self.step}
        self.skipped.record(broken)
        return losses

    def _check(self, micro_batches: Sequence[Batch]) -> None:
        if not isinstance(micro_batches, list | tuple) or not micro_batches:
            raise UserError(f"a list of one micro-batch or more is expected, got {micro_batches!r:.60}")
        for batch in micro_batches:
            self.model.require_batch(batch)
        counts = [len(next(iter(batch.values()))) for batch in micro_batches]
        if len({*counts}) > 1:
            raise UserError(f"micro-batches of as many images each are needed, got {counts}")

    @property
    def learning_rate(self) -> float:
        """The learning rate of the first player at the present step."""
        return self._rates[self.model.players[0]].lr * self._schedule(self.step, self.steps)

    def _play_turn(self, games: list[Iterator[Turn]], cache: WeightCache) -> Turn | None:
        """Gather the gradients of the next turn of every micro-batch.

        Returns its mean losses, or None when every game has ended.
        """
        players: tuple[str, ...] = ()
        losses: Losses = {}
        for game in games:
            with self.speed.applied(self.model, cache):
                turn = next(game, None)
            if turn is None:
                continue
            players = players or turn.players
            (sum(turn.losses.values()) / len(games)).backward()
            for name, loss in turn.losses.items():
                losses[name] = losses.get(name, 0.0) + loss.detach() / len(games)
        return Turn(players, losses) if players else None

    def _learn(self, turn: Turn) -> list[str]:
        """Let the players of a turn learn, or none of them; return the names of what was not finite."""
        learning = {p: [w for w in self.model.player(p).parameters() if w.grad is not None] for p in turn.players}
        gradients = {p: [w.grad for w in weights] for p, weights in learning.items() if weights}
        loss = average_gradients(gradients.values(), sum(turn.losses.values()), self.accelerator)
        norms = {p: get_total_norm(own) for p, own in gradients.items()}
        if not all_finite(loss, list(norms.values())):
            return names_of_nonfinite(turn, norms, self.accelerator)
        for player in turn.players:
            if self.config.clip and player in norms:
                clip_grads_with_norm_(learning[player], self.config.clip, norms[player])
            for group in self.optimizers[player].param_groups:
                group["lr"] = self._rates[player].lr * self._schedule(self.step, self.steps)
            self.optimizers[player].step()
        return []

    def batches(self, stream: Stream, workers: int) -> Iterable[Batch]:
        """This process's share of each batch from the present step to the last, on its device."""
        config, processes = self.config, self.accelerator.num_processes
        numbers = StepBatches(config.batch, self.step, self.steps, processes, config.accumulate)
        batches = loader(stream, numbers, workers, pin_memory=self.accelerator.device.type == "cuda")
        return self.accelerator.prepare_data_loader(batches)

    def fit(self, batches: Iterable[Batch], observers: Sequence[Observer] = ()) -> None:
        """Advance over `batches`, calling each observer after each step, until they end or a signal asks to stop.

        Raises `NotFinite` after `config.nonfinite` skipped steps in a row.
        """
        batches = iter(batches)
        with self.interrupt:
            while not self._asked_to_stop():
                started = time.perf_counter()
                batch = next(batches, None)
                if batch is None:
                    break
                self.waited += time.perf_counter() - started
                losses = self.advance(self.split(batch))
                for observe in observers:
                    observe(self, losses)
                self.skipped.check(self.config.nonfinite, self.step)

    def _asked_to_stop(self) -> bool:
        self.stopped = any_process(self.interrupt.requested, self.accelerator)
        return self.stopped

    def split(self, batch: Batch) -> list[Batch]:
        """The micro-batches of this process's share of a batch."""
        parts = {domain: images.chunk(self.config.accumulate) for domain, images in batch.items()}
        return [dict(zip(parts, images, strict=True)) for images in zip(*parts.values(), strict=True)]

    @contextmanager
    def inference(self) -> Iterator[Translator]:
        """The model in eval mode, without gradients, with averaged weights where there are any."""
        with ExitStack() as stack:
            for average in self.averages.values():
                stack.enter_context(average.applied())
            self.model.eval()
            stack.callback(self.model.train)
            stack.enter_context(torch.no_grad())
            yield self.model


def _channels_first(batch: Batch) -> Batch:
    """Return the same images, channels first in memory: on a CPU torch rounds by it, and exact is exact."""
    return {domain: images.contiguous() if images.is_cpu else images for domain, images in batch.items()}
