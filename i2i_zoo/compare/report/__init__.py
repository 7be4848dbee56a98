"""The report of a comparison: one page that needs nothing but itself."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ...errors import UserError, counted
from ...files import draft_file
from ..result import Comparison, read_comparison
from . import text
from .curves import panels
from .embed import embed
from .sheets import sheets
from .tables import differences, flat, scores, seed_scores

FILE = "report.html"


def write_report(folder: Path) -> Path:
    """Make `folder/report.html` from `folder/compare.json` and the pictures it names; returns its path.

    The page holds its pictures, style and script, and forbids itself everything else (Content-Security-Policy), so
    that it can be sent around and a name in it can do no harm. It appears whole or not at all.

    Raises `UserError` for a comparison or a picture that is missing, damaged, or outside of `folder`.
    """
    page = render(read_comparison(folder), folder)
    path = folder / FILE
    try:
        with draft_file(path) as draft:
            draft.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error
    return path


def render(comparison: Comparison, folder: Path) -> str:
    """The text of the page; `folder` is where the pictures are."""
    environment = _environment()
    style, script = (_source(environment, name) for name in ("style.css", "script.js"))
    return environment.get_template("page.html").render(
        comparison=comparison,
        groups=scores(comparison),
        seed_groups=seed_scores(comparison),
        sheets=sheets(comparison, lambda path: embed(folder, path)),
        panels=panels(comparison.entries),
        differences=differences(comparison.entries),
        protocol=flat({"budget": comparison.budget.model_dump(exclude_none=True), "data": comparison.data}),
        style=style,
        script=script,
        policy=f"default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
        f"style-src {_digest(style)}; script-src {_digest(script)}",
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__name__, "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"breakable": text.breakable, "date": text.date, "json": text.pretty}
    environment.globals |= {"budget": text.budget, "count": counted}
    return environment


def _source(environment: Environment, name: str) -> Markup:
    """A file of the page as it is, safe to stand in the page: it is ours."""
    return Markup(environment.loader.get_source(environment, name)[0])


def _digest(source: str) -> str:
    """A source expression of Content-Security-Policy that allows this text and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
