"""The bar of time: as wide as it may be, with the keys where there is room."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.screens.travel import Course
from tui.widgets.glyphs import ASCII, UNICODE
from tui.widgets.time_bar import bar_line, speed_text

NS = 1_000_000_000
NOON = 1_790_078_400 * NS
HALF = Course(NOON, NOON + 600 * NS, NOON + 300 * NS, NOON + 450 * NS, 10.0, True, False, False)


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def text(course: Course, width: int) -> str:
    return "".join(part for part, _ in bar_line(course, width, UNICODE))


def test_times_speed_and_keys_are_told() -> None:
    line = text(HALF, 140)
    assert line.startswith(" ▶ 10x   12:05:00 ")
    assert "12:10:00  00:05:00 of 00:10:00" in line
    assert line.endswith("P play  , . 10 s  < > 1 min  { } speed ")


def test_the_dot_stands_where_one_is_and_what_was_read_is_behind_it() -> None:
    track = re.findall("[━●─]+", text(HALF, 140))[0]
    assert abs(track.index("●") / (len(track) - 1) - 0.5) < 0.05
    assert abs(track.index("─") / len(track) - 0.75) < 0.05


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_the_line_is_as_wide_as_the_screen(width: int) -> None:
    assert len(text(HALF, width)) == width


@pytest.mark.parametrize(
    ("course", "words"),
    [
        (replace(HALF, playing=False), "‖ 10x"),
        (replace(HALF, ended=True), "‖ end"),
        (replace(HALF, end_ns=0), "? "),
        (replace(HALF, live=True), "now "),
        (replace(HALF, speed=math.inf), "▶ max"),
    ],
)
def test_every_state_is_told(course: Course, words: str) -> None:
    assert words in text(course, 120)


def test_ascii_has_no_other_signs() -> None:
    assert "".join(part for part, _ in bar_line(HALF, 120, ASCII)).isascii()


@given(st.integers(1, 250), st.integers(-10, 700), st.integers(-10, 700), st.integers(0, 700))
def test_no_time_breaks_it(width: int, at: int, read: int, end: int) -> None:
    course = replace(HALF, at_ns=NOON + at * NS, read_ns=NOON + read * NS, end_ns=end and NOON + end * NS)
    assert len(text(course, width)) <= max(width, 80)


def test_speeds() -> None:
    assert [speed_text(speed) for speed in (0.1, 1.0, 1_000.0, math.inf)] == ["0.1x", "1x", "1000x", "max"]
