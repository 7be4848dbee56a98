"""The beginning of a training: in a new folder, or a run that it goes on with."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import count
from pathlib import Path
from typing import NamedTuple


class Words(NamedTuple):
    """The choices of the command line of `i2i train`."""

    recipe: str | None
    overrides: Sequence[str]
    out: Path | None
    resume: Path | None
    resume_or_start: bool
    changed_images: bool

    def check(self) -> None:
        """Raise `UserError`, with the command that was meant, for words that do not go together."""
        from ..errors import UserError

        if self.resume and (self.recipe or self.out):
            new = command(self.recipe or self.resume, self.overrides, self.out or free(self.resume), self.resume)
            raise UserError(
                "--resume continues a run in its own folder with its own recipe; leave out RECIPE and --out, "
                f"or begin a new run with its weights: {new}"
            )
        if self.resume_or_start and (self.resume or not (self.recipe and self.out)):
            raise UserError(
                "--resume-or-start needs a recipe and a folder, no --resume; for example: "
                "i2i train shoes/quickstart --out runs/shoes --resume-or-start"
            )
        if self.changed_images and not (self.resume or self.resume_or_start):
            raise UserError("--changed-images is for a run that goes on; leave it out, or name the run with --resume")
        if not self.resume and not self.recipe:
            raise UserError("which recipe? for example: i2i train shoes/quickstart (i2i list shows them all)")


@contextmanager
def hold_folder(words: Words) -> Iterator[Path]:
    """The folder of the run, kept from other trainings by the first process."""
    from ..runs.folder import hold_new
    from ..runs.lock import hold

    if folder := run_of(words.resume) if words.resume else words.out:
        with hold(folder) if _is_first() else nullcontext():
            yield folder
    else:
        with hold_new(str(words.recipe), _is_first()) as folder:
            yield folder


def checkpoint_of(words: Words, folder: Path) -> Path | None:
    """The checkpoint to go on from; None: the run is new. Raises `UserError` for a folder that holds something else."""
    from ..runs.folder import check_new, resumed_or_new
    from ..weights.model import find_checkpoint

    if words.resume:
        return find_checkpoint(words.resume, everything=True)
    if words.resume_or_start:
        return resumed_or_new(folder)
    check_new(folder)
    return None


def command(recipe: str | Path, overrides: Sequence[str], out: Path, init: Path | None = None) -> str:
    """The command that begins a new run, with the weights at `init` if they are given."""
    changes = [word for word in overrides if not (init and word.startswith("model.init="))]
    words = [str(recipe), *changes, *([f"model.init={init}"] if init else []), "--out", str(out)]
    return f"i2i train {shlex.join(words)}"


def free(folder: Path) -> Path:
    """A folder beside `folder` that is not there yet: `runs/m-2`."""
    folder = folder.resolve()
    return next(path for n in count(2) if not (path := folder.with_name(f"{folder.name}-{n}")).exists())


def run_of(path: Path) -> Path:
    """The folder of the run at `path`, which may be one of its checkpoints; raises `UserError`."""
    from ..errors import UserError
    from ..weights.model import find_checkpoint

    for folder in (path.resolve(), *path.resolve().parents[1:2]):
        if (folder / "recipe.json").is_file():
            return folder
    find_checkpoint(path)  # It raises what is wrong, if it is not only the recipe.
    raise UserError(f"{path}: is not (in) the folder of a run, there is no recipe.json; give a run")


def _is_first() -> bool:
    """Tell whether this is the first of the processes that train together, before they have found each other."""
    from accelerate.utils import get_int_from_env

    return get_int_from_env(["RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK", "MV2_COMM_WORLD_RANK"], 0) == 0
