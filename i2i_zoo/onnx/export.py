"""A model written as ONNX graphs, one file for each direction and for each style encoder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UserError
from ..files import draft_file
from ..models.base import Translator
from .card import Card
from .networks import style_of, translation
from .package import needed
from .shrink import Weights, halve, quantize

if TYPE_CHECKING:
    from onnx import ModelProto


def export(model: Translator, path: Path, weights: Weights = "float32") -> list[Path]:
    """Write the graphs of a model beside `path`: for shoes.onnx those of shoes.edges2shoes.onnx and its like.

    A graph takes `images` (N, C, H, W) in [-1, 1] of any batch, height and width, and for a model with styles `style`
    (N, style_dim), and gives `answers` (N, C', H, W). Style encoders (shoes.style_shoes.onnx) give `style`. Weights are
    kept as `weights` says, and used as float32. Raises `UserError` without the extra `onnx`, and for weights that the
    type cannot hold.
    """
    files = []
    for name, graph, card in _graphs(model):
        if weights != "float32":
            (halve if weights == "float16" else quantize)(graph)
        needed("onnx").helper.set_model_props(graph, card._replace(weights=weights).dump())
        files.append(file := path.with_name(f"{path.stem}.{name}.onnx"))
        with draft_file(file) as draft:
            draft.write_bytes(graph.SerializeToString())
    return files


def _graphs(model: Translator) -> Iterator[tuple[str, ModelProto, Card]]:
    """The name of each graph, the graph, and its facts."""
    if model.device.type != "cpu":
        raise UserError("ONNX graphs are made of a model on the CPU; call model.cpu() first")
    styled = dict.fromkeys(to for _, to in model.directions) if model.style_dim else ()
    for source, to in model.directions:
        yield f"{source}2{to}", translation(model, source, to), _card(model, "translate", source, to)
    for domain in styled:
        yield f"style_{domain}", style_of(model, domain), _card(model, "style", domain, domain)


def _card(model: Translator, task: str, source: str, to: str) -> Card:
    return Card(
        task,
        model.name,
        (source, to),
        (model.channels[source], model.channels[to]),
        model.stride,
        model.style_dim,
        model.preparation,
        (model.range_of(source), model.range_of(to)),
    )
