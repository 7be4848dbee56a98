import numpy as np
import pytest
import torch
from PIL import Image

from i2i_zoo.data.base import trained_on
from i2i_zoo.data.record import Record
from i2i_zoo.data.stream import StepBatches, loader, without_worker_traceback
from i2i_zoo.errors import Notice, UserError
from i2i_zoo.registry import datasets


def fill(folder, names, mode="RGB", size=(20, 16)):
    folder.mkdir(parents=True, exist_ok=True)
    for index, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new(mode, size, index if mode == "L" else (index,) * 3).save(folder / name)


def two_folders(root):
    for folder in ("trainA", "trainB"):
        fill(root / folder, ["1.png", "2.png"])


def make(name, **knobs):
    return datasets[name].Config.parse(knobs, "recipe.data").build()


def unpaired(root, **knobs):
    return make("unpaired", **{"root": str(root), "domains": ["x", "y"], "size": 16} | knobs)


@pytest.mark.parametrize("layout", [("trainA", "trainB"), ("train/x", "train/y")])
def test_unpaired_layouts_recursive_and_unequal(tmp_path, layout):
    fill(tmp_path / layout[0], ["1.png", "deep/2.jpg", "3.PNG"])
    fill(tmp_path / layout[1], ["1.png", "2.png"])
    data = unpaired(tmp_path)
    assert data.stream.epoch_length == 3
    assert data.stream[0]["x"].shape == (3, 16, 16)
    assert len(list(data.held_out("x", 10))) == 3, "without test folders, the training images"


@pytest.mark.parametrize("spelling", ["{}_A {}_B", "{}-a {}-b", "{}A {}B"])
def test_other_spellings_of_trainA_and_testA(tmp_path, spelling):
    for split in ("Train", "Test"):
        for folder in spelling.format(split, split).split():
            fill(tmp_path / folder, [f"{split}{n}.png" for n in range(2)])
    data = unpaired(tmp_path)
    assert [name[:5] for name in data.source("train", "x").names] == ["Train", "Train"]
    assert [name[:4] for name in data.source("test", "y").names] == ["Test", "Test"]
    assert len(make("paired", root=str(tmp_path), domains=["x", "y"]).source("test", "x")) == 2
    (tmp_path / "train_a").mkdir()
    with pytest.raises(UserError, match=r"may both be trainA; rename one of them"):
        unpaired(tmp_path).source("train", "x")
    fill(tmp_path / "trainA", ["one.png", "two.png"])
    assert unpaired(tmp_path).source("train", "x").names == ["one.png", "two.png"]


def test_two_folders_anywhere_and_test_folders(tmp_path):
    for name in "pqrs":
        fill(tmp_path / name, [f"{name}{i}.png" for i in range(2 + (name > "q"))])
    data = unpaired(
        "", folders=[str(tmp_path / "p"), str(tmp_path / "q")], test_folders=[str(tmp_path / "r"), str(tmp_path / "s")]
    )
    assert data.stream.epoch_length == 2
    assert len(list(data.held_out("y", 10))) == 3


def test_channels_and_rectangles(tmp_path):
    fill(tmp_path / "trainA", ["1.png", "2.png"], "L", (40, 30))
    fill(tmp_path / "trainB", ["1.png", "2.png"], "RGB", (40, 30))
    sample = unpaired(tmp_path, channels=[1, 3], size=[16, 24], resize=[20, 30]).stream[0]
    assert sample["x"].shape == (1, 16, 24) and sample["y"].shape == (3, 16, 24)


def test_sixteen_bits_reach_the_network(tmp_path):
    for folder in ("trainA", "trainB"):
        (tmp_path / folder).mkdir()
        for i in range(2):
            Image.fromarray(np.full((16, 16), 1000 + i, np.uint16)).save(tmp_path / folder / f"{i}.png")
    sample = unpaired(tmp_path, channels=[1, 1]).stream[0]["x"]
    assert round(float((sample.mean().double() + 1) * 32767.5)) in (1000, 1001)


