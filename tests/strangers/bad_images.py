"""Images that a stranger may send, a few bytes each: file name -> content."""

from __future__ import annotations

import io
import struct
import zlib
from itertools import pairwise

import numpy as np
from PIL import Image
from stranger import damaged

KINDS = {"png": "PNG", "jpg": "JPEG", "gif": "GIF", "webp": "WEBP", "bmp": "BMP", "tif": "TIFF", "ppm": "PPM"}
SIGNATURE = b"\x89PNG\r\n\x1a\n"
RATIONAL = 0xFFFFFFFF


def picture(kind: str, **options) -> bytes:
    shade = np.add.outer(np.arange(12), np.arange(16)).astype(np.uint8) * 9
    Image.fromarray(np.stack([shade, 255 - shade, shade], -1)).save(file := io.BytesIO(), kind, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes, depth: int = 8, color: int = 2) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    return SIGNATURE + header + b"".join(chunks) + chunk(b"IEND", b"")


def pixels(size: int) -> bytes:
    return chunk(b"IDAT", zlib.compress(bytes(size), 9))


def npy(shape: str, kind: str = "|u1", data: bytes = b"\0" * 64) -> bytes:
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head.encode() + data


def tiff(*tags: tuple[int, int, int, int]) -> bytes:
    """(tag, type, count, value) each."""
    packed = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + packed + struct.pack("<I", 0) + bytes(64)


def exif(*entries: tuple[int, int, int, int], more: int = 0) -> bytes:
    return b"Exif\0\0" + tiff(*entries)[: -68 + more]


def huge_sizes() -> dict[str, bytes]:
    """Headers that claim more than anyone has, or nothing."""
    found = {}
    for width, height in ((2**31 - 1, 2**31 - 1), (2**16, 2**16), (2**28 + 1, 1), (0, 9), (9, 0)):
        size = f"{width}x{height}"
        found[f"size-{size}-png.png"] = png(width, height, pixels(9))
        found[f"size-{size}-16.png"] = png(width, height, pixels(9), depth=16)
        found[f"size-{size}-ppm.ppm"] = b"P6 %d %d 255\n123" % (width, height)
        found[f"size-{size}-npy.npy"] = npy(f"({height}, {width}, 3)")
        found[f"size-{size}-tif.tif"] = tiff(
            (256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8),
            (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, 9),
        )  # fmt: skip
        found[f"size-{size}-bmp.bmp"] = b"BM" + struct.pack(
            "<IHHIIiiHHIIiiII", 99, 0, 0, 54, 40, min(width, 2**31 - 1), min(height, 2**31 - 1), 1, 24, 0, 9, 1, 1, 0, 0
        )
        found[f"size-{size}-gif.gif"] = b"GIF89a" + struct.pack("<HHBBB", width % 65536, height % 65536, 0, 0, 0) + b";"
    return found


def lies() -> dict[str, bytes]:
    """What the name, the header or the metadata says is not what comes."""
    found = {f"cut-{kind}-{ending}.{ending}": picture(KINDS[kind])[:40] for kind, ending in pairwise([*KINDS, "png"])}
    found |= {f"zero-{ending}.{ending}": b"" for ending in (*KINDS, "npy", "jpeg", "tiff", "pgm")}
    found |= {f"page-{ending}.{ending}": b"<html>404</html>" for ending in (*KINDS, "npy")}
    found |= {f"program-{ending}.{ending}": b"\x7fELF" + bytes(60) for ending in KINDS}
    found["script.png"] = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%touch executed) (w) file\n"
    found["vector.png"] = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
    found["pickle.npy"] = npy("(1,)", "|O", b"cposix\nsystem\n(S'touch executed'\ntR.")
    found["code.npy"] = npy("__import__('os').system('touch executed')")
    found["deep.npy"] = npy("(" * 5000)
    found["minus.npy"] = npy("(-4, 4, 3)")
    found["long.npy"] = npy("(4, 4, 3)", "|u1" + "9" * 100)
    found["more.npy"] = npy("(40, 40, 3)")
    found["nothing.png"] = png(9, 9)
    found["short.png"] = png(900, 900, pixels(9))
    found["palette.png"] = png(9, 9, pixels(90), color=3)
    found["strange.png"] = png(9, 9, pixels(900), depth=7, color=5)
    found["chunk.png"] = SIGNATURE + struct.pack(">I", 2**32 - 1) + b"IHDR" + bytes(99)
    return found


def bombs() -> dict[str, bytes]:
    """Small files that would unpack to gigabytes."""
    found = {
        "bomb.png": png(2**15, 2**14, pixels(2**22)),
        "bomb-16.png": png(2**15, 2**14, pixels(2**22), depth=16, color=6),
        "bomb.npy": npy("(100000, 100000, 3)"),
    }
    found["bomb-gif.gif"] = b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b","
    found["bomb-gif.gif"] += struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x02\x02\x4c\x01\0;"
    return found


def metadata() -> dict[str, bytes]:
    """Pixels that are fine, under EXIF, texts and color profiles that are not: these may be read, or refused."""
    blocks = {
        "nothing": b"Exif\0\0", "noise": b"Exif\0\0" + bytes(range(256)), "turn": exif((0x0112, 3, 1, 99)),
        "text": exif((0x0112, 2, 9, 8)), "loop": exif((0x8769, 4, 1, 8)), "far": exif((0x8769, 4, 1, 2**32 - 1)),
        "many": exif((0x0112, 3, 2**31, 8)), "rational": exif((0x011A, 5, RATIONAL, RATIONAL)),
        "big": exif((0x0112, 3, 1, 6), more=60) + bytes(60_000),
    }  # fmt: skip
    found = {f"exif-{name}-jpg.jpg": picture("JPEG", exif=block) for name, block in blocks.items()}
    found |= {f"exif-{name}-webp.webp": picture("WEBP", exif=block) for name, block in blocks.items()}
    found |= {f"exif-{name}-png.png": picture("PNG", exif=block) for name, block in blocks.items()}
    text = zlib.compress(bytes(2**26), 9)
    for name, kind in (("text", b"zTXt"), ("profile", b"iCCP")):
        found[f"bomb-{name}.png"] = png(4, 4, chunk(kind, b"a\0\0" + text), pixels(52))
    for size in (0, 1, 127, 60_000):
        profile = struct.pack(">I", 2**32 - 1) + bytes(size)
        found |= {
            f"profile-{size}-{end}.{end}": picture(kind, icc_profile=profile) for end, kind in KINDS.items() if size
        }
    return found


def mutations(each: int) -> dict[str, bytes]:
    """Every kind of file, damaged at random."""
    found = {}
    for number, (ending, kind) in enumerate(KINDS.items()):
        for i, content in enumerate(damaged(picture(kind), each, seed=number)):
            found[f"damaged-{i}-{ending}.{ending}"] = content
    frames = [Image.new("RGB", (9, 9), color) for color in ("red", "green", "blue")]
    for kind in ("gif", "webp", "png"):
        frames[0].save(file := io.BytesIO(), kind, save_all=True, append_images=frames[1:])
        for i, content in enumerate(damaged(file.getvalue(), each // 3, seed=99)):
            found[f"animated-{i}-{kind}.{kind}"] = content
    return found


WRONG = huge_sizes() | lies() | bombs()  # none can be an image
ODD = metadata() | mutations(24)  # some can
