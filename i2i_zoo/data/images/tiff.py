"""TIFF beyond Pillow, which reduces 16-bit color to 8 bits and knows no images of n channels: through tifffile."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from PIL import UnidentifiedImageError
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from . import pillow
from .pixels import SIDEWAYS, Stored, as_stored, stored_dtype, upright

_BITS, _PHOTOMETRIC, _SAMPLES, ORIENTATION = 258, 262, 277, 274  # tags
_WHITE_IS_ZERO, GREY, RGB = 0, 1, 2  # photometric interpretations
_LARGE = 2**32 - 2**25  # bytes, above which a file is a BigTIFF


def beyond_pillow(path: Path) -> bool:
    """Tell whether the file is a TIFF of which Pillow would lose depth or channels."""
    with path.open("rb") as file:
        if file.read(4) not in pillow.TIFF:
            return False
    try:
        with pillow.open_header(path) as image:
            tags, bands = image.tag_v2, len(image.getbands())
            samples, bits = tags.get(_SAMPLES, 1), max(tags.get(_BITS, (1,)))
            return tags.get(_PHOTOMETRIC) in (GREY, RGB) and (samples > bands or (samples > 1 and bits > 8))
    except UnidentifiedImageError:
        return True


@contextmanager
def opened(path: Path) -> Iterator[Stored]:
    """The first page of the file; what Pillow could not read either is a `ValueError`."""
    with tifffile_module().TiffFile(path) as file:
        page = file.pages[0]
        if page.axes not in ("YX", "YXS", "SYX") or page.photometric not in (_WHITE_IS_ZERO, GREY, RGB):
            raise ValueError(f"{page.photometric.name} TIFFs with axes {page.axes} are unknown")
        turn = page.tags.valueof(ORIENTATION, 1)
        size = page.imagelength, page.imagewidth
        height, width = size[::-1] if turn in SIDEWAYS else size

        def pixels() -> np.ndarray:
            array = as_stored(_decoded(page))
            if page.photometric == _WHITE_IS_ZERO and array.dtype.kind == "u":
                array = np.iinfo(array.dtype).max - array
            return upright(np.moveaxis(array, 0, -1) if page.axes == "SYX" else array.reshape(*size, -1), turn)

        alpha = any(kind.name in ("ASSOCALPHA", "UNASSALPHA") for kind in page.extrasamples[-1:])
        yield Stored(page.samplesperpixel, height, width, stored_dtype(page.dtype), alpha, pixels)


def _decoded(page: Any) -> np.ndarray:
    """The numbers of a page; raises `ImportError` for a compression that tifffile alone does not know."""
    try:
        return page.asarray()
    except ValueError as error:
        if "imagecodecs" not in str(error):
            raise
        raise ImportError("a TIFF compressed in this way needs imagecodecs: `pip install 'i2i_zoo[tiff]'`") from None


def save(
    pixels: np.ndarray | Iterator[np.ndarray],
    path: Path,
    shape: tuple[int, int, int] | None = None,
    dtype: np.dtype | None = None,
    tile: tuple[int, int] | None = None,
    icc_profile: bytes | None = None,
    dpi: tuple[float, float] | None = None,
    tiffinfo: ImageFileDirectory_v2 | None = None,
) -> None:
    """Write (H, W, C) of any stored dtype, with the options that Pillow has under these names.

    Pixels that come as tiles of the size `tile`, row by row, have `shape` and `dtype`.
    """
    shape, dtype = shape or pixels.shape, dtype or pixels.dtype
    channels = shape[2]
    color = channels in (3, 4) and dtype != np.float32
    alpha = channels in (2, 4) and dtype.kind == "u"
    tags = tiffinfo or ImageFileDirectory_v2()
    tifffile_module().imwrite(
        path,
        pixels,
        bigtiff=prod(shape) * dtype.itemsize > _LARGE,  # tifffile does not count what comes in tiles
        shape=shape,
        dtype=dtype,
        tile=tile,
        photometric="rgb" if color else "minisblack",
        planarconfig="contig",
        extrasamples=["unassalpha"] if alpha else None,
        metadata=None,
        iccprofile=icc_profile,
        resolution=dpi,
        resolutionunit="inch" if dpi else None,
        extratags=[
            (tag, tags.tagtype[tag], _count(value), value, True)
            for tag, value in tags.items()
            if not isinstance(value, dict)  # tifffile writes no directories
        ],
    )


def _count(value: Any) -> int:
    return len(value) if isinstance(value, tuple | bytes) else 1


def tifffile_module() -> ModuleType:
    """tifffile, which is optional; raises `ImportError` that says what to install."""
    try:
        import tifffile
    except ImportError:
        raise ImportError("this kind of TIFF needs tifffile: `pip install 'i2i_zoo[tiff]'`") from None
    logging.getLogger("tifffile").addHandler(logging.NullHandler())  # It would complain of a bad file on stderr, too.
    return tifffile
