"""Pictures translated band by band are what they are at once: for every kind of network, whatever the memory."""

from __future__ import annotations

import errno
import gc
import os
import weakref

import pytest
import torch
from torch import nn

import i2i_zoo
from i2i_zoo.data.images.files import read, write
from i2i_zoo.data.preparation import Preparation
from i2i_zoo.data.transforms import resize
from i2i_zoo.errors import Notice, UserError
from i2i_zoo.inference.big import bands, shelf, tiling
from i2i_zoo.inference.big.memory import Peak, _of_containers, available, bytes_per_pixel
from i2i_zoo.inference.big.tiling import Tiling
from i2i_zoo.inference.translate import translate_pixels
from i2i_zoo.speed.choice import Speed
from i2i_zoo.weights.model import export

CYCLEGANS = {
    "resnet": {"name": "resnet", "width": 4, "blocks": 2},
    "resnet, other layers": {
        "name": "resnet",
        "width": 4,
        "blocks": 1,
        "upsample": "resize",
        "norm": "batch",
        "skip": True,
    },
    "unet": {"name": "unet", "width": 4, "depth": 4},
    "residual backbone": {"name": "timm_unet", "backbone": "resnet10t", "width": 4, "stride": 8},
    "backbone that squeezes": {"name": "timm_unet", "backbone": "mobilenetv3_small_050", "width": 4, "stride": 8},
    "backbone of layer norms": {"name": "timm_unet", "backbone": "convnext_atto", "width": 4, "stride": 4},
}
MODELS = {name: ("cyclegan", generator) for name, generator in CYCLEGANS.items()} | {
    "unit": ("unit", {"name": "autoencoder", "width": 4, "blocks": 1}),
    "unit of a U-Net": ("unit", {"name": "unet_autoencoder", "width": 4, "stride": 8}),
    "munit": ("munit", {"name": "style_autoencoder", "width": 4, "blocks": 1}),
    "munit of a U-Net": ("munit", {"name": "style_unet", "width": 4, "stride": 8}),
}


@pytest.fixture(autouse=True)
def little_memory(monkeypatch):
    """Many bands, most of which lie in files."""
    monkeypatch.setattr(bands, "BAND", 2**17)
    monkeypatch.setattr(bands.Workshop.__init__, "__defaults__", (2**17, *bands.Workshop.__init__.__defaults__[1:]))
    monkeypatch.setattr(shelf, "IN_MEMORY", 2**18)


def build(name, generator):
    torch.manual_seed(0)
    model = i2i_zoo.create(name, ("a", "b"), generator=generator).eval()
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 2)
    return model


def photograph(height, width):
    """Smooth shapes of all sizes, as photographs have them; the left half is darker than the right one."""
    noise = [resize(torch.randint(0, 256, (3, size, size), dtype=torch.uint8).float(), (height, width), "stretch")
             for size in (3, 11, 60)]  # fmt: skip
    light = torch.linspace(0.4, 1, width)
    return (sum(noise) / 3 * light).clamp(0, 255).to(torch.uint8)


@pytest.mark.parametrize("kind", MODELS)
def test_every_kind_of_network_gives_the_same_as_at_once(kind, tmp_path):
    model, pixels = build(*MODELS[kind]), photograph(131, 93)
    style = model.sample_style(1, seed=0)[0] if model.style_dim else None
    at_once = translate_pixels(model, pixels, "b", style)
    in_bands = translate_pixels(model, pixels, "b", style, tiling=Tiling(True, folder=tmp_path))
    assert at_once.float().std() > 3  # of the levels: there is something to see
    assert (at_once.int() - in_bands.int()).abs().max() <= 1
    assert (at_once != in_bands).float().mean() < 1e-3  # where a value lies between two levels
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("height", "width", "speed"), [(500, 701, Speed()), (1501, 300, Speed(channels_last=True))], ids=["plain", "fast"]
)
def test_large_pictures_give_the_same_as_at_once(height, width, speed, tmp_path):
    model, pixels = build(*MODELS["resnet"]), photograph(height, width)
    at_once = translate_pixels(model, pixels, "b", speed=speed)
    in_bands = translate_pixels(model, pixels, "b", speed=speed, tiling=Tiling(True, folder=tmp_path))
    assert (at_once.int() - in_bands.int()).abs().max() <= 1


def test_bands_with_statistics_of_their_own_would_differ():
    """What the other tests are worth: halves translated each by itself are another picture."""
    model, pixels = build(*MODELS["resnet"]), photograph(200, 200)
    halves = [translate_pixels(model, half, "b") for half in pixels.split(100, dim=2)]
    assert (torch.cat(halves, dim=2).int() - translate_pixels(model, pixels, "b").int()).abs().max() > 20


def test_depth_and_half_precision_are_as_ever(tmp_path):
    model, pixels = build(*MODELS["resnet"]), photograph(100, 90)
    deep, tiles = pixels.to(torch.uint16) * 257, Tiling(True, folder=tmp_path)
    at_once = translate_pixels(model, deep, "b")
    in_bands = translate_pixels(model, deep, "b", speed=Speed("bf16"), tiling=tiles)
    assert in_bands.dtype == torch.uint16
    assert (at_once.int() - in_bands.int()).abs().max() <= 2  # not in half precision, then
    halved = translate_pixels(model, pixels, "b", speed=Speed("bf16"), tiling=tiles).int()
    assert 0 < (halved - translate_pixels(model, pixels, "b").int()).abs().max() < 12


