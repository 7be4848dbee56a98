"""`i2i runs`"""

from __future__ import annotations

from pathlib import Path


def runs(folder: Path = Path("runs"), /) -> int:
    """List the runs in a folder: how far each is, how long it took, its best score, its size, and its state.

    Parameters
    ----------
    folder
        A folder of runs, or of folders of runs.
    """
    from ..errors import FileError
    from ..runs.history import facts, find
    from .console import console
    from .sheet import Sheet

    found = [facts(run) for run in find(folder)]
    if not found:
        what = "holds no run" if folder.is_dir() else "no such folder"
        raise FileError(f"{folder}: {what}; give the folder of your runs, or begin one: i2i train shoes/quickstart")
    narrow = Sheet(str(folder), ["run", "step", "best", "state"])
    sheet = Sheet(str(folder), ["run", "recipe", "step", ">minutes", "best", ">size", "state"], [narrow])
    for run in found:
        name = str(run.folder.relative_to(folder)) if run.folder != folder else run.folder.resolve().name
        size = f"{run.size / 2**20:.1f} MiB"
        far = f"{run.step}/{run.steps or '?'}"
        sheet.add(name, run.recipe, far, f"{run.minutes:.1f}", run.score, size, run.state)
        narrow.add(name, far, run.score, run.state)
    console.print(sheet)
    return 0
