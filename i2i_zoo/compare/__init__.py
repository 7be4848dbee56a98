"""Recipes compared on the same data with the same budget: planned, trained, scored, drawn and written down."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import UserError
from .collect import collect
from .execute import Stopped, score, train
from .pictures import draw
from .plan import Plan, plan
from .report import write_report
from .result import Comparison, write_comparison

__all__ = ["Plan", "Stopped", "compare", "plan"]


def compare(plan: Plan, say: Callable[[str], None]) -> Comparison:
    """Do what is left of a plan, write `compare.json` and `report.html` into its folder, and return the former.

    Runs and scores that are there already are kept. A part that fails is told through `say` and left out. Raises
    `Stopped` when a signal ended a training, which goes on with the next call, and `UserError` when nothing is left.
    """
    plan.check_tests()
    for part in plan.parts:
        train(part, say)
    reports = {part: score(part, plan.recipe, say) for part in plan.parts if part.finished}
    if not reports:
        raise UserError("no training came to its end, so there is nothing to compare")
    comparison = collect(plan, reports, draw(plan, list(reports)))
    write_comparison(comparison, plan.out)
    write_report(plan.out)
    return comparison
