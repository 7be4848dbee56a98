"""A comparison put together from its runs: scores of every seed, their mean and spread, cost and losses."""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ..registry import metrics
from ..score_key import ScoreKey
from ..training.log import read_rows
from ..weights.locate import full_name
from ..weights.model import full_description
from .plan import Part, Plan
from .result import Budget, Comparison, Cost, Entry, LossRow, Metric, Pictures, Seed, summarize

CURVE = 200  # points of a loss curve, at most


def collect(plan: Plan, reports: Mapping[Part, dict[str, Any]], pictures: Sequence[Pictures]) -> Comparison:
    """The comparison of all parts that have a report; at least one has."""
    any_report = next(iter(reports.values()))
    protocol = any_report["protocol"]
    entries = [entry(name, [p for p in reports if p.name == name], reports) for name in plan.names]
    found = [e for e in entries if e]
    return Comparison(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=protocol["versions"],
        device=protocol["device"],
        domains=list(any_report["domains"]),
        data={"images": protocol["images"]} | protocol["data"] | {"evaluate": protocol["evaluate"]} | notes(reports),
        budget=budget(plan),
        metrics=meanings(reports.values(), found),
        missing=missing(any_report),
        entries=found,
        pictures=list(pictures),
    )


def budget(plan: Plan) -> Budget:
    """Tell how long the parts were trained."""
    if plan.seconds:
        return Budget(seconds=plan.seconds)
    steps = {part.steps for part in plan.parts}
    return Budget(steps=min(steps), most_steps=max(steps) if len(steps) > 1 else None)


def entry(name: str, parts: Sequence[Part], reports: Mapping[Part, dict[str, Any]]) -> Entry | None:
    """All seeds of one recipe; None where none was finished."""
    if not parts:
        return None
    seeds = [seed(part, reports[part]) for part in parts]
    mean, spread = summarize(s.metrics for s in seeds)
    model = full_description(parts[0].folder)
    return Entry(
        name=name,
        model=model["model"]["name"],
        recipe=parts[0].recipe.dump(),
        multimodal=bool(model["style_dim"]),
        seeds=seeds,
        mean=mean,
        spread=spread,
    )


def seed(part: Part, report: Mapping[str, Any]) -> Seed:
    """The averaged weights' scores where there are such weights, what the run cost, and its losses."""
    values = next(iter(report["values"].values()))
    rows = [row for row in _rows(part) if "losses" in row]
    batch = part.recipe.train.batch
    rates = [row["images_per_second"] / batch for row in rows]
    steps = [row["step"] - before for row, before in zip(rows, [0, *(row["step"] for row in rows)], strict=False)]
    cost = Cost(
        steps_per_second=statistics.median(rates) if rates else None,
        peak_memory_mb=max((row["memory_mb"] for row in rows if "memory_mb" in row), default=None),
        parameters=sum(full_description(part.folder)["parameters"].values()),
        seconds=sum(step / rate for step, rate in zip(steps, rates, strict=True)) if rates else None,
    )
    thin = rows[:: math.ceil(len(rows) / CURVE)] if rows else []
    losses = [LossRow(step=r["step"], losses={k: _finite(v) for k, v in r["losses"].items()}) for r in thin]
    return Seed(seed=part.seed, run=full_name(part.folder), metrics=values, cost=cost, losses=losses)


def meanings(reports: Any, entries: Sequence[Entry]) -> list[Metric]:
    """Describe how every score is shown, in the order in which they were computed."""
    known: dict[str, Metric] = {}
    for report in reports:
        for key in (key for values in report["values"].values() for key in values):
            to, name = ScoreKey.parse(key)
            [source] = [domain for domain in report["domains"] if domain != to]
            score = report["scores"][name]
            known[key] = Metric(
                key=key,
                title=score["title"],
                direction=f"{source} -> {to}",
                unit=score["unit"],
                better=score["better"] or None,
                digits=digits(e.mean.get(key) for e in entries),
                floor=report.get("floor", {}).get(key),
                ceiling=report.get("ceiling", {}).get(key),
            )
    return list(known.values())


def notes(reports: Mapping[Part, dict[str, Any]]) -> dict[str, list[str]]:
    """Files that were left out, a line for each folder, as `notes`, and which scores are of training images."""
    lines = list(dict.fromkeys(line for report in reports.values() for line in report.get("notes", ())))
    seen = [d for d in next(iter(reports.values()))["protocol"].get("trained_on", ())]
    if seen:
        lines.insert(0, f"the scores and pictures are of training images ({' and '.join(seen)})")
    return {"notes": lines} if lines else {}


def missing(report: Mapping[str, Any]) -> dict[str, str]:
    """Score -> why it could not be computed."""
    return {score: reason for name, reason in report["missing"].items() for score in metrics[name].scores}


def digits(values: Any) -> int:
    """Decimals that show three figures of the largest value."""
    largest = max((abs(value) for value in values if value), default=1.0)
    return min(max(2 - math.floor(math.log10(largest)), 0), 5)


def _rows(part: Part) -> list[dict[str, Any]]:
    try:
        return read_rows(part.folder / "log.jsonl", sys.maxsize)
    except OSError:
        return []


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
