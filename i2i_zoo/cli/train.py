"""`i2i train`"""

from __future__ import annotations

import shlex
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..recipe.recipe import Recipe
    from ..runs.run import Run
    from .begin import Words


def train(
    recipe: str | None = None,
    /,
    *overrides: str,
    out: Path | None = None,
    resume: Path | None = None,
    resume_or_start: bool = False,
    changed_images: bool = False,
) -> int:
    """Train a model as a recipe says.

    Ctrl-C, SIGTERM, a closed terminal and a batch system's warning (SIGUSR1) end it with a checkpoint.

    Parameters
    ----------
    recipe
        A recipe file, or the name of a packaged one (see `i2i list`).
    overrides
        Changes to the recipe, key=value: train.steps=1000 model.cycle=5.0
    out
        Folder of the run; left out: runs/<recipe>-<time>.
    resume
        A run (or one of its checkpoints) to continue; the recipe is then the run's own.
    resume_or_start
        Continue the run in OUT if there is one of this recipe, else begin it: one command for jobs that are requeued.
    changed_images
        For a run that goes on: take the training images as they are now, those added, removed and mended since.
    """
    from .begin import Words

    if recipe and "=" in recipe:  # The user wrote --resume RUN key=value.
        recipe, overrides = None, (recipe, *overrides)
    words = Words(recipe, overrides, out, resume, resume_or_start, changed_images)
    words.check()
    return _train(words)


def _train(words: Words) -> int:
    from accelerate.utils import broadcast_object_list

    from ..recipe.recipe import load
    from ..runs.record import recorded
    from .begin import checkpoint_of, hold_folder, run_of
    from .console import say, say_left_out

    loaded = load(run_of(words.resume) if words.resume else str(words.recipe), words.overrides)
    with hold_folder(words) as folder:
        run = _build(words, loaded, folder, checkpoint_of(words, folder))
        [run.folder] = broadcast_object_list([folder])  # The first process's clock counts.
        if main := run.accelerator.is_main_process:
            say(_summary(run))
            say_left_out(run.notes)
        with recorded(run, *_source(words, folder)) if main else nullcontext():
            code = run.train()
        if main:
            say(_farewell(run))
    return code


def _source(words: Words, folder: Path) -> tuple[str, Path]:
    """The name and the file of the recipe; a resumed run keeps the name with which it was begun."""
    from ..recipe.files import find
    from ..runs.record import read

    if words.recipe:
        return words.recipe, find(words.recipe)
    return next((entry["recipe"] for entry in read(folder) if entry.get("recipe")), ""), folder / "recipe.json"


def _build(words: Words, recipe: Recipe, folder: Path, checkpoint: Path | None) -> Run:
    """The run; a change that cannot be made when it is resumed is refused with the command that makes it."""
    from ..errors import UserError
    from ..runs.initial_weights import compare_weights
    from ..runs.resume import AnotherRun
    from ..runs.run import Run
    from .begin import command, free
    from .console import console

    try:
        return Run(recipe, folder, console, checkpoint, words.changed_images)
    except AnotherRun as error:
        begin = words.recipe or folder, words.overrides, free(folder)
        try:
            compare_weights(recipe.build_model(), str(folder))
        except UserError:  # Its networks are others.
            raise UserError(f"{error}; a new run can: {command(*begin)}") from None
        hint = f"a new run can, and begin with its weights: {command(*begin, folder)}"
        raise UserError(f"{error}; {hint}") from None


def _summary(run: Run) -> str:
    """Describe what is about to be trained, on what and where."""
    from rich.markup import escape

    from ..errors import counted
    from ..plugins import loaded

    trainer, train, model = run.trainer, run.recipe.train, run.model
    counts = " and ".join(f"{count} {domain}" for domain, count in run.images.items())
    height, width = run.recipe.data.crop_size
    sizes = ", ".join(f"{p} {model.parameter_count(p):,}" for p in model.players)
    notice = f"[bold]speed[/] {trainer.speed.notice}\n" if trainer.speed.notice else ""
    notice += f"[bold]schedule[/] {escape(run.rate_note)}\n" if run.rate_note else ""
    for plugin in loaded():
        notice += f"[bold]plugin[/] {escape(plugin['name'])}: {escape(plugin['path'])}\n"
    begin = f", resumed at step {trainer.step}" if run.resumed else ""
    return (
        f"[bold]{model.name}[/] with {sizes} parameters\n"
        f"[bold]data[/] {escape(counts)} at {height} x {width} pixels\n"
        f"[bold]training[/] {counted(trainer.steps, 'step')} of {counted(train.batch, 'image')}, {trainer.speed}, "
        f"on {run.accelerator.device.type} x {run.accelerator.num_processes}{begin}\n{notice}"
        f"[bold]run[/] {escape(str(run.folder))}"
        + "".join(f"\n[bold]init[/] {escape(line)}" for line in run.init_report)
    )


def _farewell(run: Run) -> str:
    """Say what to do next: the command that uses the model, or the one that goes on."""
    from rich.markup import escape

    from ..errors import counted

    trainer, folder, (source, to) = run.trainer, shlex.quote(str(run.folder)), run.model.directions[0]
    if trainer.stopped:
        return escape(f"stopped after step {trainer.step}; go on with\n  i2i train --resume {folder}")
    total = trainer.skipped.total
    skipped = counted(total, "step was", "steps were")
    skipped = f"{skipped} skipped: a loss or gradient was not finite\n" if total else ""
    examples = shlex.quote(str(run.example_folder(source)))
    best = run.folder / "checkpoints" / "best"
    by = run.recipe.train.best + (f" of training images ({' and '.join(run.trained_on)})" if run.trained_on else "")
    chosen = f"the best by {by}: {best}, step {int(best.resolve().name)}\n" if best.exists() else ""
    damaged = run.kept_images.damaged
    left_out = counted(damaged, "damaged image was", "damaged images were")
    left_out = f"{left_out} left out; {run.folder}/images.json names them\n" if damaged else ""
    return escape(
        f"done; look at {run.folder}/samples/{trainer.step:09d}.png\n{chosen}{skipped}{left_out}"
        "and translate images of your own, or first these:\n"
        f"  i2i translate {folder} {examples} --to {shlex.quote(to)} --out translated"
    )
