"""The learning rate of a run that goes on as a longer or shorter one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from ..errors import UserError
from ..recipe.recipe import Recipe
from ..training.config import TrainConfig


def settle_schedule(recipe: Recipe, images: Mapping[str, int], checkpoint: Path | None) -> tuple[Recipe, str]:
    """Put numbers for `train.schedule_from` into `recipe`, for a run on `images` that goes on from `checkpoint`.

    Also a line on the learning rate before and after, where it is another than it would have been; else "". "here"
    counts where the run's length changes; a run that is merely resumed keeps what was settled before.
    """
    train = recipe.train
    if not checkpoint:
        return (_from(recipe, None), "") if train.schedule_from == "here" else (recipe, "")
    saved = json.loads((checkpoint / "model.json").read_text(encoding="utf-8"))["provenance"]
    try:
        before = Recipe.parse(saved["recipe"]).train
    except (UserError, KeyError):  # Nothing is known of the schedule of another version.
        return recipe, ""
    step, old = saved["step"], before.total_steps(max(saved.get("images", images).values()))
    new = train.total_steps(max(images.values()))
    last = before.factor(max(step - 1, 0), old)
    if train.schedule_from == "here":
        recipe = _from(recipe, before.schedule_from if old == new else (step, last))
    planned, now = before.factor(step, old), recipe.train.factor(step, new)
    return recipe, "" if old == new or now == planned else _line(recipe.train, (old, new), step, (last, now))


def _from(recipe: Recipe, begin: tuple[int, float] | str | None) -> Recipe:
    return recipe.model_copy(update={"train": recipe.train.model_copy(update={"schedule_from": begin})})


def _line(train: TrainConfig, lengths: tuple[int, int], step: int, factors: tuple[float, float]) -> str:
    before, after = (f"{train.optimizer.lr * factor:.3g}" for factor in factors)
    rates = (
        f"the learning rate goes from {before} to {after}" if before != after else f"the learning rate stays {before}"
    )
    hint = "" if before == after else "; train.schedule_from=here goes on without a jump"
    return f"{lengths[1]} steps in place of {lengths[0]}: {rates} at step {step}{hint}"
