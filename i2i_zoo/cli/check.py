"""`i2i check`"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..data import ImageData
    from ..data.base import Split
    from ..models import Translator


def check(recipe: str, /, *overrides: str) -> int:
    """Check a recipe and every image of its data, without training.

    Parameters
    ----------
    recipe
        A recipe file, or the name of a packaged one.
    overrides
        Changes to the recipe, key=value.
    """
    import torch

    from ..recipe import load
    from ..run import check_batch, check_trackers
    from ..training.trainer import make_optimizer
    from .console import say, say_left_out

    loaded = load(recipe, overrides)
    check_batch(loaded, processes=1)
    check_trackers(loaded)
    with torch.device("meta"):
        model = loaded.build_model()
    if loaded.init:
        _say_what_fits(model, loaded.init)
    for player in model.players:
        make_optimizer(getattr(model, player), loaded.train.optimizer_for.get(player, loaded.train.optimizer))
    data, tests = loaded.build_data()
    problems = sum(_look_at(data, "train", domain) for domain in model.domains)
    problems += sum(_look_at(tests, "test", domain) for domain in model.domains)
    say_left_out([*data.notes(look=True), *tests.notes(look=True)])
    for player in model.players:
        say(f"{player}: {sum(w.numel() for w in getattr(model, player).parameters()):,} parameters")
    say(f"{problems} problems" if problems else "the recipe and its data are fine")
    return 1 if problems else 0


def _look_at(images: ImageData, split: Split, domain: str) -> int:
    """Read every image of a domain, and return how many of them have a problem, each of which is said."""
    from rich.progress import track

    from ..data.base import Prepared
    from ..errors import UserError
    from .console import complain, console, say

    pile, problems = Prepared(images.pile(split, domain), images.config), 0
    name = f"{'training' if split == 'train' else 'test'} images of {domain}"
    for index in track(range(len(pile)), description=name, console=console):
        try:
            pile.info(index), pile[index]
        except UserError as error:
            complain(str(error))
            problems += 1
    say(f"{len(pile)} {name}")
    return problems


def _say_what_fits(model: Translator, init: str) -> None:
    from rich.markup import escape

    from ..begin import match
    from .console import say

    for line in match(model, init).lines:
        say(f"init: {escape(line)}")
