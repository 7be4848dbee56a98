"""The file `compare.json`: what a comparison found, as its writer and its readers share it."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..errors import UserError
from ..files import draft_file
from ..score_key import ScoreKey

FORMAT = 1
FILE = "compare.json"
Values = dict[str, float | None]


class Table(BaseModel):
    """Base of all tables of the file: nothing unknown, nothing converted, nothing infinite."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


class Metric(Table):
    key: str
    """Its name in `metrics`, `mean` and `spread`: the text of a `ScoreKey`, whose score is its family."""
    title: str
    direction: str = ""
    """Heading that it stands under: `edges -> shoes`."""
    unit: str = ""
    better: Literal["lower", "higher"] | None = None
    digits: int = Field(default=2, ge=0, le=9)
    """Decimals shown."""
    source: str = ""
    """The paper that defines it."""
    floor: float | None = None
    """Its value for the inputs, copied; None where that tells nothing."""
    ceiling: float | None = None
    """Its value for real images in the place of translations."""

    @property
    def family(self) -> str:
        return ScoreKey.parse(self.key).score


class Budget(Table):
    """The budget of each run: steps of training, or seconds."""

    steps: int | None = None
    """Steps of each; of the shortest where finished runs of unequal length are compared."""
    most_steps: int | None = None
    """The steps of the longest, then."""
    seconds: float | None = None


class Cost(Table):
    """The cost of a run; None is not known."""

    steps_per_second: float | None = None
    peak_memory_mb: float | None = None
    parameters: int | None = None
    """Trained parameters of all players."""
    seconds: float | None = None
    """Time spent training."""


class LossRow(Table):
    step: int
    losses: Values
    """Loss -> value; None is one that was not finite."""


class Seed(Table):
    seed: int
    run: str
    """Its folder."""
    metrics: Values
    """Key of the metric -> value; None or absent is not measured."""
    cost: Cost = Cost()
    losses: list[LossRow] = []
    """Ascending in step."""


class Entry(Table):
    """A recipe, trained once for each seed."""

    name: str
    model: str
    recipe: dict[str, Any]
    """Resolved."""
    multimodal: bool = False
    seeds: list[Seed] = Field(min_length=1)
    mean: Values
    """Over the seeds, as `summarize` makes it."""
    spread: Values
    """Sample standard deviation over the seeds."""
    missing: dict[str, str] = {}
    """Like `Comparison.missing`, for this entry alone: one output per input has no diversity."""


class Pictures(Table):
    """One direction. Paths are relative to the folder of the file; all lists run along `inputs`."""

    to: str
    inputs: list[str]
    outputs: dict[str, list[str | None]]
    """Name of the entry -> paths; None where there is no picture."""
    truths: list[str] | None = None
    styles: dict[str, list[list[str]]] = {}
    """Name of the entry -> for the first inputs a row of outputs each; a column is one style for all rows."""
    seed: int | None = None
    """The seed whose runs painted the outputs."""


class Comparison(Table):
    """The file. Raises pydantic's `ValidationError` for what contradicts itself."""

    format: Literal[1] = FORMAT
    created: str
    """ISO 8601."""
    versions: dict[str, str]
    device: str
    domains: list[str] = Field(min_length=2, max_length=2)
    data: dict[str, Any]
    """The protocol: sizes, resizing, counts, whatever is needed to reproduce a number."""
    budget: Budget
    metrics: list[Metric]
    missing: dict[str, str] = {}
    """Key of a metric, or family -> why it was not measured and what to do."""
    entries: list[Entry] = Field(min_length=1)
    pictures: list[Pictures] = []

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        names = [entry.name for entry in self.entries]
        if len(set(names)) < len(names):
            raise ValueError("two entries have the same name")
        for shown in self.pictures:
            if shown.to not in self.domains:
                raise ValueError(f"pictures to {shown.to!r}, which is none of the domains")
            if unknown := [name for name in [*shown.outputs, *shown.styles] if name not in names]:
                raise ValueError(f"pictures of {unknown[0]!r}, which is none of the entries")
            lengths = {len(images) for images in [*shown.outputs.values(), shown.truths or shown.inputs]}
            if lengths != {len(shown.inputs)} or any(len(rows) > len(shown.inputs) for rows in shown.styles.values()):
                raise ValueError(f"the lists of pictures to {shown.to!r} are not of the same length")
        return self


def summarize(seeds: Iterable[Mapping[str, float | None]]) -> tuple[Values, Values]:
    """Mean and sample standard deviation of each key over the seeds that have it; the latter needs two, else None."""
    seeds = list(seeds)
    keys = dict.fromkeys(key for seed in seeds for key in seed)
    values = {key: [v for seed in seeds if (v := seed.get(key)) is not None] for key in keys}
    mean = {key: statistics.fmean(found) if found else None for key, found in values.items()}
    return mean, {key: statistics.stdev(found) if len(found) > 1 else None for key, found in values.items()}


def read_comparison(folder: Path) -> Comparison:
    """The comparison kept in `folder`; raises `UserError` when it is absent, damaged, or of another format."""
    path = folder / FILE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path} does not exist; give a folder that `i2i compare` wrote") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read as JSON ({error}); run `i2i compare` again") from None
    if isinstance(data, dict) and isinstance(data.get("format"), int) and data["format"] > FORMAT:
        raise UserError(f"{path}: format {data['format']} is newer than this i2i_zoo reads ({FORMAT}); update i2i_zoo")
    try:
        return Comparison.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise UserError(f"{path}: {where + ': ' if where else ''}{first['msg']}; run `i2i compare` again") from None


def write_comparison(comparison: Comparison, folder: Path) -> Path:
    """Write `folder/compare.json`, whole or not at all."""
    with draft_file(folder / FILE) as draft:
        draft.write_text(json.dumps(comparison.model_dump(mode="json"), indent=1, ensure_ascii=False), encoding="utf-8")
    return folder / FILE
