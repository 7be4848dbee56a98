"""Files at their depth, and nothing but a `UserError` for a bad one. Format quirks are checked against Pillow."""

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image, ImageOps

from i2i_zoo.data import images
from i2i_zoo.data.images import ImageInfo, find_images, from_pil, from_unit, probe, read, to_pil, to_unit, write
from i2i_zoo.errors import UserError

LEVELS = {torch.uint8: 256, torch.uint16: 65536}


def noise(channels, dtype, height=5, width=7):
    generator = torch.Generator().manual_seed(channels)
    if dtype == torch.float32:
        return torch.rand(channels, height, width, generator=generator)
    return torch.randint(LEVELS[dtype], (channels, height, width), generator=generator, dtype=torch.int32).to(dtype)


def smooth(mode="RGB", size=(24, 16)):
    across, down = np.meshgrid(np.linspace(0, 255, size[0]), np.linspace(0, 255, size[1]))
    return Image.fromarray(np.stack([across, down, 255 - across], -1).astype(np.uint8)).convert(mode)


def assert_read(path, expected, channels=None):
    """`read` gives `expected` (C, H, W), and `probe` has told so."""
    channels = channels or len(expected)
    image = read(path, channels)
    assert image.is_contiguous()
    assert probe(path, channels) == ImageInfo(*image.shape, image.dtype)
    torch.testing.assert_close(image, torch.as_tensor(np.ascontiguousarray(expected)), rtol=0, atol=0)


def planes(image):
    """Pillow's 8-bit pixels as (C, H, W)."""
    pixels = np.array(image)
    return pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, -1, 0)


# -- finding


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


# -- depth


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


@pytest.mark.parametrize("ending", ["bmp", "webp"])
def test_round_trip_of_8_bit_kinds(tmp_path, ending):
    write(noise(3, torch.uint8), tmp_path / f"x.{ending}")
    assert_read(tmp_path / f"x.{ending}", noise(3, torch.uint8))


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
    assert_read(tmp_path / "x.tif", np.array([[[0, 65535]]], np.uint16))
    Image.fromarray(np.array([[0, 65536]], np.int32)).save(tmp_path / "x.tif")
    with pytest.raises(UserError, match="exceed 16 bits"):
        read(tmp_path / "x.tif", 1)


def test_one_pixel(tmp_path):
    for name in ("x.png", "x.jpg", "x.tif", "x.npy"):
        write(torch.full((3, 1, 1), 7, dtype=torch.uint8), tmp_path / name)
        assert read(tmp_path / name, 3).shape == (3, 1, 1)
    write(torch.full((3, 1, 1), 777).to(torch.uint16), tmp_path / "x.png")
    assert_read(tmp_path / "x.png", np.full((3, 1, 1), 777, np.uint16))


# -- channels


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


@pytest.mark.parametrize(("mode", "name"), [("CMYK", "x.jpg"), ("CMYK", "x.tif"), ("1", "x.png"), ("YCbCr", "x.tif")])
def test_other_modes_become_grey_or_rgb(tmp_path, mode, name):
    smooth(mode).save(tmp_path / name)
    with Image.open(tmp_path / name) as image:
        assert image.mode in (mode, "RGB")  # Pillow 11 calls a YCbCr TIFF RGB
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


def with_turn(image, turn):
    image.getexif()[0x0112] = turn
    return image


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
    assert from_pil(with_turn(smooth(), 6), 1).shape == (1, 24, 16)
    with pytest.raises(UserError, match="3 channels where 5 are wanted"):
        from_pil(smooth(), 5)
    with pytest.raises(ValueError, match="no mode"):
        to_pil(noise(3, torch.uint16))


# -- arrays


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


# -- broken files


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def encoded(kind, mode="RGB", **options):
    smooth(mode).save(file := io.BytesIO(), kind, **options)
    return file.getvalue()


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
    monkeypatch.setattr(images.pillow, "_LARGE", 16)
    assert_read(tmp_path / "x.png", planes(smooth()))
    assert_read(tmp_path / "x.tif", planes(smooth()))
    assert Image.MAX_IMAGE_PIXELS == 16


def test_our_limit_holds_for_arrays(tmp_path, monkeypatch):
    np.save(tmp_path / "x.npy", np.zeros((5, 5), np.uint8))
    monkeypatch.setattr(images, "MOST_PIXELS", 24)
    with pytest.raises(UserError, match="5 x 5 pixels, more than 24"):
        probe(tmp_path / "x.npy", 1)


def test_without_tifffile_the_sentence_says_what_to_install(tmp_path, monkeypatch):
    write(noise(3, torch.uint16), tmp_path / "x.tif")
    monkeypatch.setitem(__import__("sys").modules, "tifffile", None)
    for attempt in (lambda: read(tmp_path / "x.tif", 3), lambda: write(noise(5, torch.uint8), tmp_path / "y.tif")):
        with pytest.raises(UserError, match=r"[xy].tif.*pip install 'i2i_zoo\[tiff\]'"):
            attempt()


def test_probe_decodes_nothing(tmp_path, monkeypatch):
    smooth().save(tmp_path / "x.png")
    write(noise(3, torch.uint16), tmp_path / "deep.png")
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: pytest.fail("decoded"))
    assert probe(tmp_path / "x.png", 3) == ImageInfo(3, 16, 24, torch.uint8)
    assert probe(tmp_path / "deep.png", 3) == ImageInfo(3, 5, 7, torch.uint16)


# -- writing


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
