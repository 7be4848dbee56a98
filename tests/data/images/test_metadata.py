"""What stands beside the pixels of a file goes along to its translation, as far as that can hold it."""

import struct
import zlib

import numpy as np
import pytest
import tifffile
import torch
from image_files import noise, smooth
from PIL import ExifTags, Image, ImageCms, PngImagePlugin, TiffImagePlugin

from i2i_zoo.data.images.files import read, read_with_metadata, write
from i2i_zoo.data.images.metadata import NOTHING, read_metadata

ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PLACE = {33550: (0.5, 0.5, 0.0), 33922: (0.0, 0.0, 0.0, 350000.0, 5600000.0, 0.0), 34737: "WGS 84|", 42113: "-9999"}


def again(source, target, channels=3, change=lambda image: image):
    """Read a file, change the image, and write it with the metadata of the file."""
    image, metadata = read_with_metadata(source, channels, bounded=False)
    write(change(image), target, metadata)
    return target


def exif_of_a_camera():
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Orientation] = "Zoo", 6
    exif.get_ifd(ExifTags.IFD.Exif).update({ExifTags.Base.ExposureTime: 0.5, ExifTags.Base.ExifImageWidth: 24})
    exif.get_ifd(ExifTags.IFD.GPSInfo)[1] = "N"
    return exif


@pytest.mark.parametrize("name", ["x.jpg", "x.png", "x.webp", "x.tif"])
def test_profile_resolution_and_exif(tmp_path, name):
    options = {"dpi": (300, 200), "icc_profile": ICC, "exif": exif_of_a_camera()}
    smooth().save(tmp_path / name, **options)
    with Image.open(again(tmp_path / name, tmp_path / f"new-{name}")) as image:
        assert image.info["icc_profile"] == ICC
        if name != "x.webp":
            assert image.info["dpi"] == pytest.approx((300, 200), abs=0.1)
        exif = image.getexif()
        assert (exif[ExifTags.Base.Make], exif.get(ExifTags.Base.Orientation)) == ("Zoo", None)
        if name != "x.tif":
            assert image.size == (16, 24)  # upright
            inner = exif.get_ifd(ExifTags.IFD.Exif)
            assert (inner[ExifTags.Base.ExposureTime], inner[ExifTags.Base.ExifImageWidth]) == (0.5, 16)
            assert exif.get_ifd(ExifTags.IFD.GPSInfo)[1] == "N"


def test_profile_resolution_and_exif_at_16_bits(tmp_path):
    smooth().save(tmp_path / "x.png", dpi=(300, 200), icc_profile=ICC, exif=exif_of_a_camera())
    deep = again(tmp_path / "x.png", tmp_path / "y.png", change=lambda image: (image.int() * 257).to(torch.uint16))
    again(deep, tmp_path / "z.png")
    with Image.open(tmp_path / "z.png") as image:
        assert image.info["icc_profile"] == ICC
        assert image.info["dpi"] == pytest.approx((300, 200), abs=0.1)
        assert image.getexif()[ExifTags.Base.Make] == "Zoo"
    assert read(tmp_path / "z.png", 3).dtype == torch.uint16


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="6" k="zoo"/></x:xmpmeta>'


@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16])
@pytest.mark.parametrize("first", ["x.jpg", "x.png", "x.webp", "x.tif"])
@pytest.mark.parametrize("then", ["y.jpg", "y.png", "y.webp", "y.tif"])
def test_xmp_goes_along_but_its_orientation(tmp_path, first, then, dtype):
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    options = {"x.png": {"pnginfo": info}, "x.tif": {"tiffinfo": {700: XMP}}}.get(first, {"xmp": XMP})
    smooth().save(tmp_path / first, **options)
    again(tmp_path / first, tmp_path / then, change=lambda image: (image.to(torch.int32) * 257).to(dtype))
    again(tmp_path / then, tmp_path / f"again-{then}")
    with Image.open(tmp_path / f"again-{then}") as image:
        assert image.info["xmp"] == XMP.replace(b' tiff:Orientation="6"', b"")


