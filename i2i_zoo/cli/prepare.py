"""`i2i prepare`"""

from __future__ import annotations

from pathlib import Path
from typing import Literal


def prepare(name: Literal["emoji"], packages: Path, /, *, out: Path = Path("datasets/emoji"), size: int = 128) -> None:
    """Make a data set from what others publish.

    emoji: 1,570 emoji in the styles line, flat, color and 3d, from the node_modules that `npm install` makes of the
    packages with Microsoft's Fluent Emoji; the message about a missing one is the command that installs all.

    Parameters
    ----------
    name
        The data set.
    packages
        The node_modules with the packages.
    out
        The new folder for the data set.
    size
        Height and width of the images in pixels, 16 to 256.
    """
    from rich.progress import Progress

    from ..data.emoji import prepare as prepare_set
    from ..errors import pasted
    from .console import console, say

    with Progress(console=console) as bar:
        task = bar.add_task(f"drawing {name}", total=None)
        prepare_set(packages, out, size, lambda done, total: bar.update(task, completed=done, total=total))
    say(f"{name} is in {out}; train on it with")
    say(f"  i2i train {name}/cyclegan {pasted('data.root', str(out))}")
