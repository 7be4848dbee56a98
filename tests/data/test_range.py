"""What -1 and 1 stand for: as a recipe asks, as images show, and the way there and back."""

import pytest
import torch
from image_files import noise

from i2i_zoo.config import ConfigError
from i2i_zoo.data.images.files import from_unit, to_unit, write
from i2i_zoo.data.range import BY_TYPE, Range, parse
from i2i_zoo.errors import UserError
from i2i_zoo.registry import datasets

CT = torch.arange(-1000, 1000, dtype=torch.int16).reshape(1, 40, 50)
MR = torch.arange(2000).mul(2).to(torch.uint16).reshape(1, 40, 50)


def scans(root, **knobs):
    for split in ("train", "test"):
        for number in range(2):
            write(MR, root / f"{split}A" / f"{number}.png")
            write(CT, root / f"{split}B" / f"{number}.npy")
    tables = {"root": str(root), "domains": ["mr", "ct"], "channels": [1, 1], "size": [40, 50]} | knobs
    return datasets["unpaired"].Config.parse(tables, "recipe.data").build()


@pytest.mark.parametrize(
    ("span", "dtype"),
    [((0, 4095), torch.uint16), ((-1024, 3071), torch.int16), ((-2e5, 2e5), torch.int32), ((10, 200), torch.uint8)],
)
def test_every_value_of_a_range_comes_back(span, dtype):
    own = Range(low=span[0], high=span[1], dtype=str(dtype).removeprefix("torch."))
    values = torch.arange(span[0], span[1] + 1, 7 if dtype == torch.int32 else 1).to(dtype)
    unit = own.to_unit(values)
    assert unit[0] == -1 and unit.max() <= 1
    assert torch.equal(own.from_unit(unit, torch.uint8).int(), values.int()), "in the type of the domain"
    assert own.from_unit(torch.tensor([-3.0, 3]), dtype).int().tolist() == [int(end) for end in span]


def test_floats_come_back_in_their_unit_and_what_lies_beyond_is_clamped():
    own = Range(low=-0.5, high=12.5, dtype="float32")
    values = torch.tensor([-9, -0.5, 0, 6, 12.5, 99])
    assert own.to_unit(values).tolist() == pytest.approx([-1, -1, -12 / 13, 0, 1, 1], abs=1e-6)
    assert own.from_unit(own.to_unit(values), torch.uint8).tolist() == pytest.approx(
        [-0.5, -0.5, 0, 6, 12.5, 12.5], abs=1e-5
    )


@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16, torch.float32])
def test_without_a_range_the_type_says_it(dtype):
    image = noise(3, dtype)
    assert torch.equal(BY_TYPE.to_unit(image), to_unit(image))
    assert torch.equal(BY_TYPE.from_unit(to_unit(image), dtype).double(), from_unit(to_unit(image), dtype).double())


def test_training_and_test_images_are_in_the_range_of_their_domain(tmp_path):
    data = scans(tmp_path, range=[0, 4095], range_for={"ct": {"window": [0, 1000]}})
    assert data.ranges == {
        "mr": Range(low=0, high=4095, dtype="uint16"),
        "ct": Range(low=-500, high=500, dtype="int16"),
    }
    sample = data.stream[0]
    assert (sample["mr"].min(), sample["mr"].max()) == (-1, pytest.approx(2 * 3998 / 4095 - 1))
    assert (sample["ct"] == -1).float().mean() == pytest.approx(0.25, abs=0.01), "clamped below the window"
    tests = data.held_out("ct", 2)
    assert torch.equal(tests[0], data.ranges["ct"].to_unit(CT)) and torch.equal(tests.stored(0), CT)
    other = {"ct": Range(low=-1000, high=1000, dtype="int16")}
    assert torch.equal(data.held_out("ct", 2, ranges=other)[0], to_unit(CT, (-1000, 1000))), "of a model"


