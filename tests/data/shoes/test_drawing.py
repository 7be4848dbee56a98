import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from i2i_zoo.data.datasets.shoes import Drawn
from i2i_zoo.data.shoes import drawing
from i2i_zoo.data.shoes.blurring import blur
from i2i_zoo.data.shoes.drawing import draw_outline, draw_photo, draw_shoe
from i2i_zoo.data.shoes.finishes import PATTERNS, draw_style
from i2i_zoo.data.shoes.materials import MARKS, MATERIALS
from i2i_zoo.data.shoes.silhouettes import FAMILIES, draw_content
from i2i_zoo.data.shoes.textures import TEXTURES, Pattern, texture_map

SEEDS = range(12)


def digest(seed: int) -> str:
    return sha256(b"".join(picture.tobytes() for picture in draw_shoe(seed))).hexdigest()


def dark(outline: np.ndarray) -> np.ndarray:
    return outline[..., 0] < 128


def outside(outline: np.ndarray) -> np.ndarray:
    """What a flood from the corner reaches without crossing a line."""
    sheet = Image.fromarray(np.where(outline[..., 0] < 220, 0, 255).astype(np.uint8)).copy()
    ImageDraw.floodfill(sheet, (0, 0), 100)
    return np.asarray(sheet) == 100


@pytest.mark.parametrize(
    "size, shape", [(64, (64, 64, 3)), (100, (100, 100, 3)), ((48, 80), (48, 80, 3)), (2, (2, 2, 3))]
)
def test_two_pictures_of_the_size_asked_for(size, shape):
    for picture in draw_shoe(3, size):
        assert picture.shape == shape
        assert picture.dtype == np.uint8


def test_the_same_in_every_thread_whatever_the_global_generator():
    np.random.seed(1)
    once = [digest(seed) for seed in SEEDS]
    state = np.random.get_state()[1].copy()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(digest, SEEDS)) == once
    assert np.array_equal(np.random.get_state()[1], state)


def test_the_same_in_another_process():
    code = f"from test_drawing import digest; print(*map(digest, {[*SEEDS]}))"
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": path}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.split() == [digest(seed) for seed in SEEDS]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_shoe_does_not_depend_on_the_size(seed):
    other = draw_shoe(seed + 1)
    for small, large, stranger in zip(draw_shoe(seed, 64), draw_shoe(seed, 128), other, strict=True):
        reduced = np.asarray(Image.fromarray(large).reduce(2), float)
        assert np.abs(reduced - small).mean() < 4 < 8 < np.abs(reduced - stranger).mean()


def test_a_rectangle_letterboxes_the_square():
    for square, wide, tall in zip(draw_shoe(5, 64), draw_shoe(5, (64, 100)), draw_shoe(5, (96, 64)), strict=True):
        assert np.array_equal(wide[:, 18:82], square)
        assert np.array_equal(tall[16:80], square)
        assert (wide[:, :18] == 255).all() and (wide[:, 82:] == 255).all()
        assert (tall[:16] == 255).all() and (tall[80:] == 255).all()


def test_every_seed_is_another_shoe_in_other_colors():
    pairs = [draw_shoe(seed) for seed in range(40)]
    assert len({outline.tobytes() for outline, _ in pairs}) == len(pairs)
    inside = [photo[(outline[..., 0] > 250) & ~outside(outline)] for outline, photo in pairs]
    colors = np.array([np.median(pixels, 0) for pixels in inside])
    assert (colors.std(0) > 30).all()
    extents = np.array([np.ptp(np.nonzero(dark(outline)), axis=1) for outline, _ in pairs])
    assert extents[:, 0].std() > 5


@pytest.mark.parametrize("seed", SEEDS)
def test_the_outline_is_dark_lines_on_white(seed):
    outline, _ = draw_shoe(seed, 128)
    assert np.ptp(outline, axis=2).max() == 0
    assert (outline > 240).mean() > 0.7
    assert 0.02 < dark(outline).mean() < 0.2
    border = np.concatenate([outline[0], outline[-1], outline[:, 0], outline[:, -1]])
    assert (border == 255).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_lines_lie_on_edges_of_the_photo(seed):
    outline, photo = draw_shoe(seed, 128)
    steep = np.hypot(*np.gradient(photo.astype(float).mean(2)))

    def under_lines(shift: int) -> float:
        return steep[np.roll(dark(outline), shift, (0, 1))].mean()

    assert under_lines(0) > 1.4 * max(under_lines(4), under_lines(-4))