def test_a_file_without_metadata_is_written_as_ever(tmp_path):
    for name in ("x.png", "x.jpg", "x.tif", "x.webp", "x.bmp"):
        write(noise(3, torch.uint8), tmp_path / name)
        image, metadata = read_with_metadata(tmp_path / name, 3)
        write(image, tmp_path / f"with-{name}", metadata)
        write(image, tmp_path / f"without-{name}")
        assert (tmp_path / f"with-{name}").read_bytes() == (tmp_path / f"without-{name}").read_bytes()


@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16])
@pytest.mark.parametrize(("name", "channels"), [("x.png", 2), ("x.png", 4), ("x.tif", 2), ("x.tif", 4)])
def test_alpha_as_it_was(tmp_path, name, channels, dtype):
    write(image := noise(channels, dtype), tmp_path / name)
    for to in (1, 3):
        path = again(tmp_path / name, tmp_path / f"new-{name}", channels - 1, lambda _, to=to: noise(to, dtype))
        assert torch.equal(read(path, to + 1), torch.cat([noise(to, dtype), image[-1:]]))


def test_alpha_of_a_palette_and_where_no_alpha_can_be(tmp_path):
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 200, 100, 50])
    palette.putdata([0, 1])
    palette.save(tmp_path / "x.gif", transparency=1)
    assert read(again(tmp_path / "x.gif", tmp_path / "x.png"), 4)[3].tolist() == [[255, 0]]
    with Image.open(again(tmp_path / "x.gif", tmp_path / "x.jpg")) as image:
        assert image.mode == "RGB"
    again(tmp_path / "x.png", tmp_path / "four.png", channels=4)  # alpha is one of the model's channels
    assert torch.equal(read(tmp_path / "four.png", 4), read(tmp_path / "x.png", 4))


def test_a_profile_of_other_colors_is_left_out(tmp_path):
    cmyk = ICC[:16] + b"CMYK" + ICC[20:]
    smooth("CMYK").save(tmp_path / "x.jpg", icc_profile=cmyk)
    assert read_metadata(tmp_path / "x.jpg").icc == cmyk
    with Image.open(again(tmp_path / "x.jpg", tmp_path / "y.jpg")) as image:
        assert (image.mode, image.info.get("icc_profile")) == ("RGB", None)
    smooth().save(tmp_path / "x.png", icc_profile=ICC)
    with Image.open(again(tmp_path / "x.png", tmp_path / "y.png", channels=1)) as image:
        assert image.info.get("icc_profile") is None


@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16, torch.int16, torch.float32])
@pytest.mark.parametrize("channels", [1, 3, 5])
def test_a_geotiff_stays_one(tmp_path, channels, dtype):
    pixels = torch.arange(35 * channels).reshape(5, 7, channels).to(dtype).numpy()
    tags = [(tag, 2 if isinstance(value, str) else 12, len(value), value, True) for tag, value in PLACE.items()]
    grey = {"photometric": "minisblack", "planarconfig": "contig"}
    tifffile.imwrite(tmp_path / "x.tif", pixels if channels > 1 else pixels[..., 0], **grey, extratags=tags)
    again(tmp_path / "x.tif", tmp_path / "y.tif", channels)
    with tifffile.TiffFile(tmp_path / "y.tif") as file:
        found = file.pages[0]
        assert {tag: found.tags.valueof(tag) for tag in PLACE} == PLACE
        assert found.dtype == pixels.dtype
        assert np.array_equal(found.asarray().reshape(pixels.shape), pixels)
    again(tmp_path / "x.tif", tmp_path / "smaller.tif", channels, lambda image: image[:, :4])
    with tifffile.TiffFile(tmp_path / "smaller.tif") as file:
        assert not file.pages[0].tags.keys() & PLACE.keys()


@pytest.mark.parametrize("kind", ["|u1", "<u2", ">u2", "<i2", "<i4", "<f2", "<f4", "<f8"])
@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (1, 4, 6)])
def test_arrays_come_back_in_shape_and_type(tmp_path, shape, kind):
    np.save(tmp_path / "x.npy", np.arange(24).reshape(shape).astype(kind))
    found = np.load(again(tmp_path / "x.npy", tmp_path / "y.npy", 1))
    assert (found.dtype, found.shape) == (np.dtype(kind), shape)
    assert np.array_equal(found, np.load(tmp_path / "x.npy"))
    three = np.load(again(tmp_path / "x.npy", tmp_path / "y.npy", 1, lambda image: image.expand(3, -1, -1)))
    assert three.shape == ((3, 4, 6) if shape == (1, 4, 6) else (4, 6, 3))


