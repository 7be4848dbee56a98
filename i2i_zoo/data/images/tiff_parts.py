"""TIFFs in tiles or strips, read and written part by part, for pictures beyond the memory: through tifffile."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...errors import Notice, UserError
from ...files import draft_file
from . import pillow
from .formats import BY_ENDING
from .metadata import Metadata, save_options
from .tiff import GREY, ORIENTATION, RGB, save, tifffile_module

TIFF = (".tif", ".tiff")  # endings
YCBCR, JPEG = 6, 7  # a photometric interpretation, and the compression whose decoder makes it RGB
NAMED = 5  # damaged tiles or strips of a file, at most
SIDE = 256  # pixels of a tile that is written


class TiffParts:
    """The first page of a TIFF as `Regions`. A damaged tile or strip is black, which a `Notice` says."""

    def __init__(self, path: Path, page: Any):
        self.path, self.page = path, page
        self.channels, self.height, self.width = page.samplesperpixel, page.imagelength, page.imagewidth
        self.dtype = getattr(torch, page.dtype.name)
        self.high = page.tilelength if page.is_tiled else min(page.rowsperstrip, self.height)
        self.wide = page.tilewidth if page.is_tiled else self.width
        self.damaged: set[int] = set()

    def region(self, top: int, bottom: int, left: int, right: int) -> Tensor:
        """The stored pixels (C, bottom - top, right - left) of a part."""
        found = np.zeros((bottom - top, right - left, self.channels), self.page.dtype)
        across = -(-self.width // self.wide)
        for row in range(top // self.high, -(-bottom // self.high)):
            for column in range(left // self.wide, -(-right // self.wide)):
                y, x = row * self.high, column * self.wide
                piece = self._piece(row * across + column)
                if piece is not None:
                    inside = piece[max(top - y, 0) : bottom - y, max(left - x, 0) : right - x]
                    start, begin = max(y - top, 0), max(x - left, 0)
                    found[start : start + inside.shape[0], begin : begin + inside.shape[1]] = inside
        return torch.from_numpy(np.ascontiguousarray(np.moveaxis(found, -1, 0)))

    def _piece(self, index: int) -> np.ndarray | None:
        """A tile or strip (H, W, C), without what lies beyond the picture; None for a damaged one."""
        page = self.page
        try:
            with self.path.open("rb") as file:
                file.seek(page.dataoffsets[index])
                content = file.read(page.databytecounts[index])
            if len(content) < page.databytecounts[index]:
                raise ValueError("it ends early")
            data, _, (_, height, width, _) = page.decode(content, index, jpegtables=page.jpegtables)
            return data[0, :height, :width]
        except Exception as error:  # decoders raise nearly anything on broken bytes
            if index not in self.damaged:
                kind = "tile" if page.is_tiled else "strip"
                y, x = divmod(index, -(-self.width // self.wide))
                place = f"{self.path}: the {kind} at {x * self.wide}, {y * self.high} is damaged and taken as black"
                more = "; further ones are not named" if len(self.damaged) == NAMED - 1 else ""
                if len(self.damaged) < NAMED:
                    warnings.warn(f"{place} ({error}){more}", Notice, stacklevel=2)
            self.damaged.add(index)
            return None


def in_parts(path: Path, channels: int) -> TiffParts | None:
    """The picture of a TIFF that can be read part by part and needs no conversion; None for any other file."""
    try:
        with path.open("rb") as file:
            if file.read(4) not in pillow.TIFF:
                return None
        with tifffile_module().TiffFile(path) as file:
            page = file.pages[0]
            page.decode  # noqa: B018  (made from the header, while the file is open)
            known = page.photometric in (GREY, RGB) or (page.photometric, page.compression) == (YCBCR, JPEG)
            plain = known and page.tags.valueof(ORIENTATION, 1) == 1
            fits = page.samplesperpixel == channels and page.planarconfig == 1 and page.dtype in (np.uint8, np.uint16)
            parted = page.is_tiled or page.rowsperstrip < page.imagelength
            return TiffParts(path, page) if plain and fits and parted and page.axes in ("YX", "YXS") else None
    except Exception:  # reading it as a whole says what is wrong
        return None


class Parts(NamedTuple):
    """A picture that comes as rows (C, rows, W), from the top to the bottom."""

    bands: Iterator[Tensor]
    height: int
    width: int


def write_parts(picture: Parts, path: Path, metadata: Metadata) -> None:
    """Write a picture into a tiled TIFF, a BigTIFF if it is beyond 4 GB, while it comes."""
    first = next(picture.bands)
    shape = len(first), picture.height, picture.width
    like = np.broadcast_to(np.zeros((), first.numpy().dtype), shape)
    options = save_options(metadata, BY_ENDING[TIFF[0]], like)
    with draft_file(path) as draft:
        try:
            written = (picture.height, picture.width, len(first)), like.dtype, (SIDE, SIDE)
            save(_tiles(first, picture.bands), draft, *written, **options)
        except OSError as error:
            raise UserError(f"{path} cannot be written: {error.strerror or error}") from error


def _tiles(first: Tensor, bands: Iterator[Tensor]) -> Iterator[np.ndarray]:
    """Bands of any height as tiles (H, W, C), row by row."""
    waiting = first
    while waiting.shape[1]:
        while waiting.shape[1] < SIDE and (band := next(bands, None)) is not None:
            waiting = torch.cat([waiting, band], dim=1)
        row, waiting = waiting[:, :SIDE], waiting[:, SIDE:]
        for tile in row.split(SIDE, dim=2):
            yield np.ascontiguousarray(np.moveaxis(tile.numpy(), 0, -1))
        if not waiting.shape[1] and (band := next(bands, None)) is not None:
            waiting = band
