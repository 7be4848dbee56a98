"""Every message that gives advice has a test that follows it: one with `@pytest.mark.advice("file.py: part of it")`."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import messages
import pytest

MESSAGES = messages.found()
OPEN = (  # nobody has followed these yet
    "compare/report/embed.py: is outside of this folder; run `i2i compare` again",
    "data/emoji/__init__.py: since resvg or Pillow draws otherwise here; scores may differ a little",
    "data/emoji/__init__.py: with resvg-py, which is missing; run `pip install 'i2i_zoo[emoji]'`",
    "data/images/arrays.py: dimensions; (H, W), (H, W, C) and (C, H, W) can be read",
    "data/images/pixels.py: and floats can be read",
    "data/images/tiff.py: in this way needs imagecodecs: `pip install 'i2i_zoo[tiff]'`",
    "data/images/tiff.py: this kind of TIFF needs tifffile: `pip install 'i2i_zoo[tiff]'`",
    "evaluation/evaluate.py: cannot be computed;",
    "hub/pretrained.py: ; or pip install",
    "inference/big/operations.py: height has no bands; leave out --tile, or take a smaller --size",
    "inference/big/operations.py: training mode has no place in a translation; call model.eval() first",
    "inference/big/operations.py: which bands do not know; leave out --tile, or take a smaller --size",
    "inference/big/reductions.py: as a picture has no bands; leave out --tile, or take a smaller --size",
    "inference/big/reductions.py: places has no bands; leave out --tile, or take a smaller --size",
    "inference/big/reductions.py: sides has no bands; leave out --tile, or take a smaller --size",
    "inference/big/shelf.py: : features cannot be kept there (",
    "inference/big/tiling.py: in bands, as --tile does, with the same answer (--no-tile: at once)",
    "interop/network.py: code; give the weights of an official network as it was published",
    "interop/reading.py: ); see that you may read it",
    "nets/features.py: has no features of stride",
    "nets/timm_encoder.py: ; or begin without them: model.generator.pretrained=false",
    "nets/timm_encoder.py: has no features of stride",
    "nets/timm_encoder.py: timm.list_models() names them all",
    "nets/unet_autoencoder.py: channels have no colors; leave it out",
    "onnx/card.py: is newer than this i2i_zoo reads (",
    "onnx/export.py: ONNX graphs are made of a model on the CPU; call model.cpu() first",
    "recipe/recipe.py: recipe.model: cannot be built (",
    "weights/model.py: is newer than this i2i_zoo reads (",
)


@cache
def followed() -> set[str]:
    """What the tests name in their marks and tables; `conftest.py` sees to it that they meet it."""
    constants = (
        node.value
        for path in Path(__file__).parent.rglob("test_*.py")
        if path != Path(__file__)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return {text for text in constants if re.match(r"[\w/]+\.py: ", text)}


def has(message: messages.Message, part: str) -> bool:
    file, _, words = part.partition(": ")
    return message.place.startswith(f"{file}:") and words in message.text


def test_the_advice_of_every_message_is_followed():
    parts = followed() | set(OPEN)
    alone = [m for m in MESSAGES if m.advises and not any(has(m, part) for part in parts)]
    assert not alone, "follow in a test:\n" + "\n".join(f"{m.place}: {m.text}" for m in alone)


@pytest.mark.parametrize("part", sorted(followed() | set(OPEN)))
def test_what_is_followed_is_said(part):
    assert any(has(message, part) for message in MESSAGES)
    assert part not in OPEN or part not in followed(), "it is followed: take it out of OPEN"
