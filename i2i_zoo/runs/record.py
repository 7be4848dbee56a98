"""The record of a run: `record.json` in its folder, with an entry for each time that it was begun or resumed."""

from __future__ import annotations

import json
import os
import platform
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from .. import __version__
from ..errors import one_line
from ..files import draft_file

if TYPE_CHECKING:
    from .run import Run

FILE = "record.json"


def read(run: Path) -> list[dict[str, Any]]:
    """The entries of a run, oldest first; none where there is no record, or no readable one."""
    try:
        entries = json.loads((run / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


@contextmanager
def recorded(run: Run, recipe: str, file: Path, command: str | None = None) -> Iterator[None]:
    """Keep an entry on what is trained inside the `with`: the command, what computes, and how it ended.

    `recipe` is its name, `file` the file; `command` None: that of the command line. A record that cannot be written is
    done without.
    """
    entries = read(run.folder)
    entries.append(_begin(run, recipe, file, command or shlex.join(["i2i", *sys.argv[1:]])))
    _write(run.folder, entries)
    try:
        yield
    except BaseException as error:
        _end(run, entries, "failed", one_line(error))
        raise
    _end(run, entries, "stopped" if run.trainer.stopped else "finished")


def _begin(run: Run, recipe: str, file: Path, command: str) -> dict[str, Any]:
    return {
        "started": _now(),
        "command": command,
        "recipe": recipe,
        "step": run.trainer.step,
        "steps": run.trainer.steps,
        "versions": versions(),
        "machine": machine() | {"processes": run.accelerator.num_processes},
        "git": git(file.resolve().parent),
    }


def _end(run: Run, entries: list[dict[str, Any]], outcome: str, reason: str = "") -> None:
    entries[-1] |= {"ended": _now(), "outcome": outcome, "last_step": run.trainer.step}
    entries[-1] |= {"reason": reason} if reason else {}
    _write(run.folder, entries)


def _write(folder: Path, entries: list[dict[str, Any]]) -> None:
    with suppress(OSError), draft_file(folder / FILE) as draft:
        draft.write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")


def versions() -> dict[str, str]:
    """The versions of what computes."""
    return {"i2i_zoo": __version__, "torch": torch.__version__, "python": platform.python_version()}


def machine() -> dict[str, Any]:
    """The names of processor and accelerator, and the cores that this process may use."""
    known = {"cpu": _processor(), "cores": len(os.sched_getaffinity(0))}
    return known | ({"gpu": torch.cuda.get_device_name()} if torch.cuda.is_available() else {})


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def git(folder: Path) -> dict[str, Any] | None:
    """The commit of the repository around `folder`, and whether files that it tracks were changed; None outside one."""
    commit = _git(folder, "rev-parse", "HEAD")
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no") if commit else None
    return {"commit": commit, "dirty": bool(changed)} if commit and changed is not None else None


def _git(folder: Path, *words: str) -> str | None:
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if not done.returncode else None


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")