@pytest.mark.parametrize("seed", SEEDS)
def test_around_the_outline_the_photo_is_white_but_for_the_shadow(seed):
    outline, photo = draw_shoe(seed, 128)
    floor = np.flatnonzero(dark(outline).any(1))[-1]
    above = outside(outline)
    above[floor - 12 :] = False
    assert photo[above].min() > 235
    assert (photo[~outside(outline)] < 230).mean() > 0.2
    assert photo[floor + 1 : floor + 4].min() < 245  # the shadow


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_families_point_left_stand_on_the_ground_and_vary(family):
    shoes = [family(np.random.default_rng(seed)) for seed in range(8)]
    contours = [np.concatenate([part.contour for part in shoe]) for shoe in shoes]
    for contour in contours:
        assert contour.min(0) == pytest.approx([0, 0], abs=0.04)
        toe, heel = (contour[(contour[:, 0] > low) & (contour[:, 0] < low + 0.3), 1].max() for low in (-0.05, 0.75))
        assert toe < heel + 0.1 or family.__name__ == "mule"  # which has no back
    assert len({float(contour[:, 1].max()) for contour in contours}) == len(shoes)


@pytest.mark.parametrize("view", [0, 1])
def test_a_source_draws_only_the_view_that_is_asked_for(view, monkeypatch):
    expected = draw_shoe(3, 32)[view]
    monkeypatch.setattr(drawing, ("render", "_outline")[view], None)  # calling it would fail
    assert np.array_equal(Drawn(range(3, 4), view, (32, 32), 3)[0].movedim(0, -1).numpy(), expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_style_leaves_the_silhouette_alone(seed, monkeypatch):
    outline, photo = draw_shoe(seed)
    style = draw_style(np.random.default_rng([seed + 100, 1]))
    monkeypatch.setattr(drawing, "draw_style", lambda rng: style)
    assert np.array_equal(draw_outline(seed), outline)
    redressed = draw_photo(seed)
    assert np.abs(redressed.astype(float) - photo).mean() > 2
    solid = ~outside(outline)
    differs = np.abs(redressed.astype(int) - photo).max(2) > 12
    assert differs[~solid].mean() < 0.01 < 0.3 < differs[solid].mean()


def test_every_family_appears(monkeypatch):
    counted = []
    recorders = [lambda rng, family=family: counted.append(family) or family(rng) for family in FAMILIES]
    monkeypatch.setattr("i2i_zoo.data.shoes.silhouettes.FAMILIES", recorders)
    for seed in range(60):
        draw_content(np.random.default_rng(seed))
    assert set(counted) == set(FAMILIES)


@pytest.mark.parametrize("sigma", [0.012, 0.035, 0.06])
def test_a_blur_on_coarse_pixels_is_a_gaussian(sigma):
    side = 128
    block = np.zeros((side, 101), np.float32)
    block[30:71, 22:63] = 1
    kernel = np.exp(-0.5 * (np.arange(-60, 61) / (sigma * side)) ** 2)
    column, row = (np.convolve(line, kernel / kernel.sum())[60:-60] for line in (block[:, 40], block[50]))
    assert np.abs(blur(block, sigma, side) - np.outer(column, row)).max() < 0.02


@pytest.mark.parametrize("kind", [*PATTERNS][1:])
def test_a_pattern_is_the_same_at_every_size(kind):
    pattern = Pattern(kind, 0.2, 0.7, 3.3)
    small, large = pattern.map(64), pattern.map(256)
    assert small.min() >= 0 and small.max() <= 1 and large.std() > 0.1
    reduced = np.asarray(Image.fromarray(large).reduce(4))
    assert np.corrcoef(small.ravel(), reduced.ravel())[0, 1] > 0.95


def test_content_fits_the_square_and_shows_every_family():
    shoes = [draw_content(np.random.default_rng(seed)) for seed in range(60)]
    for shoe in shoes:
        points = np.concatenate([part.contour for part in shoe])
        assert points.min() > 0.01
        assert points.max() < 0.99
    assert len({part.role for shoe in shoes for part in shoe}) == 8


def test_style_dresses_every_role():
    roles = {part.role for seed in range(60) for part in draw_content(np.random.default_rng(seed))}
    styles = [draw_style(np.random.default_rng(seed)) for seed in range(60)]
    more = [draw_style(np.random.default_rng(seed)) for seed in range(300)]
    for style in styles:
        assert roles <= style.colors.keys()
        assert all(color.min() >= 0 and color.max() <= 1 for color in style.colors.values())
    assert {style.material for style in more} == {material for _, material in MATERIALS.values()}
    assert {style.marks for style in more} == {marks for _, marks in MARKS.values()}
    assert {style.pattern.kind if style.pattern else "none" for style in more} == set(PATTERNS)


def test_every_accent_of_a_style_is_a_panel_of_some_shoe():
    shoes = [draw_content(np.random.default_rng(seed)) for seed in range(60)]
    panels = {name for shoe in shoes for part in shoe for name in part.panels}
    styles = [draw_style(np.random.default_rng(seed)) for seed in range(60)]
    assert set().union(*(style.accents for style in styles)) == panels


@pytest.mark.parametrize("name", [*TEXTURES])
def test_a_texture_is_the_same_at_every_size(name):
    small, large = texture_map(name, (5, 9), 64), texture_map(name, (5, 9), 256)
    reduced = np.asarray(Image.fromarray(large).reduce(4))
    assert np.corrcoef(small.ravel(), reduced.ravel())[0, 1] > 0.8
    assert large.std() > 0.1
