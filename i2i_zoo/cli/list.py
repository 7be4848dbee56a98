"""`i2i list`"""

from __future__ import annotations


def list_() -> None:
    """List what can be named in a recipe: models, networks, data sets, schedules, metrics, and the packaged recipes."""
    from rich.table import Table

    from .. import recipe_files
    from ..registry import REGISTRIES
    from .console import console

    for kind in REGISTRIES:
        table = Table(title=f"{kind.kind}s", title_justify="left", show_header=False, box=None, title_style="bold")
        for name, cls in kind.items():
            table.add_row(f"  [cyan]{name}[/]", " ".join((cls.__doc__ or "").split("\n\n")[0].split()))
        console.print(table)
    table = Table(title="recipes", title_justify="left", show_header=False, box=None, title_style="bold")
    for name, path in recipe_files.packaged().items():
        if not name.endswith("base"):
            table.add_row(f"  [cyan]{name}[/]", recipe_files.headline(path))
    console.print(table)
    console.print("Every knob of any of them: [bold]i2i show NAME[/]")
