import base64
import io

import numpy as np
import pytest
from PIL import Image, ImageFilter

from i2i_zoo.compare.report.embed import LONGEST, embed
from i2i_zoo.errors import UserError


def decoded(uri):
    return Image.open(io.BytesIO(base64.b64decode(uri.partition("base64,")[2])))


def noise(size):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (size, size, 3), np.uint8))


def test_a_drawing_stays_exact(tmp_path):
    image = Image.new("L", (32, 24), 255)
    image.paste(0, (4, 4, 20, 9))
    image.convert("RGB").save(tmp_path / "a.png")
    picture = embed(tmp_path, "a.png")
    assert picture.uri.startswith("data:image/png;base64,") and picture[1:] == (32, 24)
    assert decoded(picture.uri).mode == "L" and (np.asarray(decoded(picture.uri)) == np.asarray(image)).all()


def test_a_photograph_becomes_a_smaller_jpeg_that_looks_the_same(tmp_path):
    image = noise(128).filter(ImageFilter.GaussianBlur(2))
    image.save(tmp_path / "a.png")
    picture = embed(tmp_path, "a.png")
    assert picture.uri.startswith("data:image/jpeg;base64,")
    assert len(picture.uri) < (tmp_path / "a.png").stat().st_size
    assert np.abs(np.asarray(decoded(picture.uri), float) - np.asarray(image, float)).mean() < 2


def test_a_large_picture_is_shown_smaller(tmp_path):
    Image.new("RGB", (3 * LONGEST, LONGEST), "red").save(tmp_path / "a.png")
    assert embed(tmp_path, "a.png")[1:] == (LONGEST, round(LONGEST / 3))


def test_sixteen_bits_are_shown_in_eight(tmp_path):
    Image.fromarray(np.full((4, 4), 257 * 7, np.uint16)).save(tmp_path / "a.png")
    assert decoded(embed(tmp_path, "a.png").uri).getpixel((0, 0)) == 7


@pytest.mark.parametrize("name", ["../secret.png", "link.png"])
def test_a_picture_outside_of_the_folder_is_refused(tmp_path, name):
    folder = tmp_path / "folder"
    folder.mkdir()
    noise(8).save(tmp_path / "secret.png")
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(UserError, match="outside of this folder"):
        embed(folder, name)


def test_a_missing_or_broken_picture_is_named(tmp_path):
    with pytest.raises(UserError, match=r"a\.png does not exist"):
        embed(tmp_path, "a.png")
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(UserError, match=r"a\.png cannot be read"):
        embed(tmp_path, "a.png")
