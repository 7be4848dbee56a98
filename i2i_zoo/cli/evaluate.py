"""`i2i evaluate`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from .sheet import Sheet


def evaluate(
    run: Path,
    /,
    *overrides: str,
    recipe: str | None = None,
    weights: Literal["average", "last", "both"] = "average",
    out: Path | None = None,
    json: bool = False,
) -> int:
    """Score a trained model on the test images of its recipe, with the metrics of its [evaluate] table.

    Prints a table, and keeps every number with the protocol as RUN/evaluation/<step>.json.

    Parameters
    ----------
    run
        A run, checkpoint, .safetensors file, packaged name (`i2i list`), or hf://owner/name[@revision][/file].
    overrides
        Changes to the recipe, key=value: evaluate.images=200 'evaluate.metrics=["fid", "kid"]'
    recipe
        Another recipe, whose test images and metrics are taken in place of the run's own.
    weights
        The averaged weights (EMA) where there are any, the last ones, or both.
    out
        The JSON file; left out: in the run, beside an exported file, or here for packaged weights.
    json
        Print the report as JSON too, in place of a table.
    """
    from ..distributed import make_accelerator
    from ..evaluation.config import FEATURES
    from ..runs import score as scores
    from .console import hushed, print_json, progress_bar

    accelerator = make_accelerator()
    quiet = json or not accelerator.is_main_process
    with progress_bar("test images", transient=True, disable=quiet) as tick:
        report = scores.score(run, overrides, recipe, weights, accelerator, tick)
    accelerator.end_training()  # A process that leaves with the group's threads alive may be aborted by them.
    if accelerator.is_main_process:
        scores.write(report, path := out or scores.report_file(run))
        with hushed(json):
            _show(report, path)
        if json:
            print_json(report)
    return 1 if report["missing"].keys() - FEATURES else 0


def _show(report: dict[str, Any], path: Path) -> None:
    """Print a report that is kept at `path`."""
    from .console import console, say, say_left_out

    console.print(table(report))
    complain_of_missing(report["missing"])
    say_left_out(report["notes"])
    say(f"every number, and how it was got: {path}")


def complain_of_missing(missing: dict[str, str]) -> None:
    """A sentence for each reason, as two metrics may want the same file: an error for what was asked for by name."""
    import warnings

    from ..errors import Notice
    from ..evaluation.config import FEATURES
    from .console import complain

    for sentence in dict.fromkeys(reason for name, reason in missing.items() if name not in FEATURES):
        complain(sentence)
    for sentence in dict.fromkeys(reason for name, reason in missing.items() if name in FEATURES):
        warnings.warn(Notice(sentence), stacklevel=2)


def table(report: dict[str, Any]) -> Sheet:
    """A sheet of a report: scores in rows; for each direction a column for each kind of weights, and two for what
    scores are read against: the inputs, copied, and real images. Where that is too wide, a sheet for each direction."""
    from ..score_key import ScoreKey
    from .sheet import Sheet

    kinds = list(report["values"])
    read = report["values"] | {"copied": report["floor"], "real": report["ceiling"]}
    step = f" at step {report['step']}" if report["step"] is not None else ""
    seen = report["protocol"].get("trained_on", ())
    counts = report["protocol"]["images"].items()
    images = " and ".join(f"{count} {domain}{' (training images)' * (domain in seen)}" for domain, count in counts)

    def sheet(title: str, domains: list[str], narrower: list[Sheet]) -> Sheet:
        columns = [(to, kind) for to in domains for kind in (*kinds, "copied", "real")]
        columns = [(to, kind) for to, kind in columns if any(ScoreKey.parse(key).to == to for key in read[kind])]
        names = [f">to {to}" + (f"\n{kind}" if len(kinds) > 1 or kind not in kinds else "") for to, kind in columns]
        shown = Sheet(title, ["score", "", "better", *names], narrower)
        for name, meaning in report["scores"].items():
            values = [read[kind].get(str(ScoreKey(to, name)), "") for to, kind in columns]
            shown.add(meaning["title"], meaning["unit"] or "", meaning["better"] or "", *map(_text, values))
        return shown

    scored = {ScoreKey.parse(key).to for kind in kinds for key in read[kind]}
    domains = [domain for domain in reversed(report["domains"]) if domain in scored]
    title = f"{report['model']}{step}, {images}"
    return sheet(title, domains, [sheet(f"{title}, to {to}", [to], []) for to in domains])


def _text(value: float | str | None) -> str:
    """Four digits; a dash for what could not be computed, nothing for what does not apply."""
    if value is None:
        return "–"
    return value if isinstance(value, str) else f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
