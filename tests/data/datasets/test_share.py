"""A share of the training images is set aside: always the same, and near twins together."""

import random

import pytest

from i2i_zoo.data.datasets.share import series, set_aside, twins


def test_series_are_named_without_their_last_digits():
    assert series("p3/slice_012.png") == series("p3/slice_013.png") == "p3/slice"
    assert series("patient3_01.png") == "patient3" != series("patient4_01.png")
    assert series("001.png") == series("7.jpg") and series("a/1.png") != series("b/1.png")


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_series_are_taken_whole_and_the_listing_does_not_matter(share):
    names = [f"patient{p}_{n:02d}.png" for p in range(20) for n in range(5)]
    aside = set_aside(names, share)
    assert len(aside) == share * len(names) and len({series(name) for name in aside}) == len(aside) / 5
    shuffled = random.Random(0).sample(names, len(names))
    assert set_aside(shuffled, share) == aside


def test_one_long_series_is_cut_between_consecutive_numbers():
    aside = set_aside([f"IMG_{n}.jpg" for n in range(95, 195)], 0.2)
    numbers = sorted(int(name[4:-4]) for name in aside)
    assert len(numbers) == 20 and numbers == list(range(numbers[0], numbers[0] + 20))


@pytest.mark.parametrize("count", [3, 4, 7])
def test_at_least_one_is_set_aside_and_two_are_left(count):
    for share in (0.01, 0.5, 0.99):
        assert 1 <= len(set_aside([f"{n}a.png" for n in range(count)], share)) <= count - 2


def test_twins_of_what_is_set_aside_stay_out_of_training():
    aside, trained = ["p1/01.png", "p1/02.png", "q_3.png", "q_5.png"], ["p2/01.png", "q_8.png"]
    added = ["p1/03.png", "p2/02.png", "q_4.png", "q_6.png", "new.png"]
    assert twins(added, aside, trained) == ["p1/03.png", "q_4.png"], "a whole series, and before the cut of another"
    assert twins(added, [], trained) == []
