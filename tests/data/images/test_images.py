"""Files keep their depth, and appear whole or not at all."""

import struct
import zlib

import numpy as np
import pytest
import tifffile
import torch
from image_files import LEVELS, assert_read, chunk, noise, planes, smooth
from PIL import Image

from i2i_zoo.data.images.files import ImageInfo, find_images, from_unit, probe, read, to_unit, write
from i2i_zoo.errors import UserError


def test_find_images_is_sorted_recursive_and_skips_what_is_hidden(tmp_path):
    for name in ("b.PNG", "a/c.jpeg", "a/.hidden.png", ".cache/d.png", "notes.txt", "z.npy"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    assert [path.relative_to(tmp_path).as_posix() for path in find_images(tmp_path)] == ["a/c.jpeg", "b.PNG", "z.npy"]


def test_find_images_says_what_is_wrong_with_the_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="holds no images"):
        find_images(tmp_path)
    with pytest.raises(UserError, match="is not a folder"):
        find_images(tmp_path / "file")
    with pytest.raises(UserError, match="does not exist"):
        find_images(tmp_path / "missing")


@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16, torch.float32])
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("ending", ["png", "tif", "npy"])
def test_round_trip_at_depth(tmp_path, ending, channels, dtype):
    path, image = tmp_path / "new" / f"x.{ending}", noise(channels, dtype)
    if ending == "png" and channels == 5:
        with pytest.raises(UserError, match="at most 4 channels"):
            write(image, path)
        return
    write(image, path)
    kept = from_unit(to_unit(image), torch.uint8) if ending == "png" and dtype == torch.float32 else image
    assert_read(path, kept)
    assert [found.name for found in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(("ending", "channels"), [("bmp", 3), ("webp", 3), ("webp", 4)])
def test_round_trip_of_8_bit_kinds(tmp_path, ending, channels):
    image = noise(channels, torch.uint8)
    image[-1, 0, 0] = 0  # a transparent pixel keeps its color
    write(image, tmp_path / f"x.{ending}")
    assert_read(tmp_path / f"x.{ending}", image)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16, torch.float32])
def test_jpeg_is_8_bit_and_fine(tmp_path, dtype):
    image = from_unit(to_unit(torch.as_tensor(planes(smooth()))), dtype)
    write(image, tmp_path / "x.jpg")
    assert read(tmp_path / "x.jpg", 3).dtype == torch.uint8
    assert (to_unit(read(tmp_path / "x.jpg", 3)) - to_unit(image)).abs().mean() < 0.02


@pytest.mark.parametrize("channels", [2, 4])
def test_jpeg_refuses_what_it_cannot_hold(tmp_path, channels):
    with pytest.raises(UserError, match=r"x.jpg .*holds 1 or 3 channels"):
        write(noise(channels, torch.uint8), tmp_path / "x.jpg")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16])
def test_every_level_survives_the_unit_range(dtype):
    levels = torch.arange(LEVELS[dtype], dtype=torch.int32).to(dtype)
    unit = to_unit(levels)
    assert (unit.min(), unit.max(), unit.dtype) == (-1, 1, torch.float32)
    assert torch.equal(from_unit(unit, dtype).int(), levels.int())


def test_the_unit_range_is_clamped_and_rounded():
    values = torch.tensor([-3.0, -1, 0, 0.999, 1, 3])
    assert from_unit(values, torch.uint8).tolist() == [0, 0, 128, 255, 255, 255]
    assert from_unit(values, torch.float32).tolist() == pytest.approx([0, 0, 0.5, 0.9995, 1, 1])
    assert to_unit(torch.tensor([0.0, 0.25, 1])).tolist() == [-1, -0.5, 1]


@pytest.mark.parametrize(("channels", "color_type"), [(1, 0), (2, 4), (3, 2), (4, 6)])
def test_16_bit_png_made_by_hand(tmp_path, channels, color_type):
    image = noise(channels, torch.uint16, 33, 65).numpy()
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in np.moveaxis(image, 0, -1))
    header = struct.pack(">IIBBBBB", 65, 33, 16, color_type, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n" + content)
    assert_read(tmp_path / "x.png", image)


@pytest.mark.parametrize("channels", [3, 4])
def test_written_16_bit_png_in_pillow(tmp_path, channels):
    write(noise(channels, torch.uint16), tmp_path / "x.png")
    with Image.open(tmp_path / "x.png") as other:
        other.verify()
    with Image.open(tmp_path / "x.png") as other:
        assert np.array_equal(planes(other), noise(channels, torch.uint16).numpy() >> 8)


@pytest.mark.parametrize("name", ["x.png", "x.tif"])
@pytest.mark.parametrize("mode", ["I;16", "I;16B"])
def test_16_bit_grey_of_others(tmp_path, mode, name):
    levels = np.array([[0, 1, 255], [256, 40000, 65535]], np.uint16)
    Image.frombytes(mode, (3, 2), levels.astype("<u2" if mode == "I;16" else ">u2").tobytes()).save(tmp_path / name)
    assert_read(tmp_path / name, levels[None])
    assert_read(tmp_path / name, levels[None].repeat(3, 0), channels=3)


def test_32_bit_integers_pass_while_they_fit_16(tmp_path):
    Image.fromarray(np.array([[0, 65535]], np.int32)).save(tmp_path / "x.tif")
    assert_read(tmp_path / "x.tif", np.array([[[0, 65535]]], np.int32))
    Image.fromarray(np.array([[0, 65536]], np.int32)).save(tmp_path / "x.tif")
    with pytest.raises(UserError, match=r"int32 must be in \[0, 65535\]; .*data\.range=\[0, 65536\]"):
        read(tmp_path / "x.tif", 1)


@pytest.mark.parametrize("dtype", [torch.int16, torch.int32])
@pytest.mark.parametrize("channels", [1, 3, 5])
@pytest.mark.parametrize("ending", ["tif", "npy"])
def test_signed_numbers_come_back_as_they_were(tmp_path, ending, channels, dtype):
    image = torch.arange(-3, 35 * channels - 3).to(dtype).reshape(channels, 5, 7)
    write(image, path := tmp_path / f"x.{ending}")
    found = read(path, channels, bounded=False)
    assert found.dtype == dtype == probe(path, channels).dtype
    assert torch.equal(found, image)
    with pytest.raises(UserError, match=r"has values from -3 to .*data\.range=\[-3, "):
        read(path, channels)
    with pytest.raises(UserError, match=r"holds no int.* numbers; use \.tif or \.npy"):
        write(image[:1], tmp_path / "x.png")


def test_signed_tiffs_of_others(tmp_path):
    values = np.array([[-1024, 0, 3071]])
    for kind, dtype in (("<i2", torch.int16), (">i2", torch.int16), ("<i4", torch.int32), (">i4", torch.int32)):
        tifffile.imwrite(tmp_path / "x.tif", values.astype(kind), photometric="minisblack")
        found = read(tmp_path / "x.tif", 1, bounded=False)
        assert (found.dtype, found.tolist()) == (dtype, [values.tolist()])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("kind", "white"), [("u1", 255), ("u2", 65535)])
