"""Which seconds the chart shows, on which scale, and that plotext draws them."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.snapshot import Series
from tui.widgets import chart
from tui.widgets.rate_chart import _without_words, columns_in, nice, rate_axis, steady_top
from tui.widgets.time_axis import (
    STEPS,
    Axis,
    ago_ticks,
    axis,
    clock_ticks,
    duration,
    fitting_step,
    highest,
    usual_step,
)


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def series(values: np.ndarray, first_s: int = 100, folded: tuple[int, list[int], list[int]] = (0, [], [])) -> Series:
    older_first_s, packets, peaks = folded
    older = {"older_packets": np.array(packets, np.int64), "older_peak_packets": np.array(peaks, np.int64)}
    return Series(first_s, values, values, older_first_s=older_first_s, **older)


def drawn(made: Series, shown: Axis) -> list[int]:
    return highest(made, made.packets, made.older_peak_packets, made.older_packets, shown).tolist()


def test_the_chart_ends_before_now() -> None:
    assert drawn(series(np.arange(10)), axis(5, 1, 110)) == [5, 6, 7, 8, 9]


def test_it_is_empty_before_the_first_second_and_after_the_last() -> None:
    assert drawn(series(np.array([7])), axis(5, 1, 103)) == [0, 0, 7, 0, 0]


def test_a_column_shows_its_highest_second() -> None:
    assert drawn(series(np.array([1, 9, 2, 3])), axis(2, 2, 104)) == [9, 3]


def test_a_column_of_minutes_shows_the_highest_second_of_folded_ones() -> None:
    """A chart of hours had shown means before the fold and peaks after it."""
    made = series(np.array([5] * 60), 240, (120, [600, 1_200], [40, 300]))
    assert drawn(made, Axis(120, 3, 60)) == [40, 300, 5]
    assert drawn(made, Axis(120, 1, 120)) == [300]
    assert drawn(made, Axis(180, 4, 30)) == [20, 20, 5, 5]


def test_a_column_that_is_not_complete_is_shown_where_one_would_wait_long_for_it() -> None:
    assert axis(10, 2, 105).end_s == 104
    assert axis(10, 60, 105).end_s == 120
    assert axis(10, 60, 1_000, 130).end_s == 180


@given(st.integers(0, 500), st.integers(1, 40), st.sampled_from([1, 2, 5]))
def test_columns_do_not_change_while_they_move(now: int, columns: int, step: int) -> None:
    """A second later the shape is the same, or the same one column on."""
    made = series(np.arange(1_000) * 7919 % 101, 0)
    before, after = (drawn(made, axis(columns, step, 200 + now + later)) for later in (0, 1))
    assert before == after or before[1:] == after[:-1]


@pytest.mark.parametrize("width", [8, 37, 44, 120, 300])
def test_at_least_two_minutes_are_shown(width: int) -> None:
    columns = columns_in(width)
    assert columns * usual_step(columns) >= 120


@given(st.integers(1, 200), st.integers(1, 30 * 86_400))
def test_the_whole_session_fits(columns: int, span: int) -> None:
    step = fitting_step(columns, span)
    assert columns * step >= span or step == STEPS[-1]


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_the_data_always_fits_under_the_top(highest: float, before: float) -> None:
    top = steady_top(highest, before)
    assert top >= highest * 0.999
    assert steady_top(highest, top) == top or highest < top / 3


def test_nice_numbers() -> None:
    assert [nice(v) for v in (0, 1, 3, 7, 12, 4_700)] == [1, 1, 5, 10, 20, 5_000]


def test_labels() -> None:
    assert [label.strip() for _, label in rate_axis(15_000, 9).ticks] == ["0", "5 k", "10 k", "15 k"]
    assert [label for _, label in ago_ticks(120, 1)] == ["-90 s", "-60 s", "-30 s", "now"]
    assert [label for _, label in ago_ticks(120, 1, "end")][-1] == "end"
    spans = [duration(s) for s in (45, 120, 152, 3 * 3_600 + 12 * 60, 2 * 86_400)]
    assert spans == ["45 s", "2 min", "2:32 min", "3 h 12 min", "2 d"]


@pytest.mark.parametrize(
    ("step", "first", "last"),
    [(1, "12:00:30", "12:01:30"), (60, "12:30", "13:30"), (3_600, "Sep 23", "Sep 26")],
)
def test_times_of_day_stand_under_the_chart(utc: None, step: int, first: str, last: str) -> None:
    begin = 1_790_078_400  # 2026-09-22 12:00
    labels = [label for _, label in clock_ticks(Axis(begin, 100, step))]
    assert (labels[0], labels[-1]) == (first, last)


@pytest.mark.parametrize("size", [(8, 2), (44, 9), (120, 20)])
def test_the_chart_has_the_size_that_was_asked_for(size: tuple[int, int]) -> None:
    chart.load()
    width, height = size
    columns = columns_in(width)
    x = chart.Axis(0, columns - 1, ago_ticks(columns, usual_step(columns)))
    lines = chart.area([float(i) for i in range(columns)], x, rate_axis(300, height), width, height, "braille")
    assert len(lines) == height
    assert {len(line) for line in lines} == {width}


def test_too_small_a_chart_is_empty() -> None:
    axis = chart.Axis(0, 1, ())
    assert chart.area([1.0], axis, axis, 3, 1, "braille") == []


def test_in_ascii_a_quiet_second_is_not_a_filled_cell() -> None:
    """Every empty column of the lowest row was `#`, as if there had been traffic all the time."""
    chart.load()
    columns = columns_in(44)
    x = chart.Axis(0, columns - 1, ago_ticks(columns, usual_step(columns)))
    values = [0.0] * (columns - 2) + [300.0, 300.0]
    lines = chart.area(values, x, rate_axis(300, 9), 44, 9, "#")
    assert lines[-2].strip().startswith("0 ____")
    assert lines[-2].count("#") <= 2
    assert {len(line) for line in lines} == {44}


def test_a_label_under_a_sign_goes_whole() -> None:
    """Under the cursor `-60 s` left an ` s` behind."""
    line = "  -60 s       -30 s    now"
    assert _without_words(line, [2]) == "              -30 s    now"
    assert _without_words(line, [6, 14]) == " " * 23 + "now"
    assert _without_words(line, [9]) == line
