"""The scripts of `docs/reliability.md`, as short as they can be."""

from __future__ import annotations

import random

import pytest
from benchmark_scripts import script


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Python 3.12 on forks
def test_killed_runs_resume_and_end_as_if_nothing_had_happened(tmp_path):
    kill = script("kill")
    row = kill.torment(tmp_path, [*kill.RECIPE, "train.steps=8", "train.save_every=2"], 6, random.Random(2))
    assert row["kills"] == 6 and row["runs"] >= 1 and 1 <= row["inside_saves"] <= 5, row
    assert row["different"] == row["not_resumed"] == 0, row


def test_a_long_run_stays_as_it_began():
    looks = script("long_run").watch(steps=200, often=20)
    begin, end = looks[4], looks[-1]
    assert len(looks) == 10 and end["memory_mb"] - begin["memory_mb"] < 20, looks
    assert {look["open_files"] for look in looks[1:]} == {begin["open_files"]}, looks
    assert end["step_ms"] < 1.6 * begin["step_ms"], looks


def test_a_curve_has_a_line_for_each_training_and_the_levels_of_the_test_set():
    rows = [
        {
            "name": "a",
            "seed": seed,
            "minutes": minutes,
            "scores": {"kid": 900 / minutes},
            "levels": {"real": {"kid": 9}},
        }
        for seed in (0, 1)
        for minutes in (1, 3)
    ]
    drawn = script("curve").draw(rows, ["kid=KID"])
    assert drawn.count("<circle") == 4 and drawn.count('stroke-width="2"') == 2 and ">KID, lower is better<" in drawn
    assert drawn.count('class="level"') == 1 and ">real<" in drawn
