"""The model card of weights on the Hub: what they do, how they were trained, what they score, how they are used."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..errors import UserError
from ..models import Translator
from ..score_key import ScoreKey

LICENSE = re.compile(r"[a-z0-9][a-z0-9.+-]*")
PICTURE, REPORT = "samples.png", "evaluation.json"


class Card(NamedTuple):
    """What a card says."""

    repo: str
    model: Translator
    license: str
    facts: Mapping[str, Any]
    """The description of the weights, without paths."""
    title: str | None = None
    recipe: str | None = None
    """The name of the recipe."""
    report: Mapping[str, Any] | None = None
    """What `i2i evaluate` found, without paths."""
    picture: bool = False


def check_license(license: str | None) -> str:
    """Return the license, an identifier of the Hub's list; raises `UserError` for none, or what cannot be one."""
    if not license:
        raise UserError(
            "which license? others may use the weights under it: --license mit, apache-2.0, cc-by-4.0, ... or other; "
            "the images that they were trained on may ask for one"
        )
    if not LICENSE.fullmatch(license):
        raise UserError(f"--license {license}: is no identifier; they are written like mit, apache-2.0, cc-by-nc-4.0")
    return license


def write(card: Card) -> str:
    """The text of the card, in Markdown with the Hub's metadata above it."""
    from huggingface_hub import ModelCardData

    tags = ["i2i_zoo", card.model.name, "unpaired-image-to-image-translation"]
    data = ModelCardData(license=card.license, library_name="i2i_zoo", pipeline_tag="image-to-image", tags=tags)
    parts = [f"---\n{data.to_yaml()}\n---", f"# {_plain(card.title) if card.title else card.repo.partition('/')[2]}"]
    parts += [*_what(card), *_use(card), *_training(card), *_scores(card)]
    return "\n\n".join(parts) + "\n"


def _what(card: Card) -> Iterator[str]:
    model = card.model
    ways = " and ".join(f"{_plain(source)} to {_plain(to)}" for source, to in model.directions)
    channels = ", ".join(f"{_plain(domain)} {count}" for domain, count in model.channels.items())
    parameters = sum(model.parameter_count(name) for name in model.averaged or model.players)
    yield (
        f"A `{model.name}` of i2i_zoo that translates images: {ways}. "
        f"{'Each answer can be had in many styles. ' if model.style_dim else ''}"
        f"Channels: {channels}. Parameters: {parameters:,}. "
        f"{f'Trained at {model.preparation} pixels. ' if model.preparation else ''}License: {card.license}."
    )
    if card.picture:
        yield f"![Inputs and their translations]({PICTURE})"


def _use(card: Card) -> Iterator[str]:
    to = card.model.targets[-1]
    command = "sample" if card.model.style_dim else "translate"
    yield (
        "## Use\n\n"
        f"```bash\ni2i {command} hf://{card.repo} IMAGES --to {shlex.quote(to)} --out answers\n```\n\n"
        f"```python\nimport i2i_zoo\n\nmodel = i2i_zoo.load({f'hf://{card.repo}'!r})\n"
        f'i2i_zoo.translate(model, "image.png", to={to!r}).show()\n```\n\n'
        "Training can go on from it with `model.init = " + json.dumps(f"hf://{card.repo}") + "` in a recipe."
    )


def _training(card: Card) -> Iterator[str]:
    known = card.facts["provenance"]
    recipe, images, step = known.get("recipe"), known.get("images") or {}, known.get("step")
    lines = [f"- recipe: `{card.recipe}`"] if card.recipe else []
    lines += [f"- steps: {step}"] if step is not None else []
    if images:
        lines.append("- training images: " + ", ".join(f"{count} {_plain(domain)}" for domain, count in images.items()))
    lines += [f"- computed in: {known['speed']}"] if known.get("speed") else []
    versions = [f"{name} {known[name]}" for name in ("i2i_zoo", "torch", "python") if known.get(name)]
    lines += [f"- versions: {', '.join(versions)}"] if versions else []
    lines += [f"- plugin: `{_plain(one['name'])}`, which is not part of it" for one in card.facts.get("plugins", ())]
    yield "## Training\n\n" + ("\n".join(lines) or "Nothing is known of it.")
    if recipe:
        text = json.dumps(recipe, indent=1, ensure_ascii=False).replace("```", "'''")
        yield f"<details><summary>The whole recipe</summary>\n\n```json\n{text}\n```\n\n</details>"


def _scores(card: Card) -> Iterator[str]:
    report = card.report
    if not report:
        yield "## Scores\n\nIt was not scored."
        return
    protocol, values = report["protocol"], next(iter(report["values"].values()))
    seen = protocol.get("trained_on", ())
    counts = [f"{n} {_plain(d)}{' (training images)' if d in seen else ''}" for d, n in protocol["images"].items()]
    yield (
        f"## Scores\n\nOf `i2i evaluate` on test images, {' and '.join(counts)}; *copied* are the inputs as they are, "
        f"*real* are other real images. [{REPORT}]({REPORT}) has every number and the whole protocol."
    )
    for to in dict.fromkeys(ScoreKey.parse(key).to for key in values):
        rows = ["| score | | better | these weights | copied | real |", "|---|---|---|---:|---:|---:|"]
        for name, meaning in report["scores"].items():
            key = str(ScoreKey(to, name))
            if key in values:
                cells = [_number(found.get(key)) for found in (values, report["floor"], report["ceiling"])]
                rows.append("| " + " | ".join([meaning["title"], meaning["unit"], meaning["better"], *cells]) + " |")
        yield f"To {_plain(to)}:\n\n" + "\n".join(rows)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"


def _plain(text: object) -> str:
    """Text without what Markdown would obey."""
    return re.sub(r"([\\`*_{}\[\]<>#|!])", r"\\\1", " ".join(str(text).split()))
