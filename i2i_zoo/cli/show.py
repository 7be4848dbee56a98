"""`i2i show`"""

from __future__ import annotations


def show(name: str, /, *overrides: str) -> None:
    """Show every knob of a recipe, model, network, data set or metric: its value, type and meaning.

    For a recipe with packaged weights, their card follows: how they were trained and what they reach.

    Parameters
    ----------
    name
        A recipe (file or packaged name), or a name that `i2i list` shows.
    overrides
        Changes to the recipe, key=value.
    """
    from rich.markup import escape
    from rich.table import Column, Table

    from .. import recipe, zoo
    from ..errors import UserError
    from ..registry import REGISTRIES
    from .card import sections
    from .console import console
    from .knobs import knobs

    found = {kind.kind: kind[name].Config for kind in REGISTRIES if name in kind}
    if found and overrides:
        raise UserError(f"{name!r} is no recipe, so there is nothing to override")
    columns = (Column("knob", no_wrap=True), "value", "type", "meaning")  # knobs are copied: they must be whole
    for kind, config in (found or {"recipe": recipe.load(name, overrides)}).items():
        title = escape(name) if len(found) < 2 else f"{escape(name)} ({kind})"  # `paired` is data and a metric
        table = Table(*columns, title=title, title_justify="left", row_styles=["", "dim"])
        for knob in knobs(config):
            table.add_row(knob.path, escape(knob.value), escape(knob.kind), escape(knob.meaning))
        console.print(table)
    if name in zoo.packaged() and not overrides:
        console.print(*sections(name), sep="\n")
