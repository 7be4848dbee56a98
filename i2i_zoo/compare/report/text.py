"""Numbers and names as the report shows them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

from ...errors import plural
from ..result import Budget

MINUS, NARROW = "\N{MINUS SIGN}", "\N{NARROW NO-BREAK SPACE}"


def number(value: float, digits: int) -> str:
    """A fixed number of decimals, thousands apart, with a true minus."""
    return f"{value:,.{digits}f}".replace(",", NARROW).replace("-", MINUS)


def short(value: float) -> str:
    """Three significant digits, for the ticks of an axis."""
    plain = f"{value:.3g}"
    return (f"{value:.0f}" if "e+" in plain and abs(value) < 1e6 else plain).replace("-", MINUS)


def duration(seconds: float) -> str:
    """`8 min 32 s`."""
    whole = round(seconds)
    parts = [(whole // 3600, "h"), (whole // 60 % 60, "min"), (whole % 60, "s")]
    shown = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(shown[:2]) or f"{seconds:.1f} s"


def budget(given: Budget) -> str:
    """Say in words what a run was given."""
    if given.most_steps is not None:
        return f"{number(given.steps or 0, 0)} to {number(given.most_steps, 0)} steps (not the same number)"
    if given.steps is not None:
        return f"{number(given.steps, 0)} {plural(given.steps, 'step')}"
    return duration(given.seconds) if given.seconds is not None else "an unknown budget"


def words(name: str) -> str:
    """Arrows as arrows."""
    return name.replace("->", "\N{RIGHTWARDS ARROW}")


def breakable(name: str) -> Markup:
    """A name or dotted path that may wrap behind its separators."""
    name = escape(name)
    for mark in "/._":
        name = Markup(name.replace(mark, Markup(mark + "<wbr>")))
    return name


def date(created: str) -> str:
    """An ISO 8601 date in words; anything else as it is."""
    try:
        when = datetime.fromisoformat(created)
    except ValueError:
        return created
    return f"{when.day} {when:%B %Y}, {when:%H:%M}"


def pretty(data: Any) -> str:
    """JSON to be read by people."""
    return json.dumps(data, indent=2, ensure_ascii=False)
