"""`i2i list`"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


def list_() -> None:
    """List what has a name: models, networks, data sets, schedules, metrics, packaged recipes and weights."""
    from .. import zoo
    from ..recipe import files as recipe_files
    from ..registry import REGISTRIES
    from .console import console

    for kind in REGISTRIES:
        table = _table(f"{kind.kind}s")
        for name, cls in kind.items():
            table.add_row(f"  [cyan]{name}[/]", " ".join((cls.__doc__ or "").split("\n\n")[0].split()))
        console.print(table)
    table = _table("recipes")
    for name, path in recipe_files.trainable().items():
        weights = "[green]with weights:[/] " if name in zoo.packaged() else ""
        table.add_row(f"  [cyan]{name}[/]", weights + recipe_files.headline(path))
    console.print(table)
    if zoo.packaged():
        console.print(_weights())
    console.print("Every knob of any of them: [bold]i2i show NAME[/]")


def _weights() -> Table:
    """The packaged weights: name, title and size."""
    from rich.markup import escape

    from .. import zoo
    from ..zoo.card import read

    table = _table("weights, for any command that takes a run")
    for name, path in zoo.packaged().items():
        table.add_row(f"  [cyan]{name}[/]", f"{escape(read(path).title)} ({path.stat().st_size / 2**20:.1f} MiB)")
    return table


def _table(title: str) -> Table:
    """Names, whole, and beside each what it is."""
    from rich.table import Column, Table

    columns = Column(no_wrap=True), Column(overflow="fold")
    return Table(*columns, title=title, title_justify="left", show_header=False, box=None, title_style="bold")
