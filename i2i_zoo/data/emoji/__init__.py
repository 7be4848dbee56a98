"""Microsoft's Fluent Emoji in four styles, drawn from npm packages: unpaired in training, and yet the truth is known.

    OUT/{train,val,test}/{line,flat,color,3d}/CODE.webp, OUT/concepts.tsv, OUT/LICENSE, OUT/.source.json

An emoji has the same file name in each style. A training takes two styles, each in a random order of its own; the
emoji of `val` and `test` are of other families. The artwork itself is not in this project.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from shutil import copyfile

from PIL import Image

from ...errors import Notice, UserError, one_line
from ...files import draft_folder
from .concepts import Concept, sort_out
from .drawing import SHARPEST, rasterize, shrink
from .packages import INSTALL, PACKAGES, Artwork, read

__all__ = ["prepare"]

SIZE = 128
COUNT = 1570
CONCEPTS_SHA256 = "5fc5e3b08de18fdf143351639d3e686a4cb97685096c28f1c024cfba376f1241"  # of concepts.tsv
PIXELS_SHA256 = {  # at SIZE, before WebP, by resvg-py 0.5.0 (0.4.0 draws alike) and Pillow 13.0.0 on x86-64
    "line": "89f60b15b1aeac9d412e8998b974f362afea25f946ec1e365f5feb9b826a2421",
    "flat": "4be698a2e5503590bfb85c308dfc991c9f56236309e3427b3b6f4e4284565bf1",
    "color": "3463e5e5ba103ecbb6623618694c2d02810859d6e6e36f7577f6956da986c52b",
    "3d": "96400c16cbaf60eddf27e843b29075a5e1ef418bacdaa522c58e3d9853f5568a",
}
Progress = Callable[[int, int], None]


def prepare(packages: Path, out: Path, size: int = SIZE, progress: Progress = lambda done, total: None) -> Path:
    """Draw the emoji of `packages` (a node_modules) on white squares of `size` pixels into the new folder `out`.

    Other emoji than expected are a `UserError`. Other pixels, at the usual size, are a `Notice`: another version of
    resvg or another processor may round differently, which hardly matters. `progress` is called with the images so
    far and in all. Returns `out`.
    """
    _check(out, size)
    artwork = read(packages)
    emoji = sort_out(artwork.names)
    table = _table(emoji)
    if sha256(table.encode()).hexdigest() != CONCEPTS_SHA256:
        raise UserError(
            f"{packages}: holds {len(emoji)} emoji in all styles, and not just the {COUNT} that it should; "
            f"remove it and run `{INSTALL}`"
        )
    try:
        with draft_folder(out) as draft:
            hashes = _draw(artwork, emoji, size, draft, progress)
            (draft / "concepts.tsv").write_text(table, encoding="utf-8")
            (draft / ".source.json").write_text(_source(size, hashes), encoding="utf-8")
            copyfile(Path(__file__).with_name("artwork_license.txt"), draft / "LICENSE")
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error.strerror or error}") from error
    _compare(out, size, hashes)
    return out


def _check(out: Path, size: int) -> None:
    if find_spec("resvg_py") is None:
        raise UserError("emoji are drawn with resvg-py, which is missing; run `pip install 'i2i_zoo[emoji]'`")
    if not 16 <= size <= SHARPEST:
        raise UserError(f"{size} pixels are not possible; ask for a --size from 16 to {SHARPEST}")
    if out.exists():
        raise UserError(f"{out} exists already; use it, or remove it to make it again")


def _draw(artwork: Artwork, emoji: list[Concept], size: int, out: Path, progress: Progress) -> dict[str, str]:
    """Write every image, and return the SHA-256 of the pixels of each style, in the order of `emoji`."""
    hashes = {}
    for place, style in enumerate(PACKAGES):
        digest = sha256()
        for done, concept in enumerate(emoji, place * len(emoji) + 1):
            image = _image(artwork, style, concept, size)
            digest.update(image.tobytes())
            path = out / concept.split / style / f"{concept.code}.webp"
            path.parent.mkdir(parents=True, exist_ok=True)
            image.save(path, quality=92, method=6)
            progress(done, len(PACKAGES) * len(emoji))
        hashes[style] = digest.hexdigest()
    return hashes


def _image(artwork: Artwork, style: str, concept: Concept, size: int) -> Image.Image:
    if style not in artwork.icons:
        return shrink(artwork.pictures[concept.code], size)
    try:
        return rasterize(artwork.icons[style].svg(concept.name), size)
    except ValueError as error:
        package = PACKAGES[style][0]
        raise UserError(
            f"{package}: {concept.name!r} cannot be drawn ({one_line(error)}); remove it and run `{INSTALL}`"
        ) from error


def _table(emoji: list[Concept]) -> str:
    return "".join("\t".join(row) + "\n" for row in (Concept._fields, *emoji))


def _source(size: int, hashes: dict[str, str]) -> str:
    facts = {
        "packages": dict(PACKAGES.values()),
        "size": size,
        "drawn_by": {name: version(name) for name in ("resvg_py", "pillow")},
        "pixels_sha256": hashes,
    }
    return json.dumps(facts, indent=2) + "\n"


def _compare(out: Path, size: int, hashes: dict[str, str]) -> None:
    others = [style for style in hashes if hashes[style] != PIXELS_SHA256[style]] if size == SIZE else []
    if others:
        warnings.warn(
            f"{out}: the pixels of {', '.join(others)} are not those that scores were published for, since resvg or "
            "Pillow draws otherwise here; scores may differ a little",
            Notice,
            stacklevel=3,
        )