def test_few_features_are_in_memory_at_a_time(tmp_path, monkeypatch):
    """Bands of a picture of four times the height are as large as its own."""
    model, write_rows, sizes = build(*MODELS["unet"]), shelf.Stored.write, []
    monkeypatch.setattr(shelf.Stored, "write", lambda *a: (sizes.append(a[2].nbytes), write_rows(*a)))

    def largest(height):
        sizes.clear()
        translate_pixels(model, photograph(height, 64), "b", tiling=Tiling(True, tmp_path))
        return max(sizes)

    assert 2**16 < largest(400) <= 2**17 and 2**16 < largest(1600) <= 2**17


def test_features_are_given_up_as_soon_as_nothing_needs_them(tmp_path):
    """No circle keeps them until Python looks for circles."""
    kept, new = weakref.WeakSet(), shelf.Shelf.new
    most = 0

    def watched(self, *features):
        nonlocal most
        kept.add(made := new(self, *features))
        most = max(most, len(kept))
        return made

    gc.disable()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(shelf.Shelf, "new", watched)
            translate_pixels(build(*MODELS["resnet"]), photograph(60, 60), "b", tiling=Tiling(True, folder=tmp_path))
        assert not kept and 2 <= most <= 5
    finally:
        gc.enable()


def test_the_memory_that_a_translation_takes_is_known_before():
    model = build(*MODELS["resnet"])
    with torch.inference_mode(), Peak() as peak:
        model.translate(torch.zeros(1, 3, 400, 500), to="b")
    assert 0.9 < bytes_per_pixel(model, "b", None, Speed()) * 400 * 500 / peak.most < 1.6


def test_pictures_that_the_memory_is_too_small_for_go_in_bands_and_it_is_said_once(monkeypatch, tmp_path):
    model, tiles = build(*MODELS["resnet"]), Tiling(folder=tmp_path)
    monkeypatch.setattr(tiling, "available", lambda device: 10**9)
    assert not tiles.wanted(model, 1000, 1100, "b", None, Speed())
    with pytest.warns(
        Notice, match="8000 x 6000 pixels at once would take .* GB, and 1.0 GB are free: .*--no-tile"
    ) as said:
        assert all(tiles.wanted(model, 6000, 8000, "b", None, Speed()) for _ in range(2))
    assert len(said) == 1
    assert not Tiling(False).wanted(model, 6000, 8000, "b", None, Speed())
    monkeypatch.setattr(tiling, "available", lambda device: None)
    assert not Tiling().wanted(model, 6000, 8000, "b", None, Speed())


def test_what_is_left_of_a_containers_memory_counts(tmp_path):
    assert _of_containers(tmp_path) == [] and 10**7 < available(torch.device("cpu")) < 10**14
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("1000\n")
    assert _of_containers(tmp_path) == []
    (tmp_path / "memory.max").write_text("5000\n")
    assert _of_containers(tmp_path) == [4000]


@pytest.mark.advice("inference/big/shelf.py: make room, choose another --out")
def test_a_full_disk_is_said(monkeypatch, tmp_path):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shelf.os, "pwrite", full)
    with pytest.raises(UserError, match=r"cannot be kept on the disk \(No space left on device\); make room"):
        translate_pixels(build(*MODELS["resnet"]), photograph(300, 300), "b", tiling=Tiling(True, folder=tmp_path))
    assert not list(tmp_path.iterdir())
    monkeypatch.undo()
    translate_pixels(build(*MODELS["resnet"]), photograph(300, 300), "b", tiling=Tiling(True, folder=tmp_path))


@pytest.mark.advice("inference/big/bands.py: leave out --tile")
def test_what_has_no_bands_is_said(tmp_path):
    class Sorted(nn.Module):
        def forward(self, images):
            return images.sort(dim=2).values

    model = build(*MODELS["resnet"])
    model.generators = nn.ModuleDict({"a2b": Sorted(), "b2a": Sorted()})
    model.anchor = nn.Parameter(torch.zeros(1))
    with pytest.raises(
        UserError, match="`sort` is not known for pictures in bands; leave out --tile, or take a smaller --size"
    ):
        translate_pixels(model, photograph(64, 64), "b", tiling=Tiling(True, folder=tmp_path))
    assert translate_pixels(model, photograph(64, 64), "b").shape[-2:] == (64, 64)


def test_a_picture_at_the_command_line(i2i, tmp_path):
    """At native size, with the options that say so, and nothing left beside the answer."""
    model = build(*MODELS["resnet"])
    model.preparation = Preparation(size=(32, 32))
    export(model, tmp_path / "m.safetensors", {})
    write(photograph(120, 90), tmp_path / "in.png")
    words = "translate", "m.safetensors", "in.png", "--to", "b", "--precision", "fp32", "--out"
    assert i2i(*words, "tiles", "--tile").code == i2i(*words, "once", "--no-tile", "--size", "native").code == 0
    tiles, once = (read(tmp_path / name / "in.png", 3).int() for name in ("tiles", "once"))
    assert tiles.shape == (3, 120, 90) and (tiles - once).abs().max() <= 1
    assert [path.name for path in (tmp_path / "tiles").iterdir()] == ["in.png"]
