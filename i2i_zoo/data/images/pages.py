"""Files that hold several images, of which only the first is read: counted from headers alone."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from .pillow import TIFF, open_header

_HEAD = 4096  # bytes: what says that a PNG or a WebP moves comes before its pixels
_SMALL = 5  # bits of a TIFF's NewSubfileType: a page that is a thumbnail (1) or a mask (4) of another one
_MOST = 2**16  # pages that are counted


def pages(path: Path) -> int:
    """Pages of a TIFF, or frames of a GIF, APNG or animated WebP; 1 for anything else and for what cannot be read.

    Reduced copies and masks, as GeoTIFFs have them, are no pages.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            if head[:4] in TIFF:
                return max(_tiff_pages(file, "<" if head[:1] == b"I" else ">", head[2:4] in (b"+\0", b"\0+")), 1)
        if not _moves(head):
            return 1
        with open_header(path) as image:
            return getattr(image, "n_frames", 1)
    except Exception:  # Decoders raise nearly anything on broken bytes; reading the image will say so.
        return 1


def _moves(head: bytes) -> bool:
    """Tell whether the first bytes are those of an animation, or of a GIF, which may be one."""
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return b"acTL" in head.partition(b"IDAT")[0]
    return head[:4] == b"GIF8" or (head[8:12] == b"WEBP" and b"ANIM" in head[:64])


def _tiff_pages(file: BinaryIO, order: str, big: bool) -> int:
    """Follow the chain of directories (TIFF 6.0, section 2; BigTIFF: all offsets and counts have 8 bytes)."""
    offset_kind, count_kind, entry = ("Q", "Q", 20) if big else ("I", "H", 12)
    seen: set[int] = set()
    count = 0
    file.seek(8 if big else 4)
    while (start := _number(file, order + offset_kind)) and start not in seen and len(seen) < _MOST:
        seen.add(start)
        file.seek(start)
        entries = file.read(entry * min(_number(file, order + count_kind), _MOST))
        tags = (struct.unpack_from(order + "HH", entries, place) for place in range(0, len(entries), entry))
        kinds = [place * entry for place, (tag, _) in enumerate(tags) if tag == 254]
        value = struct.unpack_from(order + "I", entries, kinds[0] + entry - (8 if big else 4))[0] if kinds else 0
        count += not value & _SMALL
    return count


def _number(file: BinaryIO, kind: str) -> int:
    return struct.unpack(kind, file.read(struct.calcsize(kind)))[0]
