"""Whatever is in a file, reading it raises nothing but a `UserError` with its name."""

import io
import struct
import sys
import warnings
import zlib

import numpy as np
import pytest
import tifffile
import torch
from image_files import assert_read, chunk, encoded, noise, planes, smooth
from PIL import Image

from i2i_zoo.data.images import arrays, pillow
from i2i_zoo.data.images.files import ImageInfo, probe, read, write
from i2i_zoo.errors import UserError


def png16():
    smooth("I;16").save(file := io.BytesIO(), "PNG")
    return file.getvalue()


def array(values, **options):
    np.save(file := io.BytesIO(), values, **options)
    return file.getvalue()


def npz():
    np.savez(file := io.BytesIO(), x=np.zeros((2, 2)))
    return file.getvalue()


def huge_png(width, height):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def lying_npy():
    return array(np.zeros((4, 4), np.uint8)).replace(b"(4, 4)", b"(9, 9)")


def flat_tiff():
    tifffile.imwrite(
        file := io.BytesIO(), np.zeros((6, 7, 5), np.uint8), photometric="minisblack", planarconfig="contig"
    )
    height = struct.pack("<HHII", 257, 4, 1, 6), struct.pack("<HHII", 257, 4, 1, 0)
    assert height[0] in file.getvalue()
    return file.getvalue().replace(*height)


BROKEN = {
    "empty.png": (b"", "is empty"),
    "empty.npy": (b"", "is empty"),
    "text.png": (b"hello, I am no image", "no known kind"),
    "page.jpg": (b"<html><body>404 Not Found</body></html>", "no known kind"),
    "postscript.png": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n", "no known kind"),
    "cut.png": (encoded("PNG")[:-40], ""),
    "head.png": (encoded("PNG")[:30], ""),
    "cut.jpg": (encoded("JPEG")[:-60], "truncated"),
    "cut.bmp": (encoded("BMP")[:-60], "truncated"),
    "cut.gif": (encoded("GIF")[:-150], ""),
    "cut.webp": (encoded("WEBP")[:-30], ""),
    "cut.tif": (encoded("TIFF", compression="tiff_lzw")[:-40], ""),
    "cut16.png": (png16()[:-40], ""),
    "huge.png": (huge_png(2**15, 2**14), "more than 268435456; make it smaller"),
    "huge.npy": (array(np.zeros((1, 1), np.uint8)).replace(b"(1, 1), }    ", b"(99999, 99999), }"[:13]), ""),
    "flat.png": (huge_png(0, 5), ""),
    "flat.tif": (flat_tiff(), "no pixels"),
    "int.npy": (array(np.zeros((4, 4), np.int64)), "int64"),
    "bool.npy": (array(np.zeros((4, 4), bool)), "bool"),
    "deep.npy": (array(np.zeros((4, 4, 3, 3))), "4 dimensions"),
    "line.npy": (array(np.zeros(4)), "1 dimensions"),
    "none.npy": (array(np.zeros((0, 4))), ""),
    "nan.npy": (array(np.full((4, 4), np.nan)), "finite"),
    "range.npy": (array(np.full((4, 4), 255.0)), r"in \[0, 1\]"),
    "below.npy": (array(np.full((4, 4), -0.1)), r"in \[0, 1\]"),
    "pickle.npy": (array(np.array([[{}]]), allow_pickle=True), "objects"),
    "zipped.npy": (npz(), ""),
    "lying.npy": (lying_npy(), ""),
    "text.npy": (b"hello, I am no array", ""),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_one_sentence_with_their_name(tmp_path, name):
    content, reason = BROKEN[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=f"{name} .*{reason}") as caught:
        read(tmp_path / name, 1)
    assert "\n" not in str(caught.value)


def test_what_is_not_a_file(tmp_path):
    (tmp_path / "folder.png").mkdir()
    for name, reason in {"folder.png": "is not a file", "none.png": "does not exist", "x" * 300: "too long"}.items():
        for function in (probe, read):
            with pytest.raises(UserError, match=reason):
                function(tmp_path / name, 3)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP", "NPY"])
def test_random_damage_raises_nothing_else(tmp_path, kind, bits):
    path = tmp_path / f"x.{kind.lower()}"
    if bits == 16 and kind in ("PNG", "TIFF", "NPY"):
        path = path.with_suffix(".tif") if kind == "TIFF" else path
        write(noise(3, torch.uint16), path)
    elif kind == "NPY":
        write(noise(3, torch.uint8), path)
    else:
        smooth().save(path, kind)
    whole, random = path.read_bytes(), np.random.default_rng(bits)
    for _ in range(60):
        damaged = bytearray(whole)
        for place in random.integers(len(whole), size=random.integers(1, 4)):
            damaged[place] = random.integers(256)
        path.write_bytes(damaged[: random.integers(1, len(whole))] if random.random() < 0.3 else damaged)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, on metadata
            try:
                image = read(path, 3)
            except UserError as error:
                assert path.name in str(error)
            else:
                assert image.shape[0] == 3


def test_images_beyond_pillows_limit_are_read_without_a_warning(tmp_path, monkeypatch):
    smooth().save(tmp_path / "x.png")
    smooth().save(tmp_path / "x.tif")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 16)  # 384 pixels: beyond twice the limit Pillow raises
    monkeypatch.setattr(pillow, "_LARGE", 16)
    assert_read(tmp_path / "x.png", planes(smooth()))
    assert_read(tmp_path / "x.tif", planes(smooth()))
    assert Image.MAX_IMAGE_PIXELS == 16


