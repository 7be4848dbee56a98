"""ONNX graphs in use: as their models would translate, by onnxruntime and without torch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..data.images.arrays import read_with_metadata, write
from ..data.images.finding import search
from ..data.images.metadata import Metadata
from ..data.preparation import Resizer, SizeChoice, choose_preparation
from ..data.range_watch import RangeWatch
from ..errors import FileError, UserError, one_line
from ..inference.outputs import Progress, Translated, outcome, plan_outputs
from ..inference.pipeline import in_turn
from ..inference.style_ids import from_id, rounded
from ..registry import did_you_mean
from .card import Card
from .draws import normal_rows
from .package import needed

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


class Graph:
    """A graph in one file, ready to run on the CPU. Raises `UserError` for a file that is none of ours."""

    def __init__(self, path: Path):
        self.session = _session(path)
        self.card = Card.parse(self.session.get_modelmeta().custom_metadata_map, path)

    def run(self, images: np.ndarray, style: np.ndarray | None = None) -> np.ndarray:
        """Images (N, C, H, W) in [-1, 1] and styles (N, style_dim) -> (N, C', H, W), or of a style encoder styles."""
        inputs = {"images": images} | ({} if style is None else {"style": style})
        try:
            return self.session.run(None, inputs)[0]
        except Exception as error:  # Those of onnxruntime have no base but this.
            raise RuntimeError(one_line(error)) from error

    def translate(self, pixels: np.ndarray, style: np.ndarray | None = None) -> np.ndarray:
        """Stored pixels (C, H, W) -> (C', H, W) of the other domain, same dtype; with ranges, that of its images."""
        source, target = self.card.stored
        answer = self.run(source.to_unit(pixels)[None], None if style is None else style[None])[0]
        return target.from_unit(answer, pixels.dtype)


def translate_folder(
    path: Path,
    inputs: Sequence[Path],
    out: Path,
    to: str,
    style: str | None = None,
    seed: int = 0,
    size: SizeChoice = None,
    restore: bool = False,
    progress: Progress | None = None,
) -> Translated:
    """Translate files and folders by the graph of `path` that leads to the domain `to`.

    It does what `inference.translate_folder` does with a model, with the same options; `style` is a name.
    """
    card = (graph := find(path, to)).card
    source, target = card.stored
    files = plan_outputs(found := search(inputs), out, target.dtype_for(None), card.channels[1])
    code = _style(card, style, seed)
    resizer = Resizer(choose_preparation(card.preparation, size), restore, RangeWatch(card.domains[0], source))

    def work(pixels: np.ndarray, metadata: Metadata) -> tuple[np.ndarray, Metadata]:
        answer = resizer.finish(graph.translate(resizer.prepare(pixels), code), pixels)
        resizer.unplaced += metadata.loses_place(*answer.shape[-2:])
        alpha = None if metadata.alpha is None else resizer.alongside(metadata.alpha)
        return answer, metadata._replace(alpha=alpha)

    read_one = partial(read_with_metadata, channels=card.channels[0], bounded=source.span is None)
    written, problems = outcome(in_turn(files, read_one, work, write), files, progress)
    left_out = [line for one in found for line in one.look().notes]
    return Translated(written, problems, list(dict.fromkeys([*resizer.notes(asked=size is not None), *left_out])))


def find(path: Path, to: str) -> Graph:
    """The graph that translates to `to`: `path` itself, or one of shoes.*.onnx for a shoes.onnx that is no file.

    Raises `UserError`.
    """
    files = [path] if path.is_file() else sorted(path.parent.glob(f"{escape(path.stem)}.*.onnx"))
    known = []
    for file in files:
        graph = Graph(file)
        if graph.card.task == "translate":
            if graph.card.domains[1] == to:
                return graph
            known.append(graph.card.domains[1])
    if not files:
        raise FileError(f"{path}: no such file, and no {path.stem}.*.onnx; write one with `i2i export --to onnx`")
    if not known:
        raise UserError(f"{path}: tells the style of an image; name a graph that translates")
    raise UserError(f"{path}: does not translate to {to!r}; {did_you_mean(to, known)}")


def _session(path: Path) -> InferenceSession:
    runtime = needed("onnxruntime")
    options = runtime.SessionOptions()
    options.log_severity_level = 3  # Errors only; warnings are about the graph, not about what the user does.
    try:
        return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # as in `Graph.run`
        raise FileError(f"{path}: cannot be read as an ONNX graph ({one_line(error)}); export it again") from None


def _style(card: Card, name: str | None, seed: int) -> np.ndarray | None:
    """The one style of all images; None for a model without styles. Raises `UserError`."""
    if not card.style_dim:
        if name is not None:
            raise UserError(f"{card.model} has no styles to choose from: it has one answer for each image")
        return None
    if name is not None:
        return from_id(name, card.style_dim)
    if not 0 <= seed < 2**63:
        raise UserError(f"seed {seed}: it must be from 0 to 2**63 - 1")
    return rounded(normal_rows(1, card.style_dim, seed)[0])
