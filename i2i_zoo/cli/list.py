"""`i2i list`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table


def list_(*, json: bool = False) -> None:
    """List what has a name: models, networks, data sets, schedules, metrics, packaged recipes and weights.

    Parameters
    ----------
    json
        Print JSON, for programs.
    """
    from .. import zoo
    from ..recipe import files as recipe_files
    from ..registry import REGISTRIES
    from .console import console, print_json

    kinds = {f"{kind.kind}s": {name: _meaning(cls) for name, cls in kind.items()} for kind in REGISTRIES}
    recipes = {name: recipe_files.headline(path) for name, path in recipe_files.trainable().items()}
    if json:
        return print_json(kinds | {"recipes": recipes, "weights": _titles()})
    for title, names in kinds.items():
        table = _table(title)
        for name, meaning in names.items():
            table.add_row(f"  [cyan]{name}[/]", meaning)
        console.print(table)
    table = _table("recipes")
    for name, headline in recipes.items():
        weights = "[green]with weights:[/] " if name in zoo.packaged() else ""
        table.add_row(f"  [cyan]{name}[/]", weights + headline)
    console.print(table)
    if zoo.packaged():
        console.print(_weights())
    console.print("Every knob of any of them: [bold]i2i show NAME[/]")


def _meaning(cls: type) -> str:
    """The first paragraph of a class's docstring, on one line."""
    return " ".join((cls.__doc__ or "").split("\n\n")[0].split())


def _titles() -> dict[str, dict[str, Any]]:
    """The title and the size of each of the packaged weights."""
    from .. import zoo
    from ..zoo.card import read

    return {name: {"title": read(path).title, "bytes": path.stat().st_size} for name, path in zoo.packaged().items()}


def _weights() -> Table:
    """The packaged weights: name, title and size."""
    from rich.markup import escape

    table = _table("weights, for any command that takes a run")
    for name, facts in _titles().items():
        table.add_row(f"  [cyan]{name}[/]", f"{escape(facts['title'])} ({facts['bytes'] / 2**20:.1f} MiB)")
    return table


def _table(title: str) -> Table:
    """Names, whole, and beside each what it is."""
    from rich.table import Column, Table

    columns = Column(no_wrap=True), Column(overflow="fold")
    return Table(*columns, title=title, title_justify="left", show_header=False, box=None, title_style="bold")