def test_metadata_that_cannot_be_read_are_none(tmp_path):
    (tmp_path / "x.jpg").write_bytes(b"no picture at all")
    assert read_metadata(tmp_path / "x.jpg") == NOTHING
    smooth().save(tmp_path / "x.png", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\x01\xff\xff\xff\xff")
    assert torch.equal(read(again(tmp_path / "x.png", tmp_path / "y.png"), 3), read(tmp_path / "x.png", 3))


def with_chunks_behind(path, *chunks):
    """Put chunks behind the pixels of a PNG."""
    whole = path.read_bytes()
    end = whole.index(b"IEND") - 4
    made = [struct.pack(">I", len(d)) + kind + d + struct.pack(">I", zlib.crc32(kind + d)) for kind, d in chunks]
    path.write_bytes(whole[:end] + b"".join(made) + whole[end:])


@pytest.mark.parametrize("packed", [0, 1])
def test_exif_and_xmp_behind_the_pixels_of_a_png(tmp_path, packed):
    smooth().save(tmp_path / "x.png")
    text = b"XML:com.adobe.xmp\0" + bytes([packed, 0]) + b"en\0\0" + (zlib.compress(XMP) if packed else XMP)
    exif = exif_of_a_camera().tobytes().removeprefix(b"Exif\0\0")
    with_chunks_behind(tmp_path / "x.png", (b"tEXt", b"k\0v"), (b"iTXt", text), (b"eXIf", exif))
    with Image.open(again(tmp_path / "x.png", tmp_path / "y.png")) as image:
        assert image.getexif()[ExifTags.Base.Make] == "Zoo" and b'k="zoo"' in image.info["xmp"]


IPTC = b"\x1c\x02\x69\x00\x03Zoo"  # a headline, of an odd number of bytes


@pytest.mark.parametrize("source", ["x.jpg", "x.tif"])
@pytest.mark.parametrize("target", ["y.jpg", "y.tif"])
def test_iptc_goes_along_between_jpeg_and_tiff(tmp_path, source, target):
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags.tagtype[33723], tags[33723] = 7, IPTC
    resource = struct.pack(">HHI", 0x0404, 0, len(IPTC)) + IPTC + b"\0" * (len(IPTC) % 2)
    segment = b"Photoshop 3.0\0" + b"8BIM" + resource
    extra = b"\xff\xed" + struct.pack(">H", len(segment) + 2) + segment
    smooth().save(tmp_path / source, **({"tiffinfo": tags} if "tif" in source else {"extra": extra}))
    assert read_metadata(again(tmp_path / source, tmp_path / target)).iptc == IPTC
    with Image.open(tmp_path / target) as image:
        assert image.size == smooth().size
        image.load()


@pytest.mark.parametrize("target", ["y.tif", "y.jpg", "y.png"])
def test_the_exif_directories_of_a_tiff(tmp_path, target):
    smooth().save(tmp_path / "x.tif", exif=exif_of_a_camera().tobytes())
    with Image.open(again(tmp_path / "x.tif", tmp_path / target)) as image:
        exif = image.getexif()
        inner, place = (exif.get_ifd(tag) for tag in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo))
        assert (exif[ExifTags.Base.Make], exif.get(ExifTags.Base.Orientation, 1)) == ("Zoo", 1)
        assert inner[ExifTags.Base.ExposureTime] == 0.5 and place[1] == "N"
        assert image.size == (16, 24), "no tag of the file that was read says otherwise"
        image.load()


def test_a_tiff_through_tifffile_leaves_its_exif_directories(tmp_path):
    smooth().save(tmp_path / "x.tif", exif=exif_of_a_camera().tobytes())
    assert read_metadata(tmp_path / "x.tif").exif
    deep = again(tmp_path / "x.tif", tmp_path / "y.tif", change=lambda image: (image.int() * 257).to(torch.uint16))
    assert read(deep, 3).dtype == torch.uint16 and read_metadata(deep).tags[271][1] == "Zoo"
