"""`i2i train`"""

from __future__ import annotations

import shlex
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..recipe import Recipe
    from ..run import Run


def train(
    recipe: str | None = None,
    *overrides: str,
    out: Path | None = None,
    resume: Path | None = None,
    changed_images: bool = False,
) -> int:
    """Train a model as a recipe says.

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
    changed_images
        With --resume: take the training images as they are now, those added, removed and mended since.
    """
    from accelerate.utils import broadcast_object_list

    from ..recipe import load
    from ..training.lock import hold
    from .console import say, say_left_out

    if recipe and "=" in recipe:  # --resume RUN key=value
        recipe, overrides = None, (recipe, *overrides)
    _check_words(recipe, out, resume, changed_images)
    folder = _run_of(resume) if resume else out or _new_folder(recipe)
    loaded = load(folder if resume else recipe, overrides)
    with hold(folder) if _is_first() else nullcontext():
        if not resume:
            _check_new(folder)
        run = _start(loaded, folder, resume, changed_images)
        [run.folder] = broadcast_object_list([folder])  # the first process's clock counts
        if run.accelerator.is_main_process:
            say(_summary(run))
            say_left_out(run.notes)
        code = run.train()
        if run.accelerator.is_main_process:
            say(_farewell(run))
    return code


def _start(recipe: Recipe, folder: Path, resume: Path | None, changed_images: bool) -> Run:
    from ..run import Run
    from ..training.weights import find_checkpoint
    from .console import console

    checkpoint = find_checkpoint(resume, everything=True) if resume else None
    return Run(recipe, folder, console, checkpoint, changed_images)


def _check_words(recipe: str | None, out: Path | None, resume: Path | None, changed_images: bool) -> None:
    """Raise `UserError` for words that do not go together."""
    from ..errors import UserError

    if resume and (recipe or out):
        raise UserError("--resume continues a run in its own folder with its own recipe; leave out RECIPE and --out")
    if not resume and not recipe:
        raise UserError("which recipe? for example: i2i train shoes/quickstart (i2i list shows them all)")
    if changed_images and not resume:
        raise UserError("--changed-images is for a run that goes on; leave it out, or name the run with --resume")


def _is_first() -> bool:
    """Of the processes that train together, before they have found each other: the variables that Accelerate asks."""
    from accelerate.utils import get_int_from_env

    return get_int_from_env(["RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK", "MV2_COMM_WORLD_RANK"], 0) == 0


def _check_new(folder: Path) -> None:
    from ..errors import UserError
    from ..training.lock import HOLDER
    from ..training.weights import checkpoints

    if folder.exists() and (not folder.is_dir() or any(f.name != HOLDER for f in folder.iterdir())):
        hint = f", or continue it with --resume {folder}" if checkpoints(folder) else ""
        raise UserError(f"{folder}: exists already; choose another --out{hint}")


def _run_of(path: Path) -> Path:
    """The folder of the run at `path`, which may be one of its checkpoints."""
    from ..errors import UserError
    from ..training.weights import find_checkpoint

    for folder in (path.resolve(), *path.resolve().parents[1:2]):
        if (folder / "recipe.json").is_file():
            return folder
    find_checkpoint(path)  # says what is wrong, if it is not only the recipe
    raise UserError(f"{path}: is not (in) the folder of a run, there is no recipe.json")


def _new_folder(recipe: str) -> Path:
    path = Path(recipe)
    packaged = "-".join(path.parts) if not path.exists() else ""
    name = packaged or (path.stem if path.suffix in (".toml", ".json") else path.resolve().name)
    return Path("runs") / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"


def _summary(run: Run) -> str:
    """What is about to be trained, on what and where."""
    from rich.markup import escape

    trainer, train, model = run.trainer, run.recipe.train, run.model
    counts = " and ".join(f"{count} {domain}" for domain, count in run.images.items())
    height, width = run.recipe.data.crop_size
    sizes = ", ".join(f"{p} {sum(w.numel() for w in getattr(model, p).parameters()):,}" for p in model.players)
    notice = f"[bold]speed[/] {trainer.speed.notice}\n" if trainer.speed.notice else ""
    begin = f", resumed at step {trainer.step}" if run.resumed else ""
    return (
        f"[bold]{model.name}[/] with {sizes} parameters\n"
        f"[bold]data[/] {escape(counts)} at {height} x {width} pixels\n"
        f"[bold]training[/] {trainer.steps} steps of {train.batch} images, {trainer.speed}, "
        f"on {run.accelerator.device.type} x {run.accelerator.num_processes}{begin}\n{notice}"
        f"[bold]run[/] {escape(str(run.folder))}" + "".join(f"\n[bold]init[/] {escape(line)}" for line in run.begun)
    )


def _farewell(run: Run) -> str:
    """What to do next: the command that uses the model, or the one that goes on."""
    from rich.markup import escape

    trainer, folder, (source, to) = run.trainer, shlex.quote(str(run.folder)), run.model.domains
    if trainer.stopped:
        return escape(f"stopped after step {trainer.step}; go on with\n  i2i train --resume {folder}")
    total = trainer.skips.total
    skipped = f"{total} steps met a loss or gradient that was not finite, and were skipped\n" if total else ""
    examples = shlex.quote(str(run.example_folder(source)))
    best = run.folder / "checkpoints" / "best"
    by = run.recipe.train.best + (f" of training images ({' and '.join(run.trained_on)})" if run.trained_on else "")
    chosen = f"the best by {by}: {best}, step {int(best.resolve().name)}\n" if best.exists() else ""
    damaged = run.kept_images.damaged
    left_out = f"{damaged} damaged images were left out; {run.folder}/images.json names them\n" if damaged else ""
    return escape(
        f"done; look at {run.folder}/samples/{trainer.step:09d}.png\n{chosen}{skipped}{left_out}"
        "and translate images of your own, or first these:\n"
        f"  i2i translate {folder} {examples} --to {shlex.quote(to)} --out translated"
    )
