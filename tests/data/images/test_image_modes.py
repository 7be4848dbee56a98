"""Channels, alpha, palettes, orientation and animation; quirks of the formats are checked against Pillow."""

import numpy as np
import pytest
import tifffile
import torch
from image_files import LEVELS, assert_read, chunk, noise, planes, smooth, with_turn
from PIL import Image, ImageOps

from i2i_zoo.data.images.files import from_pil, probe, read, to_pil, write
from i2i_zoo.errors import UserError


def test_grey_and_color_convert_at_depth(tmp_path):
    write(noise(3, torch.uint16), tmp_path / "color.png")
    r, g, b = noise(3, torch.uint16).double()
    luma = read(tmp_path / "color.png", 1)
    assert luma.dtype == torch.uint16
    torch.testing.assert_close(luma[0].double(), 0.299 * r + 0.587 * g + 0.114 * b, rtol=0, atol=2)
    smooth().save(tmp_path / "8.png")
    assert_read(tmp_path / "8.png", planes(smooth().convert("L")), channels=1)
    write(noise(1, torch.float32), tmp_path / "grey.npy")
    assert_read(tmp_path / "grey.npy", noise(1, torch.float32).repeat(3, 1, 1), channels=3)


@pytest.mark.parametrize(("have", "want"), [(3, 4), (3, 2), (1, 4), (5, 3), (3, 5)])
def test_other_channels_are_refused_from_the_header_on(tmp_path, have, want):
    write(noise(have, torch.uint8), tmp_path / "x.tif")
    for function in (probe, read):
        with pytest.raises(UserError, match=rf"x.tif has {have} channels where its domain has {want}; .*data.channels"):
            function(tmp_path / "x.tif", want)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16])
@pytest.mark.parametrize(("name", "channels"), [("x.png", 2), ("x.png", 4), ("x.tif", 4)])
def test_alpha_lies_over_white(tmp_path, name, channels, dtype):
    image, white = noise(channels, dtype), LEVELS[dtype] - 1
    write(image, tmp_path / name)
    alpha = image[-1:].double() / white
    over = image[:-1].double() * alpha + white * (1 - alpha)
    result = read(tmp_path / name, channels - 1)
    assert result.dtype == dtype
    torch.testing.assert_close(result.double(), over, rtol=0, atol=0.51)


def test_grey_with_alpha_in_an_rgba_domain(tmp_path):
    image = noise(2, torch.uint8)
    write(image, tmp_path / "x.png")
    assert_read(tmp_path / "x.png", image[[0, 0, 0, 1]])


@pytest.mark.parametrize("name", ["x.png", "x.gif"])
def test_palette(tmp_path, name):
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 200, 100, 50])
    palette.putdata([0, 1])
    palette.save(tmp_path / name)
    assert_read(tmp_path / name, np.array([[[10, 200]], [[20, 100]], [[30, 50]]], np.uint8))
    palette.save(tmp_path / name, transparency=1)
    assert_read(tmp_path / name, np.array([[[10, 255]], [[20, 255]], [[30, 255]]], np.uint8))
    assert read(tmp_path / name, 4)[3].tolist() == [[255, 0]]


def test_color_key_transparency(tmp_path):
    Image.new("RGB", (2, 1), (1, 2, 3)).save(tmp_path / "x.png", transparency=(1, 2, 3))
    assert_read(tmp_path / "x.png", np.full((3, 1, 2), 255, np.uint8))


@pytest.mark.parametrize(("mode", "name"), [("CMYK", "x.jpg"), ("CMYK", "x.tif"), ("1", "x.png")])
def test_other_modes_become_grey_or_rgb(tmp_path, mode, name):
    smooth(mode).save(tmp_path / name)
    with Image.open(tmp_path / name) as image:
        assert image.mode == mode
        assert_read(tmp_path / name, planes(image.convert("L" if mode == "1" else "RGB")))


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("name", ["x.jpg", "x.png", "x.tif", "x.webp"])
def test_exif_orientation(tmp_path, name, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    smooth().save(tmp_path / name, exif=exif)
    with Image.open(tmp_path / name) as image:
        assert_read(tmp_path / name, planes(ImageOps.exif_transpose(image)))


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("name", ["x.png", "x.tif"])
def test_exif_orientation_of_16_bit_color(tmp_path, name, turn):
    image, path = noise(3, torch.uint16), tmp_path / name
    write(image, path)
    if name == "x.png":
        exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" + bytes([turn]) + b"\0\0\0\0\0\0"
        path.write_bytes(path.read_bytes()[:33] + chunk(b"eXIf", exif) + path.read_bytes()[33:])
    else:
        tifffile.imwrite(path, np.moveaxis(image.numpy(), 0, -1), extratags=[(274, 3, 1, turn, True)])
    upright = [ImageOps.exif_transpose(with_turn(Image.fromarray(plane.numpy()), turn)) for plane in image]
    assert_read(path, np.stack([np.array(plane) for plane in upright]))


@pytest.mark.parametrize("name", ["x.gif", "x.png", "x.webp", "x.tif"])
def test_the_first_frame_of_an_animation(tmp_path, name):
    options = {"lossless": True} if name == "x.webp" else {}
    frames = [Image.new("RGB", (4, 3), color) for color in ("red", "blue")]
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **options)
    assert_read(tmp_path / name, planes(frames[0]))


def test_pil_both_ways():
    for image in (noise(1, torch.uint8), noise(3, torch.uint8), noise(4, torch.uint8), noise(1, torch.uint16)):
        assert torch.equal(from_pil(to_pil(image), len(image)).int(), image.int())
    assert [to_pil(noise(c, torch.uint8)).mode for c in (1, 2, 3, 4)] == ["L", "LA", "RGB", "RGBA"]
    assert np.array_equal(from_pil(smooth("YCbCr"), 3), planes(smooth("YCbCr").convert("RGB")))
    assert from_pil(with_turn(smooth(), 6), 1).shape == (1, 24, 16)
    with pytest.raises(UserError, match="3 channels where 5 are wanted"):
        from_pil(smooth(), 5)
    with pytest.raises(ValueError, match="no mode"):
        to_pil(noise(3, torch.uint16))
