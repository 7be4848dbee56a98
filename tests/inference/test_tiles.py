"""Pictures translated tile by tile: the whole's answer but for the statistics, which are those of samples."""

from __future__ import annotations

import pytest
import torch

import i2i_zoo
from i2i_zoo.data.transforms import resize
from i2i_zoo.errors import UserError
from i2i_zoo.inference.big import tiles
from i2i_zoo.inference.big.tiling import Tiling
from i2i_zoo.inference.translate import translate_pixels

MODELS = {
    "resnet": ("cyclegan", {"name": "resnet", "width": 4, "blocks": 2}),
    "backbone": ("cyclegan", {"name": "timm_unet", "backbone": "mobilenetv3_small_050", "width": 4, "stride": 8}),
    "munit": ("munit", {"name": "style_autoencoder", "width": 4, "blocks": 1}),
}


@pytest.fixture(autouse=True)
def small_tiles(monkeypatch):
    monkeypatch.setattr(tiles, "TILE", 64)


def build(name, generator):
    torch.manual_seed(0)
    return i2i_zoo.create(name, ("a", "b"), generator=generator).eval()


def photograph(height, width):
    noise = [resize(torch.randint(0, 256, (3, size, size), dtype=torch.uint8).float(), (height, width), "stretch")
             for size in (3, 11, 60)]  # fmt: skip
    return (sum(noise) / 3 * torch.linspace(0.6, 1, width)).clamp(0, 255).to(torch.uint8)


def seam_score(image):
    """Mean step between neighbors across the borders of tiles, over that between neighbors elsewhere."""
    steps = image.float().diff(dim=2).abs().mean(dim=(0, 1))
    border = torch.arange(1, image.shape[2]) % tiles.TILE == 0
    return float(steps[border].mean() / steps[~border].mean())


@pytest.mark.parametrize("kind", MODELS)
def test_with_the_statistics_of_the_whole_tiles_give_the_whole_at_any_size(kind, tmp_path):
    """A picture that is no larger than the samples is its own sample."""
    model, pixels = build(*MODELS[kind]), photograph(131, 203)
    style = model.sample_style(1, seed=0)[0] if model.style_dim else None
    at_once = translate_pixels(model, pixels, "b", style)
    tiled = translate_pixels(model, pixels, "b", style, tiling=Tiling("sampled", tmp_path))
    assert at_once.float().std() > 3
    assert tiled.shape == at_once.shape and (at_once.int() - tiled.int()).abs().max() <= 1


def test_samples_give_nearly_the_whole_without_seams(tmp_path, monkeypatch):
    monkeypatch.setattr(tiles, "SAMPLE", 64)
    model, pixels = build(*MODELS["resnet"]), photograph(420, 420)
    at_once = translate_pixels(model, pixels, "b")
    tiled = translate_pixels(model, pixels, "b", tiling=Tiling("sampled", tmp_path))
    assert 0 < (at_once.int() - tiled.int()).abs().float().mean() < 4
    alone = [torch.cat([translate_pixels(model, part, "b") for part in row.split(64, 2)], 2)
             for row in pixels.split(64, 1)]  # fmt: skip
    scores = [seam_score(image) for image in (at_once, tiled, torch.cat(alone, 1))]
    assert abs(scores[1] - scores[0]) < 0.05 < 0.1 < abs(scores[2] - scores[0])


@pytest.mark.advice("inference/big/tiles.py: pixels, more than tiles overlap by; take --tile")
def test_a_network_that_looks_at_everything_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(tiles, "FARTHEST", 128)
    model = build("cyclegan", {"name": "unet", "width": 4, "depth": 7})
    with pytest.raises(UserError, match=r"looks farther than 128 pixels, .*; take --tile"):
        translate_pixels(model, photograph(64, 64), "b", tiling=Tiling("sampled", tmp_path))
    assert translate_pixels(model, photograph(64, 64), "b", tiling=Tiling(True, tmp_path)).shape == (3, 64, 64)
