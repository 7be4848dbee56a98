from collections import Counter

import pytest

from i2i_zoo.data.emoji.concepts import MANY, family, sort_out, split


@pytest.mark.parametrize(
    ("kin", "names"),
    [
        ("heart", ["red-heart", "heart-hands", "smiling-cat-with-heart-eyes", "heart-with-arrow"]),
        ("clock", ["one-oclock", "twelve-thirty"]),
        ("button", ["ok-button", "black-square-button", "japanese-secret-button"]),
        ("shape", ["red-circle", "white-large-square", "small-blue-diamond"]),
        ("artist", ["artist", "man-artist", "woman-artist"]),
        ("claus", ["mrs-claus", "mx-claus"]),
        ("cat", ["cat-face", "weary-cat"]),
        ("identification-card", ["identification-card"]),
        ("woman", ["woman"]),
        ("alarm-clock", ["alarm-clock"]),
    ],
)
def test_near_twins_are_of_one_family(kin, names):
    assert {family(name) for name in names} == {kin}


def test_no_family_is_on_two_sides():
    names = [f"{who}-{what}-{n}" for who in ("man", "woman") for what in ("singer", "swimming") for n in range(50)]
    emoji = sort_out({f"{n:x}": name for n, name in enumerate(names)})
    assert len({e.family for e in emoji}) == 100
    assert len({(e.family, e.split) for e in emoji}) == 100
    assert {e.split for e in emoji} == {"train", "val", "test"}


def test_the_split_is_the_published_one():
    assert split("mail", 8) == "test" and split("cat", 10) == "val" and split("globe", 4) == "train"
    assert split("keycap", MANY) == "test" and split("keycap", MANY + 1) == "train", "large families are for training"


def test_about_a_quarter_is_for_the_test_and_a_sixth_to_validate():
    shares = Counter(split(f"family {n}", 1) for n in range(4000))
    assert 0.22 < shares["test"] / 4000 < 0.26 and 0.14 < shares["val"] / 4000 < 0.18
