"""The lines of a training in a pipe: whole, and with the time that is left."""

import time
from types import SimpleNamespace

from rich.console import Console

from i2i_zoo.runs.display import Display

ROW = {"losses": {"cycle_a": 0.25}, "images_per_second": 3.0, "data_wait": 0.01}


def test_a_line_in_a_pipe_tells_the_time_left(capsys):
    display = Display(Console(force_terminal=False, width=10_000), 0, 1000)
    for step in (1, 2, 3):
        time.sleep(0.02)
        display.tick(SimpleNamespace(step=step), {})
    display.write(ROW | {"step": 3})
    words = capsys.readouterr().out.strip().split("  ")
    assert words[0] == "step 3/1000" and words[-1] == "cycle_a 0.250"
    [left] = [word for word in words if word.endswith(" left")]
    hours, minutes, seconds = map(int, left.removesuffix(" left").split(":"))
    assert 3600 * hours + 60 * minutes + seconds >= 15, "a thousand steps of 20 ms, or more where the machine is busy"


def test_at_the_end_nothing_is_left(capsys):
    display = Display(Console(force_terminal=False, width=10_000), 0, 2)
    for step in (1, 2):
        display.tick(SimpleNamespace(step=step), {})
    display.write(ROW | {"step": 2})
    assert "left" not in capsys.readouterr().out
