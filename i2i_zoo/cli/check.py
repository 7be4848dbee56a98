"""`i2i check`"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..data import ImageData
    from ..data.base import Split
    from ..models import Translator


def check(recipe: str, /, *overrides: str, json: bool = False) -> int:
    """Check a recipe and every image of its data, without training.

    Parameters
    ----------
    recipe
        A recipe file, or the name of a packaged one.
    overrides
        Changes to the recipe, key=value.
    json
        Print JSON, for programs.
    """
    from .console import hushed, print_json

    with hushed(json):
        found = _check(recipe, overrides)
    if json:
        print_json(found)
    return 0 if found["fine"] else 1


def _check(recipe: str, overrides: Sequence[str]) -> dict[str, Any]:
    """Say what is found, and return it: parameters by player, images by split and domain, notes and remarks."""
    import warnings

    import torch

    from ..errors import Notice, counted
    from ..recipe.recipe import load
    from ..runs.run import check_batch, check_trackers
    from ..training.optimizers import make_optimizer
    from .console import say, say_left_out

    loaded = load(recipe, overrides)
    check_batch(loaded, processes=1)
    check_trackers(loaded)
    with torch.device("meta"):
        model = loaded.build_model()
    if loaded.init:
        _say_what_fits(model, loaded.init)
    for player in model.players:
        make_optimizer(model.player(player), loaded.train.optimizer_for.get(player, loaded.train.optimizer))
    data, tests = loaded.build_data(Path(recipe) if Path(recipe).is_dir() else None)
    tests.ranges = data.ranges
    images = [_look_at(data, "train", domain) for domain in model.domains]
    images += [_look_at(tests, "test", domain) for domain in model.domains]
    notes = list(dict.fromkeys([*data.notes(look=True), *tests.notes(look=True)]))
    say_left_out(notes)
    parameters = {player: model.parameter_count(player) for player in model.players}
    for player, count in parameters.items():
        say(f"{player}: {count:,} parameters")
    problems = sum(len(found["problems"]) for found in images)
    remarks = [] if problems else list(data.remarks())
    for line in remarks:
        warnings.warn(Notice(line), stacklevel=2)
    say(counted(problems, "problem") if problems else "the recipe and its data are fine")
    found = {"parameters": parameters, "images": images, "notes": notes, "remarks": remarks}
    return {"fine": not problems} | found


def _look_at(images: ImageData, split: Split, domain: str) -> dict[str, Any]:
    """Read every image of a domain, say what is wrong with each and which values they have; return the same."""
    from contextlib import suppress

    from rich.progress import track

    from ..data.values import measure
    from ..errors import UserError, counted
    from .console import complain, console, say

    kind = "training" if split == "train" else "test"
    label, pile, problems, values = f"{kind} images of {domain}", images.prepared(split, domain), [], ""
    for index in track(range(len(pile)), description=label, console=console):
        try:
            pile.info(index), pile[index]
        except UserError as error:
            complain(str(error))
            problems.append(str(error))
    with suppress(UserError):  # It has been said.
        values = f"{measure(pile.source)}; range {pile.range}"
    say(counted(len(pile), f"{kind} image of {domain}", label) + (f": {values}" if values else ""))
    return {"split": split, "domain": domain, "count": len(pile), "values": values, "problems": problems}


def _say_what_fits(model: Translator, init: str) -> None:
    from rich.markup import escape

    from ..runs.initial_weights import compare_weights
    from .console import say

    for line in compare_weights(model, init).lines:
        say(f"init: {escape(line)}")
