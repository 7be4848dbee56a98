"""At which size official weights see images."""

from __future__ import annotations

import pytest
import yaml
from official_states import save_munit

import i2i_zoo
from i2i_zoo.data.preparation import Preparation
from i2i_zoo.errors import UserError
from i2i_zoo.interop import cyclegan, load_official, read_official, write_official

DOMAINS = ("horse", "zebra")


@pytest.mark.parametrize(
    ("generator", "side"),
    [({"name": "resnet", "blocks": 9}, 256), ({"name": "resnet", "blocks": 6}, 128),
     ({"name": "unet", "depth": 8}, 256), ({"name": "unet", "depth": 7}, 128),
     ({"name": "resnet", "blocks": 7}, None), ({"name": "unet", "depth": 6}, None)],
)  # fmt: skip
def test_published_generators_see_images_of_the_published_size(tmp_path, monkeypatch, generator, side):
    knobs = {"generator": generator | {"width": 2}, "discriminator": {"name": "pixelgan", "width": 2}}
    write_official(i2i_zoo.create("cyclegan", DOMAINS, **knobs), "cyclegan-pytorch", tmp_path)
    assert load_official(tmp_path, DOMAINS).preparation is None, "no published generator is so narrow"
    monkeypatch.setattr(cyclegan, "WIDTH", 2)
    model, report = read_official(tmp_path, DOMAINS)
    assert model.preparation == (Preparation(size=(side, side)) if side else None)
    assert any(f"images of {side} x {side}" in line for line in report.lines()) == bool(side)


@pytest.mark.parametrize("kind", ["munit", "unit"])
def test_munit_and_unit_see_images_as_their_config_says(tmp_path, kind):
    path = save_munit(tmp_path, kind)
    assert load_official(path, DOMAINS).preparation is None
    (tmp_path / "config.yaml").write_text("{gen: {}, dis: {}, new_size: 48}")
    assert load_official(path, DOMAINS).preparation == Preparation(size=(48, 48), fit="cover")
    (tmp_path / "config.yaml").write_text("{gen: {}, dis: {}, new_size: huge}")
    with pytest.raises(UserError, match=r"config\.yaml: new_size is 'huge', which is no number of pixels"):
        load_official(path, DOMAINS)


def test_the_size_goes_along_to_the_official_code_and_back(tmp_path):
    model = load_official(save_munit(tmp_path / "in"), DOMAINS)
    for number, size in enumerate([(64, 64), (64, 80)]):
        model.preparation = Preparation(size=size)
        write_official(model, "munit", folder := tmp_path / f"out{number}")
        tables = yaml.safe_load((folder / "config.yaml").read_text())
        assert [tables[key] for key in ("new_size", "crop_image_height", "crop_image_width")] == [64, *size]
        assert load_official(folder, DOMAINS).preparation == Preparation(size=(64, 64), fit="cover")
