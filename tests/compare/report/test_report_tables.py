from sample_comparison import NASTY, sample

from i2i_zoo.compare.report import text
from i2i_zoo.compare.report.tables import differences, flat, mark, scores, seed_scores
from i2i_zoo.compare.result import Budget, Comparison


def rows(groups):
    return {(group.title, row.title): row.cells for group in groups for row in group.rows}


def test_the_best_mean_is_marked_and_what_its_spread_does_not_tell_apart():
    assert mark([1.0, 1.3, 1.5], [0.1, 0.2, 0.1], "lower") == ["best", "close", ""]
    assert mark([1.0, 1.3, 1.5], [0.1, 0.2, 0.1], "higher") == ["", "close", "best"]
    assert mark([1.0, None, 1.0, 2.0], [None] * 4, "lower") == ["best", "", "best", ""]
    assert mark([1.0, 2.0], [None, None], "lower") == ["best", ""]


def test_nothing_is_marked_where_there_is_no_choice():
    assert mark([1.0, 2.0], [0.0, 0.0], None) == ["", ""]
    assert mark([1.0, None], [0.1, None], "lower") == mark([1.0, 1.0], [0.1, 0.1], "lower") == ["", ""]


def test_scores_stand_by_direction_with_mean_spread_and_the_reason_of_a_gap():
    table = rows(scores(Comparison.model_validate(sample())))
    first, second, third = table["edges → shoes", "SWD"]
    assert (first.value, first.spread, first.mark) == ("12.41", "0.13", "best")
    assert (second.mark, third.mark) == ("", "close")
    assert [cell.reason for cell in table["shoes → edges", "FID"]] == [
        f"Put the Inception weights into weights/ {NASTY}."
    ] * 3
    gap, _, single = table["edges → shoes", "Diversity"]
    assert gap.reason == "One output for an input has no diversity." and not gap.value
    assert (single.value, single.spread, single.seeds, single.mark) == ("0.100", "", "1 of 2 seeds", "")
    assert table["Not measured", "lpips"][0].reason == "Put AlexNet there too."


def test_cost_stands_beside_quality():
    table = rows(scores(Comparison.model_validate(sample())))
    assert [cell.value for cell in table["Cost", "Speed"]] == ["6.00", "5.00", "4.00"]
    assert [cell.mark for cell in table["Cost", "Speed"]] == ["best", "", ""]
    assert table["Cost", "Parameters"][0][:2] == ("3.51", "")
    assert table["Cost", "Training time"][0][:2] == ("8 min 32 s", "0.0 s")


def test_unknown_cost_is_left_out():
    data = sample()
    for entry in data["entries"]:
        for seed in entry["seeds"]:
            seed["cost"] = {}
    assert not [title for title, _ in rows(scores(Comparison.model_validate(data))) if title == "Cost"]


def test_every_seed_has_its_cell():
    table = rows(seed_scores(Comparison.model_validate(sample())))
    assert [cell.value for cell in table["edges → shoes", "SWD"]] == [
        "12.31",
        "12.50",
        "12.90",
        "13.10",
        "12.00",
        "14.00",
    ]
    assert [bool(cell.reason) for cell in table["edges → shoes", "Diversity"]] == [True] * 4 + [False, True]


def test_recipes_differ_in_dotted_paths_and_show_what_they_lack():
    entries = Comparison.model_validate(sample()).entries
    [(table, found)] = differences(entries)
    assert table == "model" and [row.path for row in found] == ["model.name", "model.cycle", f"model.{NASTY}"]
    assert found[1].values == ["10.0", "9.0", "8.0"]
    lacking = [entries[0], entries[1].model_copy(update={"recipe": {"train": {"batch": 1}}})]
    assert differences(lacking)[0][1][0].values == ['"cyclegan"', None]
    assert differences(entries[:1]) == []


def test_flat_keeps_lists_and_empty_tables():
    assert flat({"a": {"b": [1, "x"], "c": {}}, "d": None}) == {"a.b": '[1, "x"]', "a.c": "{}", "d": "null"}


def test_numbers_in_words():
    assert text.number(-1234.5, 1) == "\N{MINUS SIGN}1\N{NARROW NO-BREAK SPACE}234.5"
    assert [text.duration(seconds) for seconds in (0.4, 59.6, 3600, 5000)] == ["0.4 s", "1 min", "1 h", "1 h 23 min"]
    assert text.budget(Budget(seconds=600.0)) == "10 min" and text.budget(Budget()) == "an unknown budget"
    assert text.date("2026-11-21T10:20:30+00:00") == "21 November 2026, 10:20" and text.date("today") == "today"
