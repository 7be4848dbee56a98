import pytest

from i2i_zoo.compare.report.curves import BOTTOM, LEFT, POINTS, RIGHT, TOP, panels
from i2i_zoo.compare.result import Entry


def entry(*losses, name="gan", every=10):
    seeds = [
        {
            "seed": n,
            "run": "",
            "metrics": {},
            "losses": [{"step": every * i, "losses": row} for i, row in enumerate(rows)],
        }
        for n, rows in enumerate(losses)
    ]
    return Entry.model_validate({"name": name, "model": "gan", "recipe": {}, "mean": {}, "spread": {}, "seeds": seeds})


def points(path):
    return [tuple(map(float, part.removesuffix("h0").split())) for part in path.replace("M", "L").split("L")[1:]]


def test_a_panel_for_each_loss_with_a_line_for_each_seed_that_has_it():
    rows = [{"fool": 1.0}, {"fool": 2.0}]
    found = panels([entry(rows, rows), entry([{"fool": 3.0, "cycle": 1.0}], name="other")])
    assert [panel.title for panel in found] == ["fool", "cycle"]
    assert [line.entry for line in found[0].lines] == [0, 0, 1] and [line.entry for line in found[1].lines] == [1]
    assert "gan, seed 1, ends at 2" in found[0].summary


def test_lines_reach_from_the_first_step_to_the_last_and_from_zero_up():
    [panel] = panels([entry([{"a": 0.0}, {"a": 4.0}])])
    assert points(panel.lines[0].linear) == [(LEFT, BOTTOM), (RIGHT, TOP)]
    assert [tick.label for tick in panel.linear] == ["0", "1", "2", "3", "4"]
    assert [tick.at for tick in panel.linear] == sorted((tick.at for tick in panel.linear), reverse=True)


def test_decades_are_evenly_apart_on_the_logarithmic_scale():
    [panel] = panels([entry([{"a": 1.0}, {"a": 10.0}, {"a": 100.0}])])
    heights = [height for _, height in points(panel.lines[0].log)]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2]) and heights[0] == BOTTOM
    assert [tick.label for tick in panel.log] == ["1", "10", "100"]


def test_a_line_breaks_where_there_is_no_finite_value_or_no_logarithm():
    [panel] = panels([entry([{"a": 1.0}, {"a": None}, {"a": -1.0}, {"a": 2.0}])])
    assert panel.lines[0].linear.count("M") == 2 and len(points(panel.lines[0].linear)) == 3
    assert len(points(panel.lines[0].log)) == 2


@pytest.mark.parametrize("value", [0.0, None, -3.0])
def test_without_a_positive_value_there_is_no_logarithmic_scale(value):
    [panel] = panels([entry([{"a": value}])])
    assert panel.log == [] and panel.lines[0].log == "" and len(panel.linear) > 1


def test_long_runs_are_averaged_in_bins():
    [panel] = panels([entry([{"a": float(i % 2)} for i in range(10 * POINTS)])])
    drawn = points(panel.lines[0].linear)
    assert len(drawn) == POINTS and len({height for _, height in drawn}) == 1


def test_no_losses_no_panels():
    assert panels([entry([])]) == []


@pytest.mark.parametrize("low", [1e-9, 0.3, 7.0, 123456.0])
@pytest.mark.parametrize("factor", [1.0, 1.2, 5.0, 1e6])
def test_scales_have_a_few_marks_inside_the_plot(low, factor):
    [panel] = panels([entry([{"a": low}, {"a": low * factor}])])
    for ticks in (panel.linear, panel.log):
        assert 2 <= len(ticks) <= 6 and all(TOP - 0.1 <= tick.at <= BOTTOM + 0.1 for tick in ticks)
