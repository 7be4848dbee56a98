"""Large TIFFs are read and written part by part: the answer is that of a picture in memory."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image
from test_tiles import MODELS, build, photograph

from i2i_zoo.data.images import tiff, tiff_parts
from i2i_zoo.data.images.files import read, read_with_metadata
from i2i_zoo.errors import Notice
from i2i_zoo.inference.big.tiling import Tiling
from i2i_zoo.inference.files import translate_files

LAYOUTS = {
    "strips": {"rowsperstrip": 7},
    "tiles": {"tile": (32, 48)},
    "compressed": {"tile": (32, 48), "compression": "zlib", "predictor": True},
    "JPEG": {"tile": (32, 48), "compression": "jpeg", "photometric": "ycbcr"},
}


def picture(path, **layout):
    pixels = photograph(151, 333)
    options = {"photometric": "rgb", "metadata": None} | layout
    tifffile.imwrite(path, pixels.permute(1, 2, 0).numpy(), **options)
    return read(path, 3)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_part_is_what_the_whole_has_there(tmp_path, layout):
    pixels = picture(tmp_path / "in.tif", **LAYOUTS[layout])
    parts = tiff_parts.in_parts(tmp_path / "in.tif", 3)
    for top, bottom, left, right in ((0, 151, 0, 333), (150, 151, 332, 333), (31, 64, 47, 200), (5, 6, 0, 48)):
        assert torch.equal(parts.region(top, bottom, left, right), pixels[:, top:bottom, left:right])
    assert tiff_parts.in_parts(tmp_path / "in.tif", 1) is None


def test_colors_that_only_pillow_converts_are_read_as_a_whole(tmp_path):
    image = Image.fromarray(photograph(64, 48).permute(1, 2, 0).numpy())
    for mode, ours in (("RGB", True), ("YCbCr", False)):
        image.convert(mode).save(tmp_path / "in.tif", tiffinfo={278: 16})  # rows of a strip
        assert (tiff_parts.in_parts(tmp_path / "in.tif", 3) is not None) == ours


def test_a_file_beyond_4_gb_is_a_bigtiff_although_it_comes_in_tiles(tmp_path, monkeypatch):
    options = []
    monkeypatch.setattr(tifffile, "imwrite", lambda *_, **given: options.append(given["bigtiff"]))
    for side in (30_000, 40_000):
        tiff.save(iter(()), tmp_path / "out.tif", (side, side, 3), np.dtype(np.uint8), (256, 256))
    assert options == [False, True]


@pytest.mark.parametrize("tile", [True, "sampled"])
def test_files_are_translated_as_pictures_in_memory(tmp_path, monkeypatch, tile):
    picture(tmp_path / "in.tif", tile=(64, 64), resolution=(300, 300), resolutionunit="inch")
    model, out = build(*MODELS["resnet"]), tmp_path / "out"
    files = [(tmp_path / "in.tif", out / "parts.tif")]
    monkeypatch.setattr("i2i_zoo.inference.files.read_with_metadata", None)
    assert list(translate_files(model, files, "b", tiling=Tiling(tile, out))) == [(files[0][0], "")]
    monkeypatch.setattr("i2i_zoo.inference.files.read_with_metadata", read_with_metadata)
    assert list(translate_files(model, [(files[0][0], out / "whole.tif")], "b")) == [(files[0][0], "")]
    parts, whole = (read(out / f"{name}.tif", 3).int() for name in ("parts", "whole"))
    assert (parts - whole).abs().max() <= 1 and whole.float().std() > 3
    assert read_with_metadata(out / "parts.tif", 3)[1].dpi == (300, 300)


@pytest.mark.advice("data/images/tiff_parts.py: is damaged and taken as black")
def test_a_damaged_tile_costs_only_itself(tmp_path):
    pixels = picture(tmp_path / "in.tif", **LAYOUTS["compressed"])
    with tifffile.TiffFile(tmp_path / "in.tif") as file:
        place, size = file.pages[0].dataoffsets[9], file.pages[0].databytecounts[9]  # second row, third column
    content = bytearray((tmp_path / "in.tif").read_bytes())
    content[place : place + size] = bytes(size)
    (tmp_path / "in.tif").write_bytes(content)
    parts = tiff_parts.in_parts(tmp_path / "in.tif", 3)
    with pytest.warns(Notice, match=r"in.tif: the tile at 96, 32 is damaged and taken as black") as said:
        found = [parts.region(0, 151, 0, 333) for _ in range(2)][1]
    assert len(said) == 1
    expected = pixels.clone()
    expected[:, 32:64, 96:144] = 0
    assert np.array_equal(found, expected)


def test_of_many_damaged_tiles_a_few_are_named(tmp_path):
    picture(tmp_path / "in.tif", **LAYOUTS["compressed"])
    with tifffile.TiffFile(tmp_path / "in.tif") as file:
        first = file.pages[0].dataoffsets[0]
    (tmp_path / "in.tif").write_bytes((tmp_path / "in.tif").read_bytes()[:first] + bytes(10_000_000))
    parts = tiff_parts.in_parts(tmp_path / "in.tif", 3)
    with pytest.warns(Notice) as said:
        assert not parts.region(0, 151, 0, 333).any()
    more = ["further ones are not named" in str(notice.message) for notice in said]
    assert more == [False] * (tiff_parts.NAMED - 1) + [True]
