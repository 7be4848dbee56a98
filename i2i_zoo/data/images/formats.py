"""The kinds of image files, a row for each. What Pillow reads and writes needs no more than a row."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .pixels import HIGHEST, name_of

_ALL = tuple(HIGHEST)  # types of numbers


class Format(NamedTuple):
    """A kind of image file, which the ending of its name tells; reading goes by the content, but for arrays."""

    endings: tuple[str, ...]
    pillow: str = ""  # Pillow's name of it; none: it is no picture but an array of numpy
    written: bool = True
    dtypes: tuple[str, ...] = ("uint8",)  # kept as they are; deeper ones are reduced to uint8
    channels: tuple[int, ...] = ()  # how many there may be; none: any number
    alpha: bool = False  # whether grey and RGB may have alpha beside them
    several: bool = False  # whether a file may hold several images
    most_exif: int | None = None  # bytes
    options: Mapping[str, Any] = {}  # of Pillow's `save`


FORMATS = (
    # compressed at 3, photographs become as small as at the usual 6, in 0.4 of the time
    Format((".png",), "PNG", True, _ALL[:2], (1, 2, 3, 4), True, True, None, {"compress_level": 3}),
    Format((".jpg", ".jpeg"), "JPEG", channels=(1, 3), most_exif=65533, options={"quality": 95}),
    Format((".bmp",), "BMP", channels=(1, 3)),
    Format((".tif", ".tiff"), "TIFF", dtypes=_ALL, alpha=True, several=True),
    Format((".webp",), "WEBP", True, _ALL[:1], (1, 2, 3, 4), True, True, None, {"lossless": True, "exact": True}),
    Format((".gif",), "GIF", written=False, several=True),
    Format((".ppm", ".pgm"), "PPM", written=False),
    Format((".npy",), dtypes=_ALL),
)  # no EPS: Pillow would start Ghostscript
BY_ENDING = {ending: kind for kind in FORMATS for ending in kind.endings}
READABLE = tuple(BY_ENDING)
WRITABLE = tuple(ending for ending, kind in BY_ENDING.items() if kind.written)
PILLOW = tuple(kind.pillow for kind in FORMATS if kind.pillow)


def format_of(path: Path) -> Format | None:
    """The kind that the ending of a path tells; None for others than these."""
    return BY_ENDING.get(path.suffix.lower())


def holds(ending: str, dtype: object | None, channels: int | None = None) -> bool:
    """Tell whether files with this ending keep numbers of `dtype`, numpy's, torch's or the name of one, as they are,
    and so many channels; None: any."""
    kind = BY_ENDING[ending]
    return (dtype is None or name_of(dtype) in kind.dtypes) and (
        channels is None or not kind.channels or channels in kind.channels
    )
