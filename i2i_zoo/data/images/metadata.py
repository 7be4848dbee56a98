"""Facts that stand beside the pixels of a file, and go along to the file of its translation."""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from PIL import ExifTags, Image, PngImagePlugin, TiffImagePlugin, TiffTags

from . import pillow
from .formats import Format
from .pixels import stored_dtype

_COLOR_SPACES = {b"GRAY": 1, b"RGB ": 3}  # of an ICC profile -> channels
_MOST_LATE = 2**24  # bytes of a chunk behind the pixels
_MOST_XMP = 65504  # bytes in a JPEG
_INCHES = {2: 1.0, 3: 2.54}  # TIFF's unit of resolution -> of those in an inch
_XMP = 700  # a TIFF tag; its place in a PNG:
_XMP_TEXT = "XML:com.adobe.xmp"
_TURNS = rb"""\s?tiff:Orientation=["']\d["']|<tiff:Orientation>\s*\d\s*</tiff:Orientation>"""
_IPTC, _IPTC_RESOURCE = 33723, 0x0404  # a TIFF tag; its number in a JPEG
_MOST_IPTC = 65535 - 2 - 26  # bytes in a JPEG, beside the names before them
_IFDS = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
_ORIGIN = (271, 272, 306, 315, 33432)  # TIFF tags: make, model, date, artist, copyright
_PLACE = (33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113)  # GeoTIFF's, and GDAL's


class Metadata(NamedTuple):
    """Facts that a file states about its image, besides the pixels."""

    icc: bytes = b""
    exif: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""
    dpi: tuple[float, float] | None = None
    tags: Mapping[int, tuple[int, Any]] = {}  # of a TIFF: number -> type and value
    alpha: np.ndarray | None = None  # (1, H, W) in the dtype of the pixels, where these lie over white
    axes: str = ""  # of an array: HW, HWC or CHW
    dtype: str = ""  # of its numbers
    size: tuple[int, int] = (0, 0)  # height and width

    def profile(self, channels: int) -> bytes:
        """The ICC profile, if it is one for so many channels without alpha; CMYK's says nothing about RGB."""
        return self.icc if _COLOR_SPACES.get(self.icc[16:20]) == channels else b""

    def exif_for(self, height: int, width: int) -> bytes:
        """The EXIF data of an upright image of this size, without the orientation and the thumbnail."""
        if not self.exif:
            return b""
        exif = Image.Exif()
        sides = ((ExifTags.Base.ExifImageWidth, width), (ExifTags.Base.ExifImageHeight, height))
        try:
            exif.load(self.exif)
            exif.pop(ExifTags.Base.Orientation, None)
            inner = exif.get_ifd(ExifTags.IFD.Exif)
            inner.update({tag: side for tag, side in sides if tag in inner})
            return exif.tobytes()
        except Exception:  # Broken EXIF data raises nearly anything.
            return b""

    def tags_for(self, height: int, width: int) -> dict[int, tuple[int, Any]]:
        """The TIFF tags of an image of this size: its place on Earth only if the size is still the same."""
        away = _PLACE if self.loses_place(height, width) else ()
        return {tag: entry for tag, entry in self.tags.items() if tag not in away}

    def loses_place(self, height: int, width: int) -> bool:
        """Tell whether an image of this size is no longer where the tags of a GeoTIFF say."""
        return (height, width) != self.size and any(tag in _PLACE for tag in self.tags)

    def as_array(self, pixels: np.ndarray) -> np.ndarray:
        """(H, W, C) with the axes and the kind of numbers of the array file that it comes from."""
        if self.dtype and stored_dtype(np.dtype(self.dtype)) == stored_dtype(pixels.dtype):
            pixels = pixels.astype(self.dtype)
        if self.axes == "HW" and pixels.shape[2] == 1:
            return pixels[..., 0]
        return np.moveaxis(pixels, -1, 0) if self.axes == "CHW" else pixels


NOTHING = Metadata()


def read_metadata(path: Path) -> Metadata:
    """The metadata of a picture, without alpha; nothing where they cannot be read, for the pixels may be good."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
        return _of_tiff(path) if magic in pillow.TIFF else _of_picture(path)
    except Exception:  # Broken metadata raises nearly anything.
        return NOTHING


def save_options(metadata: Metadata, kind: Format, image: np.ndarray) -> dict[str, Any]:
    """Pillow's options to save `image` (C, H, W) with the metadata that this kind of file holds."""
    channels, height, width = image.shape
    options: dict[str, Any] = {"icc_profile": metadata.profile(channels - (channels in (2, 4))), "dpi": metadata.dpi}
    if kind.pillow == "TIFF":
        options["tiffinfo"] = tags = TiffImagePlugin.ImageFileDirectory_v2()
        for tag, (number_type, value) in metadata.tags_for(height, width).items():
            tags.tagtype[tag], tags[tag] = number_type, value
        if image.dtype == np.int16 and channels == 1:
            tags[pillow.SAMPLE_FORMAT] = pillow.SIGNED
        for tag, packet in ((_XMP, metadata.xmp), (_IPTC, metadata.iptc)):
            if packet:
                tags.tagtype[tag], tags[tag] = TiffTags.BYTE, packet
        for tag, directory in _directories(metadata.exif_for(height, width)).items():
            tags.tagtype[tag], tags[tag] = TiffTags.LONG, directory
    else:
        exif, is_jpeg = metadata.exif_for(height, width), kind.most_exif is not None
        options["exif"] = exif if not is_jpeg or len(exif) <= kind.most_exif else b""
        options["xmp"] = metadata.xmp if not is_jpeg or len(metadata.xmp) <= _MOST_XMP else b""
    if kind.pillow == "JPEG" and 0 < len(metadata.iptc) <= _MOST_IPTC:
        options["extra"] = _segment(metadata.iptc)
    if kind.pillow == "PNG" and metadata.xmp:
        options["pnginfo"] = info = PngImagePlugin.PngInfo()
        info.add_itxt(_XMP_TEXT, options.pop("xmp"))
    return {name: value for name, value in options.items() if value}


