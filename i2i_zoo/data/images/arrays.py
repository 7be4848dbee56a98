"""Image files in and out as arrays, at their own depth. Whatever is wrong with a file is one sentence that names it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
from PIL import UnidentifiedImageError

from ...errors import DamagedFile, UserError
from ...files import draft_file
from . import pillow, png16, tiff
from .formats import BY_ENDING, WRITABLE, format_of, holds
from .metadata import NOTHING, Metadata, read_metadata, save_options
from .pixels import (
    Stored,
    as_stored,
    channels_first,
    check_values,
    fit,
    fits,
    from_unit,
    name_of,
    stored_dtype,
    to_unit,
)

MOST_PIXELS = 2**28
_UNSIGNED = (np.uint8, np.uint16)


def probe(path: Path, channels: int) -> Stored:
    """The header; raises `UserError` for what is wrong in it. The file is closed then, so `pixels()` fails."""
    with _opened(path, channels) as stored:
        return stored


def read_with_metadata(path: Path, channels: int, bounded: bool = True) -> tuple[np.ndarray, Metadata]:
    """(channels, H, W), contiguous, in the dtype of `stored_dtype`, and what else the file says, which `write` takes.

    `bounded` refuses values beyond those that `to_unit` knows by the type: floats in [0, 1], integers from 0 on.
    Upright (EXIF); the first frame; palette and CMYK as RGB; transparency over white unless the file's channels,
    alpha among them, are just the wanted ones; between grey and RGB it converts. Anything else is a `UserError`.
    """
    with _opened(path, channels) as stored:
        pixels = stored.pixels()
        image = channels_first(fit(pixels, stored.alpha, channels))
        if bounded:
            check_values(image, path)
        if stored.axes:
            return image, Metadata(axes=stored.axes, dtype=stored.kind)
        over_white = stored.alpha and channels in (1, 3)
        return image, read_metadata(path)._replace(alpha=channels_first(pixels[..., -1:]) if over_white else None)


def write(image: np.ndarray, path: Path, metadata: Metadata = NOTHING) -> None:
    """(C, H, W) of a dtype that `read_with_metadata` gives -> a file of the kind that its ending says.

    `formats` says which dtypes a kind keeps; others, deeper (floats in [0, 1]), are reduced to 8 bits.
    The file appears whole or not at all, and its folders are made. `metadata` go along as far as the kind holds them.
    A kind that cannot hold the channels, and a path that cannot be written, are a `UserError`.
    """
    ending = path.suffix.lower()
    if ending not in WRITABLE:
        raise UserError(
            f"{path}: images are not written as {ending or 'files without ending'}; use {' '.join(WRITABLE)}"
        )
    try:
        with draft_file(path) as draft:
            _encode(_with_alpha(image, metadata.alpha, ending), draft, metadata)
    except (OSError, ValueError, ImportError) as error:
        raise UserError(f"{path} cannot be written: {_reason(error)}") from error


def _encode(image: np.ndarray, path: Path, metadata: Metadata) -> None:
    ending, kind = path.suffix.lower(), BY_ENDING[path.suffix.lower()]
    if not holds(ending, image.dtype):
        if image.dtype in (np.int16, np.int32):
            raise ValueError(f"{ending} holds no {name_of(image.dtype)} numbers; use .tif or .npy")
        image = from_unit(to_unit(image), "uint8")
    pixels = np.ascontiguousarray(np.moveaxis(image, 0, -1))
    if not kind.pillow:
        with path.open("wb") as file:  # given a path, numpy would add .npy to .NPY
            np.save(file, metadata.as_array(pixels), allow_pickle=False)
    elif kind.channels and len(image) not in kind.channels:
        few, more = ("1 or 3", ".png, ") if kind.channels == (1, 3) else ("at most 4", "")
        raise ValueError(f"{ending} holds {few} channels, not {len(image)}; use {more}.tif or .npy")
    elif kind.pillow == "PNG" and image.dtype == np.uint16 and len(image) > 1:
        path.write_bytes(png16.encode(pixels, **save_options(metadata, kind, image)))
    elif kind.pillow == "TIFF" and (len(image) > 4 or (len(image) > 1 and image.dtype != np.uint8)):
        tiff.save(pixels, path, **save_options(metadata, kind, image))
    else:
        options = kind.options | save_options(metadata, kind, image)
        if image.dtype == np.int16:  # Pillow writes 16 bits without a sign; a tag says how they are read
            image = image.view(np.uint16)
        pillow.to_pil(image).save(path, **options)


def _with_alpha(image: np.ndarray, alpha: np.ndarray | None, ending: str) -> np.ndarray:
    """Grey or RGB with an alpha channel of its size, if there is one and files with this ending hold it."""
    held = BY_ENDING[ending].alpha and len(image) in (1, 3) and image.dtype in _UNSIGNED
    return image if alpha is None or not held else np.concatenate([image, from_unit(to_unit(alpha), image.dtype)])


@contextmanager
def _opened(path: Path, channels: int) -> Iterator[Stored]:
    """A checked header. Every error of a decoder, in here or in the caller's block, becomes one `UserError`."""
    try:
        if not path.is_file() or path.stat().st_size == 0:
            if not path.exists():
                raise DamagedFile(f"{path} does not exist", "name an image, or a folder of images, that does")
            raise DamagedFile(f"{path} {'is empty' if path.is_file() else 'is not a file'}")
        with _open_by_kind(path, channels) as stored:
            _check(stored, path, channels)
            yield stored
    except UserError:
        raise
    except ImportError as error:
        raise UserError(f"{path}: {error}") from error
    except Exception as error:  # decoders raise nearly anything on broken bytes
        raise DamagedFile(f"{path} cannot be read as an image ({_reason(error)})") from error


def _open_by_kind(path: Path, channels: int) -> AbstractContextManager[Stored]:
    if (kind := format_of(path)) and not kind.pillow:
        return _open_npy(path, channels)
    return tiff.opened(path) if tiff.beyond_pillow(path) else pillow.opened(path)


@contextmanager
def _open_npy(path: Path, channels: int) -> Iterator[Stored]:
    found = np.lib.format.open_memmap(path, mode="r")
    array = _channels_last(found, channels)
    height, width, have = array.shape
    axes = "HW" if found.ndim == 2 else "HWC" if array is found else "CHW"
    dtype = stored_dtype(array.dtype)
    yield Stored(have, height, width, dtype, False, lambda: as_stored(array), axes, found.dtype.str)


def _channels_last(array: np.ndarray, channels: int) -> np.ndarray:
    """(H, W), (H, W, C) or (C, H, W) -> (H, W, C), where C is the wanted number or else can be converted to it."""
    if array.ndim == 2:
        return array[..., None]
    if array.ndim != 3:
        raise ValueError(f"it has {array.ndim} dimensions; (H, W), (H, W, C) and (C, H, W) can be read")
    for good in (lambda count: count == channels, lambda count: fits(count, False, channels)):
        if good(array.shape[2]):
            return array
        if good(array.shape[0]):
            return np.moveaxis(array, 0, -1)
    return array


def _check(stored: Stored, path: Path, channels: int) -> None:
    if stored.height * stored.width == 0:
        raise ValueError("it has no pixels")
    if stored.height * stored.width > MOST_PIXELS:
        raise UserError(f"{path} has {stored.height} x {stored.width} pixels, more than {MOST_PIXELS}; make it smaller")
    if not fits(stored.channels, stored.alpha, channels):
        raise UserError(
            f"{path} has {stored.channels} channels where its domain has {channels}; "
            "convert it, or train with as many (data.channels)"
        )


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "no known kind of image"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
