"""Tables at any width, and in a pipe: nothing is cut."""

from __future__ import annotations

import io

import pytest

from i2i_zoo.cli.console import Lasting, console
from i2i_zoo.cli.evaluate import table
from i2i_zoo.cli.sheet import Sheet
from i2i_zoo.runs.display import Display

REPORT = {
    "values": {"average": {f"to_{to}.{name}": 0.125 for to in ("horse", "zebra") for name in ("kid_lite2", "swd")}},
    "floor": {"to_zebra.swd": 0.5}, "ceiling": {"to_horse.swd": 0.25}, "domains": ["horse", "zebra"], "step": 7,
    "scores": {
        "kid_lite2": {"title": "KID-Lite2", "unit": "x 1000", "better": "lower"},
        "swd": {"title": "SWD at 128 pixels", "unit": "x 1000", "better": "lower"},
    },
    "protocol": {"images": {"horse": 3, "zebra": 3}}, "model": "cyclegan",
}  # fmt: skip


def drawn(sheet, width):
    stream = io.StringIO()
    Lasting(file=stream, width=width, highlight=False).print(sheet)
    return stream.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 120, 10_000])
def test_a_report_is_whole_at_any_width(width):
    text = drawn(table(REPORT), width)
    for word in ("KID-Lite2", "SWD at 128 pixels", "to zebra", "0.125", "0.25", "copied", "real"):
        assert word in text, text
    assert "…" not in text and max(map(len, text.splitlines())) <= width


def test_what_does_not_fit_is_shown_row_by_row():
    sheet = Sheet("title", ["name", ">number", "~prose"])
    sheet.add("a/b" * 12, "17", "words and [no markup] " * 4)
    assert "┃ number ┃" in drawn(sheet, 120)
    narrow = drawn(sheet, 40)
    assert "  number: 17" in narrow and "[no markup]" in narrow and "…" not in narrow


@pytest.mark.parametrize("columns", ["60", "80", "120", None])
def test_show_cuts_nothing(i2i, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns) if columns else monkeypatch.delenv("COLUMNS")
    done = i2i("show", "shoes/quickstart")
    for word in ("model.discriminator.critics", "train.gradient_checkpointing", "tf_efficientnet_lite0"):
        assert word in done.out.replace("\n  ", "")
    assert "…" not in done.out
    assert columns is None or max(map(len, done.out.splitlines())) <= int(columns)
    assert "…" not in i2i("list").out


def test_a_pipe_has_room_and_a_terminal_its_own(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert console.width > 1000
    assert Lasting(force_terminal=True, file=io.StringIO()).width <= 300


def test_show_filters_by_section_and_by_key_and_shortens_meanings(i2i):
    data = i2i("show", "shoes/quickstart", "data").out
    assert "data.size" in data and "train." not in data
    one = i2i("show", "shoes/quickstart", "train.schedule_from", "train.schedule_from=[3, 0.5]").out
    assert "[3, 0.5]" in one and "so that there is no jump" in " ".join(one.split("│")).replace("\n", " ")
    assert "no jump" not in i2i("show", "shoes/quickstart").out
    assert "blocks" in i2i("show", "resnet", "blocks").out
    refused = i2i("show", "shoes/quickstart", "dta")
    assert refused.code == 1 and "shoes/quickstart has no 'dta'; did you mean 'data'?" in refused.err


def test_help_names_arguments_and_keeps_angle_brackets(i2i):
    text = i2i("train", "--help").out
    assert "Usage: i2i train [RECIPE] [KEY=VALUE...] [OPTIONS]" in text
    assert "runs/<recipe>-<time>" in text and "ARGS" not in text
    assert "Usage: i2i translate WEIGHTS INPUTS... --to TO --out OUT [OPTIONS]" in i2i("translate", "--help").out
    assert "<step>.json" in i2i("evaluate", "--help").out


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_progress_of_a_training_is_whole(width):
    stream = io.StringIO()
    terminal = Lasting(file=stream, width=width, force_terminal=True)
    display = Display(terminal, 11_234, 200_000)
    losses = {f"{kind}_{domain}": 1.25 for kind in ("fool", "cycle", "judge", "identity") for domain in "ab"}
    row = {"step": 11_300, "images_per_second": 12.3456, "data_wait": 0.015, "losses": losses}
    with display:
        display.write(row)
    text = stream.getvalue()
    assert "…" not in text and "12.3 images/s" in text and "11234/200000" in text and text.count("1.250") >= 8