def test_our_limit_holds_for_arrays(tmp_path, monkeypatch):
    np.save(tmp_path / "x.npy", np.zeros((5, 5), np.uint8))
    monkeypatch.setattr(arrays, "MOST_PIXELS", 24)
    with pytest.raises(UserError, match="5 x 5 pixels, more than 24"):
        probe(tmp_path / "x.npy", 1)


def test_without_tifffile_the_sentence_says_what_to_install(tmp_path, monkeypatch):
    write(noise(3, torch.uint16), tmp_path / "x.tif")
    monkeypatch.setitem(sys.modules, "tifffile", None)
    for attempt in (lambda: read(tmp_path / "x.tif", 3), lambda: write(noise(5, torch.uint8), tmp_path / "y.tif")):
        with pytest.raises(UserError, match=r"[xy].tif.*pip install 'i2i_zoo\[tiff\]'"):
            attempt()


def test_a_compression_beyond_tifffile_is_asked_for_in_the_extra(tmp_path, monkeypatch):
    write(noise(5, torch.uint8), tmp_path / "x.tif")

    def fail(self):
        raise ValueError("<COMPRESSION.LZW: 5> requires the 'imagecodecs' package")

    monkeypatch.setattr(tifffile.TiffPage, "asarray", fail)
    with pytest.raises(UserError, match=r"x.tif.*pip install 'i2i_zoo\[tiff\]'") as caught:
        read(tmp_path / "x.tif", 5)
    assert "remove" not in str(caught.value)


def test_lzw_of_any_number_of_bands(tmp_path):
    pytest.importorskip("imagecodecs")
    pixels = np.moveaxis(noise(5, torch.uint16).numpy(), 0, -1)
    tifffile.imwrite(tmp_path / "x.tif", pixels, photometric="minisblack", planarconfig="contig", compression="lzw")
    assert_read(tmp_path / "x.tif", noise(5, torch.uint16))


LONG = b"x" * 2**21
BESIDE = {
    "a text": chunk(b"zTXt", b"Comment\0\0" + zlib.compress(LONG)),
    "a profile": chunk(b"iCCP", b"ICC\0\0" + zlib.compress(LONG)),
    "broken EXIF": chunk(b"eXIf", b"MM\0*\0\0\xff\xff"),
}


@pytest.mark.parametrize("at_the_end", [False, True])
@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("what", BESIDE)
def test_pixels_do_not_suffer_from_what_stands_beside_them(tmp_path, what, depth, at_the_end):
    write(image := noise(3, torch.uint8 if depth == 8 else torch.uint16), path := tmp_path / "x.png")
    content = path.read_bytes()
    place = len(content) - 12 if at_the_end else 33
    path.write_bytes(content[:place] + BESIDE[what] + content[place:])
    assert_read(path, image)


def test_probe_decodes_nothing(tmp_path, monkeypatch):
    smooth().save(tmp_path / "x.png")
    write(noise(3, torch.uint16), tmp_path / "deep.png")
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: pytest.fail("decoded"))
    assert probe(tmp_path / "x.png", 3) == ImageInfo(3, 16, 24, torch.uint8)
    assert probe(tmp_path / "deep.png", 3) == ImageInfo(3, 5, 7, torch.uint16)
