"""Several images in one file, counted without decoding one."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from i2i_zoo.data.images.pages import pages

FRAMES = [Image.new("L", (8, 8), 50 * n) for n in range(5)]


@pytest.mark.parametrize("name", ["s.tif", "s.gif", "s.png", "s.webp"])
def test_frames_are_counted_in_every_kind(tmp_path, name):
    FRAMES[0].save(tmp_path / name, save_all=True, append_images=FRAMES[1:])
    assert pages(tmp_path / name) == 5
    FRAMES[0].save(tmp_path / name)
    assert pages(tmp_path / name) == 1


@pytest.mark.parametrize("options", [{}, {"bigtiff": True}, {"byteorder": ">"}, {"imagej": True}])
def test_pages_of_tiffs_that_pillow_does_not_write(tmp_path, options):
    stack = np.zeros((3, 16, 16), np.uint16)
    tifffile.imwrite(tmp_path / "s.tif", stack, photometric="minisblack", **options)
    assert pages(tmp_path / "s.tif") == 3


@pytest.mark.parametrize("big", [False, True])
def test_thumbnails_are_no_pages(tmp_path, big):
    with tifffile.TiffWriter(tmp_path / "s.tif", bigtiff=big) as file:
        file.write(np.zeros((16, 16), np.uint8))
        file.write(np.zeros((8, 8), np.uint8), subfiletype=1)
        file.write(np.zeros((16, 16), np.uint8))
    assert pages(tmp_path / "s.tif") == 2


@pytest.mark.parametrize(
    "content", [b"", b"II*\0", b"II*\0\x08\0\0\0\xff\xff", b"GIF89a", b"MM\0+\0\x08\0\0" + b"\xff" * 8]
)
def test_what_cannot_be_read_is_one_page(tmp_path, content):
    (tmp_path / "s.tif").write_bytes(content)
    assert pages(tmp_path / "s.tif") == 1


def test_directories_in_a_circle_end(tmp_path):
    FRAMES[0].save(tmp_path / "s.tif")
    content = bytearray((tmp_path / "s.tif").read_bytes())
    start = int.from_bytes(content[4:8], "little")
    end = start + 2 + 12 * int.from_bytes(content[start : start + 2], "little")
    content[end : end + 4] = content[4:8]
    (tmp_path / "s.tif").write_bytes(content)
    assert pages(tmp_path / "s.tif") == 1
