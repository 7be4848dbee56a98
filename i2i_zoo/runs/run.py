"""A run: a recipe, trained, in a folder that holds everything about it."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from rich.console import Console
from rich.text import Text
from torch import Tensor

from .. import plugins
from ..data.base import trained_on
from ..data.damage import refuse_damaged
from ..data.images.files import write
from ..data.images.formats import holds
from ..data.stream import without_worker_traceback
from ..distributed import lost_process, make_accelerator
from ..errors import UserError
from ..evaluation import evaluate
from ..evaluation.evaluate import higher_is_better
from ..inference.grid import draw_grid, sample_columns, save_picture
from ..models import Losses, Translator
from ..nets.initialize import replacing_weights
from ..recipe import Recipe
from ..training import Trainer, checkpoint
from ..training.log import JsonLines, Log, read_rows
from ..training.monitors import monitors
from ..training.observers import every
from ..training.skipped import NotFinite
from ..training.trackers import Report, start, trackers
from ..training.trainer import Observer
from ..weights.model import description, saved_ranges
from .best import BestCheckpoint
from .display import Display
from .full_disk import tolerate_full_disk
from .images import RunImages
from .initial_weights import load_initial
from .notebook import NotebookDisplay
from .prolong import settle_schedule
from .record import versions
from .resume import check_resumed


class Run:
    """Builds what a recipe names, trains it in `folder`, and resumes from `checkpoint_folder` if one is given.

    A resumed run takes the images that it began with, or with `changed_images` those that are there now.
    Raises `UserError` for what the recipe gets wrong, before anything is written.
    """

    def __init__(
        self,
        recipe: Recipe,
        folder: Path,
        console: Console,
        checkpoint_folder: Path | None = None,
        changed_images: bool = False,
    ):
        self.folder, self.console, self.resumed = folder, console, checkpoint_folder
        self.accelerator = _accelerator(recipe, folder)
        self._report = Report(self.accelerator)
        check_batch(recipe, self.accelerator.num_processes)
        set_seed(recipe.train.seed)
        self._open_images(recipe, changed_images)
        self.recipe, self.rate_note = settle_schedule(recipe, self.images, checkpoint_folder)
        self._build_trainer()
        self._check_tests()
        self._saved, self._unsaved = -1, ""
        if checkpoint_folder:
            checkpoint.restore(self.trainer, checkpoint_folder)
            self._saved = self.trainer.step

    def _open_images(self, recipe: Recipe, changed_images: bool) -> None:
        """Find the images of the recipe, and for a resumed run those that it began with."""
        self.data, self.tests = recipe.build_data()
        if self.resumed:
            check_resumed(recipe, None, self.resumed)
            self.data.ranges = saved_ranges(self.resumed)  # Percentiles of other images would be other numbers.
        self.kept_images = RunImages(self.data, self.folder, bool(self.resumed), changed_images)
        self.images, self.tests.ranges = self.kept_images.counts, self.data.ranges
        if self.resumed and not (changed_images or self.kept_images.recorded):
            check_resumed(recipe, self.images, self.resumed)

    def _build_trainer(self) -> None:
        """Build the model, give it the weights of `init` unless the run is resumed, and build its trainer."""
        recipe = self.recipe
        with replacing_weights(train=True) if self.resumed else nullcontext():
            model = recipe.build_model()
        model.ranges = self.data.ranges
        self.init_report = load_initial(model, recipe.init) if recipe.init and not self.resumed else []
        self.trainer = recipe.build_trainer(model, self.data, self.accelerator)

    def _check_tests(self) -> None:
        """Raise `UserError` for scores or test images that training would stumble over, before anything is written."""
        config, scored = self.recipe.evaluate, self.recipe.train.evaluate_every
        if scored:
            self._higher = higher_is_better(self.recipe.train.best, self.model, self.tests, config)
        if self.accelerator.is_main_process:
            for domain in self.model.domains if scored else ():
                refuse_damaged(self.tests.held_out(domain, config.images), f"test images of {domain}")
            self._test_images  # noqa: B018  (it is cached: reading them here reports one that cannot be read)

    @property
    def model(self) -> Translator:
        return self.trainer.model

    @cached_property
    def trained_on(self) -> list[str]:
        """The domains whose test images are training images."""
        return [d for d in self.model.domains if trained_on(self.data, self.tests, d)]

    @property
    def notes(self) -> list[str]:
        """Lines that count what was left out of the images; pages are looked for where all headers were read anyway."""
        look = self.recipe.data.cache != "none"
        known = " and ".join(self.trained_on)
        seen = f"samples and scores are of training images ({known}); in a new run, data.test=0.2 sets a share aside"
        kept = description(self.resumed).get("plugins") if self.resumed else None
        code = [f"plugin {path} has changed since the run was last saved" for path in plugins.changed(kept)]
        images = [*self.data.notes(look), *self.tests.notes(look), *self.kept_images.notes]
        notes = [*code, *images, *[seen] * bool(known)]
        return list(dict.fromkeys(notes))

    def train(self) -> int:
        """Train to the end, or until a signal; returns the exit code: 0, or 128 + the signal's number.

        Raises `UserError` when it cannot go on, or when the last checkpoint could not be saved.
        """
        trainer, config, main = self.trainer, self.recipe.train, self.accelerator.is_main_process
        if main:
            self._prepare_folder()
            for domain, range_ in self.data.ranges.items():
                self.console.print(f"{domain}: range {range_}, type {range_.dtype}", markup=False, highlight=False)
            for line in () if self.resumed else self.data.remarks():
                self._warn(line)
        display = (NotebookDisplay if self.console.is_jupyter else Display)(self.console, trainer.step, trainer.steps)
        log_file = self.folder / "log.jsonl"
        lines = [tolerate_full_disk(str(log_file), JsonLines(log_file, trainer.step), self._warn)] if main else []
        log = Log([display.write, *lines, self._tracked(self._report.losses)])
        sample = tolerate_full_disk(str(self.folder / "samples"), self.sample, self._warn)
        damage = self.kept_images.observe(self.folder, self._warn, self.save)
        observers = [
            display.tick,
            every(config.log_every, log, last=True),
            every(config.sample_every, sample, last=True),
            *(monitors(config, self._test_images, [display.warn, *lines], self.tests.paired) if main else []),
            *([every(config.evaluate_every, self._best(display, lines), last=True)] if config.evaluate_every else []),
            every(config.log_every, damage, last=True),
            every(config.save_every, self.save, last=True),
        ]
        if config.trackers:
            start(self.accelerator, self.folder, self.recipe.dump())
        with trainer.interrupt:  # A second signal may come while the last checkpoint is written.
            with display if main else nullcontext():
                log.start(trainer)
                self._fit(observers)
            if trainer.stopped:
                self.save(trainer, {})
        self.accelerator.end_training()
        if self._unsaved:
            raise UserError(self._unsaved)
        return trainer.interrupt.exit_code if trainer.stopped else 0

    def _fit(self, observers: list[Observer]) -> None:
        saved = f"the last checkpoint is {self.folder / 'checkpoints' / 'last'}"
        try:
            self.trainer.fit(
                without_worker_traceback(self.trainer.batches(self.data.stream, self.recipe.data.workers)), observers
            )
        except NotFinite as error:
            hint = "try a new run with a smaller train.optimizer.lr or with train.clip=1.0 (model.init can begin there)"
            raise UserError(f"{error}; {saved}; {hint}") from None
        except UserError:
            if self.accelerator.num_processes == 1:  # Other processes may have met nothing, and would not save.
                self.save(self.trainer, {})
            raise
        except RuntimeError as error:
            if not lost_process(error):
                raise
            hint = "it was killed, perhaps because memory ran out; go on with i2i train --resume"
            raise UserError(f"a process of this training is gone; {hint} {shlex.quote(str(self.folder))}") from None

    def _warn(self, text: str) -> None:
        with suppress(OSError):
            self.console.print(Text("warning: ", style="bold yellow") + Text(text, style="default"), soft_wrap=True)

    def _tracked(self, write: Callable[..., None]) -> Callable[..., None]:
        return tolerate_full_disk("the trackers' files", write, self._warn)

    def _best(self, display: Display, lines: list[JsonLines]) -> BestCheckpoint:
        """Make the observer that scores and keeps the best checkpoint."""

        def values(model: Translator) -> dict[str, float | None]:
            tests, config = self.tests, self.recipe.evaluate
            return evaluate(model, tests, config, self.accelerator, train=self.data).values

        past = read_rows(self.folder / "log.jsonl", self.trainer.step)
        writers = [display.scored, *lines, self._tracked(self._report.scores)]
        best, folder = self.recipe.train.best, self.folder / "checkpoints"
        return BestCheckpoint(best, self._higher, values, self.save, folder, writers, past)

    def save(self, trainer: Trainer, losses: Losses) -> None:
        """Write a checkpoint unless it is there; an observer. A failure is a warning, and the next save tries again."""
        if trainer.step == self._saved:
            return
        self._saved, self._unsaved = trainer.step, ""
        provenance = {"recipe": self.recipe.dump(), "images": self.images, "speed": str(trainer.speed)} | versions()
        try:
            if self.accelerator.is_main_process and not (self.folder / "recipe.json").exists():
                self._warn(f"{self.folder}: was deleted under the training, which makes it anew")
                self.recipe.save(self.folder / "recipe.json")
            checkpoint.save(trainer, self.folder, provenance)
        except (OSError, UserError) as error:
            reason = getattr(error, "strerror", None) or error
            self._unsaved = f"{self.folder}: the checkpoint of step {trainer.step} could not be saved ({reason})"
            self._warn(f"{self._unsaved}; the ones before it are kept")

    def sample(self, trainer: Trainer, losses: Losses) -> None:
        """Write a sample grid and leave the random state as it was; an observer."""
        if self.accelerator.is_main_process:
            devices = [self.accelerator.device] if self.accelerator.device.type == "cuda" else []
            with torch.random.fork_rng(devices), trainer.inference() as model:
                sheet = draw_grid(sample_columns(model, self._test_images, self.trained_on))
            save_picture(sheet, self.folder / "samples" / f"{trainer.step:09d}.png")
            self._tracked(self._report.samples)(sheet, trainer.step)

    @cached_property
    def _test_images(self) -> dict[str, list[Tensor]]:
        return {d: list(self.tests.held_out(d, self.recipe.train.samples)) for d in self.model.domains}

    def _prepare_folder(self) -> None:
        """Write the resolved recipe, and a few test images as files to try `i2i translate` on."""
        for draft in self.folder.rglob(".draft-*"):  # A run that was killed while saving leaves them.
            shutil.rmtree(draft) if draft.is_dir() and not draft.is_symlink() else draft.unlink()
        self.recipe.save(self.folder / "recipe.json")
        self.kept_images.say(self._warn)
        self.kept_images.write(self.folder, self.trainer.step)
        if self.init_report:
            (self.folder / "init.txt").write_text("\n".join(self.init_report) + "\n")
        for domain in self.model.domains:
            images = self.tests.held_out(domain, self.recipe.train.samples)
            for number in range(len(images)):
                image = images.stored(number)
                write(image, self.example_folder(domain) / f"{number:02d}{_ending(image)}")

    def example_folder(self, domain: str) -> Path:
        """The folder in which the run keeps a few test images of a domain."""
        return self.folder / "examples" / domain


def check_batch(recipe: Recipe, processes: int) -> None:
    """Raise `UserError` if the batch cannot be shared evenly by processes and micro-batches."""
    train = recipe.train
    if train.batch % (processes * train.accumulate):
        raise UserError(
            f"recipe.train.batch: {train.batch} images cannot be shared evenly by {processes} processes "
            f"with {train.accumulate} micro-batches each; take a multiple of {processes * train.accumulate}"
        )


def check_trackers(recipe: Recipe) -> None:
    """Raise `UserError` if a tracker is not installed."""
    for tracker in recipe.train.trackers:
        if find_spec(tracker) is None:
            raise UserError(f"recipe.train.trackers: {tracker!r} is not installed; pip install {tracker}")


def _accelerator(recipe: Recipe, folder: Path) -> Accelerator:
    check_trackers(recipe)
    return make_accelerator(log_with=trackers(recipe.train.trackers, folder), project_dir=folder)


def _ending(image: Tensor) -> str:
    return ".png" if len(image) in (1, 3, 4) and holds(".png", image.dtype) else ".npy"