def test_percentiles_are_numbers_of_the_training_images(tmp_path):
    data = scans(tmp_path, range_for={"ct": {"percentiles": [1, 99]}})
    assert data.ranges["ct"] == Range(low=-980, high=979, dtype="int16")
    assert data.ranges["mr"] == Range(dtype="uint16"), "the other one's type is kept: it is what answers are in"
    assert scans(tmp_path, range_for={"ct": {"percentiles": [1, 99]}}).ranges == data.ranges


def test_a_range_beyond_the_type_is_held_by_another(tmp_path):
    assert scans(tmp_path, range_for={"mr": [-10, 4095]}).ranges["mr"].dtype == "int16"


@pytest.mark.parametrize(
    "wrong",
    ["full", [4095, 0], [0], {"percentiles": [0.5, 101]}, {"window": [40, 0]}, {"windows": [40, 400]}, {}, 5],
)
def test_what_is_no_range_is_one_sentence_with_all_forms(tmp_path, wrong):
    with pytest.raises(ConfigError, match=r'^recipe.data.range: expected "type", \[low, high\], \{percentiles = ') as e:
        scans(tmp_path, range=wrong)
    assert "\n" not in str(e.value)


def test_a_range_for_no_domain_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"range_for\.cr: no domain is called 'cr'; "):
        scans(tmp_path, range_for={"cr": [0, 1]})


def test_values_without_a_meaning_name_the_file_and_the_knob_and_the_advice_works(tmp_path):
    with pytest.raises(UserError, match=r"trainB/.\.npy has values from -1000 to 999, .*data\.range=\[-1000, 999\]"):
        scans(tmp_path).stream[0]
    assert scans(tmp_path, range=[-1000, 999]).stream[0]["ct"].max() == 1


def test_little_use_of_the_range_is_said_with_what_to_set_and_that_works(tmp_path):
    [line] = scans(tmp_path, range_for={"ct": [-1000, 999]}).remarks()
    assert line.startswith("mr: ") and "6.0% of the range [0, 65535]" in line
    assert line.endswith("set 'data.range_for.mr=[0, 4095]'")
    assert list(scans(tmp_path, range_for={"ct": [-1000, 999], "mr": [0, 4095]}).remarks()) == []
    [line] = scans(tmp_path, range_for={"ct": [-32768, 32767], "mr": [0, 4095]}).remarks()
    assert line.endswith("set 'data.range_for.ct=[-1000, 999]'")


def test_plain_pictures_are_not_even_opened_for_remarks(tmp_path, monkeypatch):
    for folder in ("trainA", "trainB"):
        for number in range(2):
            write(noise(3, torch.uint8) // 20, tmp_path / folder / f"{number}.png")
    data = datasets["unpaired"].Config.parse({"root": str(tmp_path), "domains": ["x", "y"], "size": 4}, "data").build()
    monkeypatch.setattr("i2i_zoo.data.datasets.unpaired.read", lambda *_, **__: pytest.fail("decoded"))
    assert list(data.remarks()) == [] and data.ranges == {}


@pytest.mark.parametrize("dtype", [torch.uint16, torch.int16, torch.float32])
def test_scaling_makes_no_values_that_are_not_there(dtype):
    from i2i_zoo.data.transforms import resize

    image = torch.zeros(1, 16, 16).to(dtype)
    image[:, 4:9, 4:9] = 4095
    scaled = resize(image, (37, 41), "stretch").double()
    assert (scaled.min(), scaled.max()) == (0, 4095)


def test_a_checkpoint_with_other_domains_or_no_numbers_is_refused():
    kept = {"mr": Range(low=0, high=4095, dtype="uint16"), "ct": Range(dtype="int16")}
    tables = {domain: one.dump() for domain, one in kept.items()}
    assert parse(tables, ("mr", "ct"), "x") == kept and parse({}, ("mr", "ct"), "x") == {}
    for wrong in ([], {"mr": tables["mr"]}, tables | {"ct": {"low": "a"}}, tables | {"ct": {"hi": 1}}):
        with pytest.raises(UserError, match=r"^x: ranges"):
            parse(wrong, ("mr", "ct"), "x")