def test_tiffs_that_count_white_as_zero(tmp_path, kind, white, order):
    levels = np.array([[0, 1, white - 3], [white, 200, 7]], order + kind)
    tifffile.imwrite(tmp_path / "x.tif", levels, photometric="miniswhite", byteorder=order)
    assert_read(tmp_path / "x.tif", (white - levels)[None].astype(kind))


@pytest.mark.parametrize("planes_apart", [False, True])
def test_tiff_keeps_a_fourth_channel_that_is_not_alpha(tmp_path, planes_apart):
    image = noise(4, torch.uint8).numpy()
    pixels, layout = (image, "separate") if planes_apart else (np.moveaxis(image, 0, -1), "contig")
    path = tmp_path / "infrared.tif"
    tifffile.imwrite(path, pixels, photometric="rgb", planarconfig=layout, extrasamples=["unspecified"])
    assert_read(path, image)
    with pytest.raises(UserError, match="4 channels"):
        read(path, 3)


def test_one_pixel(tmp_path):
    for name in ("x.png", "x.jpg", "x.tif", "x.npy"):
        write(torch.full((3, 1, 1), 7, dtype=torch.uint8), tmp_path / name)
        assert read(tmp_path / name, 3).shape == (3, 1, 1)
    write(torch.full((3, 1, 1), 777).to(torch.uint16), tmp_path / "x.png")
    assert_read(tmp_path / "x.png", np.full((3, 1, 1), 777, np.uint16))


@pytest.mark.parametrize(
    ("shape", "channels", "expected"),
    [
        ((4, 6), 1, (1, 4, 6)),
        ((4, 6), 3, (3, 4, 6)),
        ((4, 6, 5), 5, (5, 4, 6)),
        ((5, 4, 6), 5, (5, 4, 6)),
        ((3, 6, 3), 3, (3, 3, 6)),  # both fit: the last counts
        ((4, 6, 1), 3, (3, 4, 6)),
        ((1, 4, 6), 3, (3, 4, 6)),
        ((3, 4, 6), 1, (1, 4, 6)),
        ((1, 6, 3), 1, (1, 6, 3)),
    ],
)
def test_layout_of_arrays(tmp_path, shape, channels, expected):
    np.save(tmp_path / "x.npy", np.zeros(shape, np.uint8))
    assert read(tmp_path / "x.npy", channels).shape == expected
    assert probe(tmp_path / "x.npy", channels) == ImageInfo(*expected, torch.uint8)


def test_arrays_keep_the_order_of_their_channels(tmp_path):
    image = noise(5, torch.uint8).numpy()
    np.save(tmp_path / "first.npy", image)
    np.save(tmp_path / "last.npy", np.moveaxis(image, 0, -1))
    assert_read(tmp_path / "first.npy", image)
    assert_read(tmp_path / "last.npy", image)


@pytest.mark.parametrize("kind", ["<f2", "<f4", ">f4", "<f8", "|u1", "<u2", ">u2"])
def test_kinds_of_numbers_in_arrays(tmp_path, kind):
    values = np.array([[0, 1], [1, 0]], kind)
    np.save(tmp_path / "x.npy", values)
    native = {"f": np.float32, "u": np.uint8 if kind == "|u1" else np.uint16}[kind[1]]
    assert_read(tmp_path / "x.npy", values.astype(native)[None])


def test_a_failed_write_leaves_the_old_file_alone(tmp_path, monkeypatch):
    write(noise(3, torch.uint8), tmp_path / "x.png")

    def fail(self, path, **options):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(UserError, match=r"x.png cannot be written: no space left"):
        write(noise(1, torch.uint8), tmp_path / "x.png")
    assert [path.name for path in tmp_path.iterdir()] == ["x.png"]
    assert_read(tmp_path / "x.png", noise(3, torch.uint8))


def test_write_refuses_unknown_endings_and_impossible_folders(tmp_path):
    with pytest.raises(UserError, match=r"not written as \.gif"):
        write(noise(3, torch.uint8), tmp_path / "x.gif")
    with pytest.raises(UserError, match="not written as files without ending"):
        write(noise(3, torch.uint8), tmp_path / "x")
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"):
        write(noise(3, torch.uint8), tmp_path / "file" / "x.png")
