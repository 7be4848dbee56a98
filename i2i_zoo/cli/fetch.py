"""`i2i fetch`"""

from __future__ import annotations

from pathlib import Path


def fetch(name: str, /, *, out: Path = Path("datasets"), source: str | None = None, sha256: str | None = None) -> None:
    """Download a published CycleGAN data set and unpack it; an interrupted download goes on where it stopped.

    Names: apple2orange, horse2zebra, summer2winter_yosemite, monet2photo, cezanne2photo, ukiyoe2photo, vangogh2photo,
    maps, facades, iphone2dslr_flower, ae_photos.

    Parameters
    ----------
    name
        The data set; with --source any name for the folder.
    out
        The folder that will hold the data set's own.
    source
        In place of the official address: an archive's address, a mirror's that NAME.zip is appended to, or a local
        zip or tar file.
    sha256
        The checksum that the archive must have. Without it the one found is recorded in .source.json.
    """
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    from ..errors import pasted
    from ..hub.datasets import fetch as fetch_set
    from .console import console, say

    columns = BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn()
    with Progress("{task.description}", *columns, console=console) as bar:
        task = bar.add_task(name, total=None)
        folder = fetch_set(name, out, source, sha256, lambda done, total: bar.update(task, completed=done, total=total))
    say(f"{name} is in {folder}; train on it with")
    say(f"  i2i train {_example(name)} {pasted('data.root', str(folder))}")


def _example(name: str) -> str:
    """The recipe made for the data set, or else one for any pair of folders with the names of the domains."""
    from ..recipe.files import packaged

    if (own := f"{name}/cyclegan") in packaged():
        return own
    domains = name.split("2") if name.count("2") == 1 else ["a", "b"]
    return f"""unpaired/cyclegan 'data.domains=["{domains[0]}", "{domains[1]}"]'"""