def test_augment_for_one_domain(tmp_path):
    ramp = np.tile(np.arange(16, dtype=np.uint8), (16, 1))
    for folder in ("trainA", "trainB"):
        (tmp_path / folder).mkdir()
        for i in range(2):
            Image.fromarray(ramp).save(tmp_path / folder / f"{i}.png")
    stream = unpaired(tmp_path, channels=[1, 1], augment={"flip": 0.0}, augment_for={"y": {"flip": 1.0}}).stream
    for k in range(8):
        assert stream[k]["x"][0, 0, 0] < stream[k]["x"][0, 0, -1]
        assert stream[k]["y"][0, 0, 0] > stream[k]["y"][0, 0, -1]


@pytest.mark.parametrize(
    ("prepare", "knobs", "words"),
    [
        (lambda r: None, {"root": "nowhere"}, "where the command was given; set data.root"),
        (lambda r: None, {"root": ""}, "recipe.data.root: missing"),
        (lambda r: None, {}, "has neither trainA nor train/x"),
        (lambda r: (r / "trainA").mkdir(), {}, "trainA"),
        (lambda r: fill(r / "trainA", ["1.png"]), {}, "1.png: the only image of domain 'x' to train on; add images"),
        (two_folders, {"size": 32, "fit": "none"}, "1.png: 16 x 20 is smaller"),
        (lambda r: (r / "trainA").write_text("file"), {}, "trainA"),
    ],
)  # fmt: skip
def test_mistakes_are_one_sentence_that_names_the_file(tmp_path, monkeypatch, prepare, knobs, words):
    monkeypatch.chdir(tmp_path)
    prepare(tmp_path)
    with pytest.raises(UserError) as error:
        unpaired(knobs.pop("root", tmp_path), **knobs).stream
    assert words in str(error.value) and "\n" not in str(error.value)


