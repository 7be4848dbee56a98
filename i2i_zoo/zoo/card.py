"""The card of packaged weights: a JSON file beside them that says how they were trained and what they reach."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from .. import config
from ..config import Config
from ..errors import UserError, one_line
from ..files import draft_file

Lines = Annotated[tuple[str, ...], config.Strict(False)]
Values = dict[str, float | None]  # `to_<domain>.<score>` -> number; None: not computed


class Training(Config):
    """The origin of the weights; the whole recipe is in the header of their file."""

    recipe: str
    """The packaged recipe."""
    changes: Lines = ()
    """Changes to the recipe, key=value."""
    steps: config.Count
    """Steps of the run."""
    images: dict[str, config.Count]
    """Domain -> training images."""
    seed: int
    """Seed of the run."""
    minutes: Annotated[float, Field(ge=0)]
    """Minutes that the run took."""
    machine: str
    """Processor and number of cores."""
    precision: str
    """Speed of the steps, as `i2i train` says it."""
    versions: dict[str, str]
    """Package -> version."""


class Preparation(Config):
    """The preparation of training images, which the networks expect."""

    domains: config.TwoNames
    """Names of the two domains."""
    channels: config.Pair
    """Channels of each domain's images."""
    size: config.Size
    """Size of a training sample in pixels."""
    resize: config.Size | None = None
    """Size that images were resized to before the crop; left out: `size`."""
    fit: str
    """Way of resizing: stretch, cover or none."""


class Scores(Config):
    """The numbers that `i2i evaluate` found."""

    values: Values
    """Scores of the weights."""
    floor: Values = {}
    """Scores of the inputs, copied."""
    ceiling: Values = {}
    """Scores of real images."""
    meanings: dict[str, dict[str, str]]
    """Score -> title, unit and which way is better."""
    overrides: Lines = ()
    """Changes to the recipe for the evaluation, key=value."""
    protocol: dict[str, Any]
    """Test data, counts, knobs, seeds and versions."""


class Check(Config):
    """Numbers that show, in a second, whether weights and card belong together."""

    outputs: dict[str, Annotated[tuple[float, ...], config.Strict(False)]]
    """Domain -> the translation of a made input, as the means of its 4 x 4 parts in each channel."""
    overrides: Lines = ()
    """Changes to the recipe that give a short evaluation, key=value."""
    values: Values = {}
    """Scores of that evaluation; empty where the test images must be downloaded."""


class Card(Config):
    title: str
    """Purpose of the model, in one line."""
    license: str
    """License of the weights."""
    notices: Lines = ()
    """Notices that the licenses of the training data ask for."""
    training: Training
    """The training."""
    preparation: Preparation
    """The preparation of images."""
    scores: Scores
    """The scores."""
    check: Check
    """Numbers that show that the card is theirs."""


def card_file(weights: Path) -> Path:
    """The path of the card of a weights file."""
    return weights.with_suffix(".card.json")


def read(weights: Path) -> Card:
    """The card of a weights file; raises `UserError` when it is missing or wrong."""
    path = card_file(weights)
    try:
        tables = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read as a card of weights ({one_line(error)})") from None
    return Card.parse(tables, path=f"{path.name}: card")


def write(card: Card, weights: Path) -> None:
    """Write the card of a weights file, whole or not at all."""
    with draft_file(card_file(weights)) as draft:
        draft.write_text(json.dumps(card.dump(), indent=2, allow_nan=False) + "\n", encoding="utf-8")