def _of_picture(path: Path) -> Metadata:
    with pillow.open_header(path) as image:
        info = image.info | (_after_pixels(path) if image.format == "PNG" else {})
        profile, exif, xmp = (info.get(key) or b"" for key in ("icc_profile", "exif", "xmp"))
        resources = info.get("photoshop")
        iptc = resources.get(_IPTC_RESOURCE) if isinstance(resources, dict) else b""
        return Metadata(profile, exif, _upright(xmp), iptc or b"", info.get("dpi"), size=image.size[::-1])


def _after_pixels(path: Path) -> dict[str, bytes]:
    """EXIF and XMP that a PNG has behind its pixels, where Pillow finds them with the pixels only."""
    found: dict[str, bytes] = {}
    with path.open("rb") as file:
        file.seek(8)
        seen = False
        while len(head := file.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            seen = seen or kind == b"IDAT"
            if not (seen and kind in (b"eXIf", b"iTXt")) or length > _MOST_LATE:
                file.seek(length + 4, os.SEEK_CUR)
                continue
            chunk = file.read(length)
            file.seek(4, os.SEEK_CUR)
            if kind == b"eXIf":
                found["exif"] = b"Exif\0\0" + chunk
            elif chunk.startswith(_XMP_TEXT.encode() + b"\0"):
                packed, rest = chunk[len(_XMP_TEXT) + 1], chunk[len(_XMP_TEXT) + 3 :]
                text = rest.split(b"\0", 2)[2]  # behind the language and the translated keyword
                found["xmp"] = zlib.decompressobj().decompress(text, _MOST_LATE) if packed else text
    return found


def _segment(iptc: bytes) -> bytes:
    """The marker of a JPEG with IPTC data, as an image resource of Photoshop."""
    even = iptc + b"\0" * (len(iptc) % 2)
    resource = b"Photoshop 3.0\0" + b"8BIM" + struct.pack(">HHI", _IPTC_RESOURCE, 0, len(iptc)) + even
    return b"\xff\xed" + struct.pack(">H", len(resource) + 2) + resource


def _directories(data: bytes) -> dict[int, dict[int, Any]]:
    """The directories of EXIF data that a TIFF has a tag for: those of the exposure and the place."""
    exif = Image.Exif()
    exif.load(data)
    return {tag: inner for tag in _IFDS if (inner := dict(exif.get_ifd(tag)))}


def _exif_of_tiff(file: BinaryIO) -> bytes:
    """The EXIF directories of a TIFF; its other tags describe this file. Nothing where they cannot be read."""
    try:
        file.seek(0)
        found, exif = Image.Exif(), Image.Exif()
        found.load_from_fp(file)
        inner = {tag: dict(found.get_ifd(tag)) for tag in _IFDS if tag in found}
        exif.update({tag: found[tag] for tag in _ORIGIN if tag in found})
        for tag, directory in inner.items():
            exif.get_ifd(tag).update(directory)
        return exif.tobytes() if inner else b""
    except Exception:  # broken EXIF data raise nearly anything
        return b""


def _of_tiff(path: Path) -> Metadata:
    """The tags of the first page, of files that Pillow cannot decode, too."""
    with path.open("rb") as file:
        head = file.read(16)
        tags = TiffImagePlugin.ImageFileDirectory_v2(head if head[2:3] == b"\x2b" else head[:8])
        file.seek(tags.next)
        tags.load(file)
        kept = {tag: (tags.tagtype[tag], tags[tag]) for tag in (*_ORIGIN, *_PLACE) if tag in tags}
        inches = _INCHES.get(tags.get(296, 2))
        dpi = (float(tags[282]) * inches, float(tags[283]) * inches) if inches and 282 in tags and 283 in tags else None
        xmp, iptc = (packet if isinstance(packet := tags.get(tag), bytes) else b"" for tag in (_XMP, _IPTC))
        icc, size, exif = tags.get(34675, b""), (tags[257], tags[256]), _exif_of_tiff(file)
        return Metadata(icc, exif, _upright(xmp), iptc, dpi, kept, size=size)


def _upright(xmp: bytes) -> bytes:
    """An XMP packet without the orientation, which the upright pixels no longer have."""
    return re.sub(_TURNS, b"", xmp)