def test_in_place_of_a_truncated_image_stands_another_one(tmp_path):
    fill(tmp_path / "trainA", ["1.png", "2.png"])
    fill(tmp_path / "trainB", ["1.png", "2.png"])
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "trainB" / "2.png")
    whole = (tmp_path / "trainB" / "2.png").read_bytes()
    (tmp_path / "trainB" / "2.png").write_bytes(whole[: len(whole) // 2])
    for workers in (0, 1):
        data = unpaired(tmp_path)
        seen = [
            batch["y"].mean().item() for batch in loader(data.stream, StepBatches(1, 0, 4), workers, pin_memory=False)
        ]
        assert len(set(seen)) == 1, "the other one takes its place"
        assert data.training["y"].damaged.tolist() == [0, 1] and data.training["x"].damaged.tolist() == [0, 0]
        assert "2.png cannot be read as an image" in data.training["y"].reason(1)
    (tmp_path / "trainB" / "1.png").write_bytes(whole[: len(whole) // 2])
    for workers in (0, 1):
        with pytest.raises(UserError, match=r"^\S*\.png [^\n]*, nor can any other image [^\n]*$"):
            list(
                without_worker_traceback(
                    loader(unpaired(tmp_path).stream, StepBatches(1, 0, 4), workers, pin_memory=False)
                )
            )


def test_paired_folders_match_stems_and_are_not_trained_on(tmp_path):
    fill(tmp_path / "testA", ["3.png", "1.png", "only.png"])
    fill(tmp_path / "testB", ["1.jpg", "3.png", "other.png"])
    data = make("paired", root=str(tmp_path), domains=["x", "y"], size=16)
    assert data.paired
    names = [[data.source("test", d).name(i) for i in range(2)] for d in "xy"]
    assert [[n.split("/")[-1][0] for n in names[i]] for i in range(2)] == [["1", "3"], ["1", "3"]]
    assert data.pile("test", "x") is data.pile("test", "x"), "the folders are searched once"
    assert data.notes() == [f"{tmp_path / 'testA'}: passed over 1 (without a pair)"]
    with pytest.raises(UserError, match="for evaluation"):
        data.source("train", "x")
    fill(tmp_path / "other", ["9.png"])
    with pytest.raises(UserError, match="no file of testA has its pair"):
        make("paired", root=str(tmp_path), domains=["x", "y"], folders=["testA", "other"]).source("test", "x")


def test_paired_side_by_side(tmp_path):
    tmp_path.joinpath("d").mkdir()
    both = np.zeros((16, 32, 3), np.uint8)
    both[:, 16:] = 255
    Image.fromarray(both).save(tmp_path / "d" / "1.png")
    data = make("paired", root=str(tmp_path / "d"), domains=["x", "y"], layout="side-by-side", size=16)
    [left], [right] = data.held_out("x", 5), data.held_out("y", 5)
    assert left.max() == -1 and right.min() == 1 and left.shape == right.shape == (3, 16, 16)


def test_built_in_shoes_train_unpaired_and_test_paired():
    data = make("shoes", train_images=20, test_images=5, channels=[1, 3])
    sample = data.stream[0]
    assert sample["edges"].shape == (1, 64, 64) and sample["shoes"].shape == (3, 64, 64)
    train = [set(data.source("train", d).numbers) for d in ("edges", "shoes")]
    test = [set(data.source("test", d).numbers) for d in ("edges", "shoes")]
    assert not train[0] & train[1] and not (train[0] | train[1]) & test[0] and test[0] == test[1]
    assert data.paired and len(list(data.held_out("shoes", 3))) == 3
    other = make("shoes", train_images=20, test_images=5, seed=1)
    assert not torch.equal(other.stream[0]["shoes"], make("shoes", train_images=20, test_images=5).stream[0]["shoes"])


def test_test_images_are_deterministic_and_spread():
    data = make("shoes", train_images=2, test_images=10)
    state = torch.get_rng_state()
    first, second = list(data.held_out("shoes", 5)), list(data.held_out("shoes", 5))
    assert torch.equal(state, torch.get_rng_state()), "looking at samples changed the training"
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert torch.equal(first[1], list(data.held_out("shoes", 10))[2])


def test_built_in_shoes_in_a_rectangle():
    assert make("shoes", train_images=2, test_images=1, size=[32, 48]).stream[0]["shoes"].shape == (3, 32, 48)


def test_a_share_is_set_aside_where_there_are_no_test_folders(tmp_path):
    for folder in ("trainA", "trainB"):
        fill(tmp_path / folder, [f"{n}a.png" for n in range(10)])
    data = unpaired(tmp_path, test=0.2)
    train, test = ({d: set(data.pile(split, d).names) for d in "xy"} for split in ("train", "test"))
    assert len(test["x"]) == 2 and len(train["x"]) == 8 and train["x"].isdisjoint(test["x"])
    assert train == {d: set(names) for d, names in train.items()} and test["x"] == test["y"], "the same names in both"
    assert not trained_on(data, data, "x") and trained_on(*[unpaired(tmp_path)] * 2, "x")
    fill(tmp_path / "trainA", [f"{n}b.png" for n in range(10)])
    again = unpaired(tmp_path, test=0.2)
    again.recall(Record(test={d: sorted(names) for d, names in test.items()}))
    assert set(again.pile("test", "x").names) == test["x"], "those of the run, though there are more images now"


def test_a_share_that_does_nothing_is_said(tmp_path):
    for folder in ("trainA", "trainB", "testA", "testB"):
        fill(tmp_path / folder, ["1.png", "2.png", "3.png"])
    with pytest.warns(Notice, match=r"data\.test has no effect: the test images are those of .*testA"):
        unpaired(tmp_path, test=0.2).source("test", "x")
    with pytest.raises(UserError, match="leave out one of them"):
        unpaired(tmp_path, test=0.2, test_folders=["a", "b"])


def test_too_few_images_to_set_one_aside(tmp_path):
    two_folders(tmp_path)
    with pytest.raises(UserError, match=r"too few images of 'x' to set one aside; leave out data\.test"):
        unpaired(tmp_path, test=0.2).source("train", "x")
    assert len(unpaired(tmp_path).source("train", "x")) == 2
