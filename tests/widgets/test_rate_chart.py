"""Which seconds the chart shows, on which scale, and that plotext draws them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.widgets import chart
from tui.widgets.rate_chart import duration, nice, rate_axis, recent, resolution, steady_top, time_ticks


def test_recent_takes_the_seconds_before_now() -> None:
    values = np.arange(10)
    assert recent(values, 100, 110, 5, 1).tolist() == [5, 6, 7, 8, 9]


def test_recent_is_empty_before_the_first_second_and_after_the_last() -> None:
    assert recent(np.array([7]), 100, 103, 5, 1).tolist() == [0, 0, 7, 0, 0]


def test_a_column_shows_its_highest_second() -> None:
    assert recent(np.array([1, 9, 2, 3]), 100, 104, 2, 2).tolist() == [9, 3]


@given(st.integers(0, 500), st.integers(1, 40), st.sampled_from([1, 2, 5]))
def test_columns_do_not_change_while_they_move(now: int, columns: int, step: int) -> None:
    """A second later the shape is the same, or the same one column on."""
    values = np.arange(1_000) * 7919 % 101
    before, after = (recent(values, 0, 200 + now + later, columns, step) for later in (0, 1))
    assert before.tolist() == after.tolist() or before[1:].tolist() == after[:-1].tolist()


@pytest.mark.parametrize("width", [8, 37, 44, 120, 300])
def test_at_least_two_minutes_are_shown(width: int) -> None:
    columns, step = resolution(width)
    assert columns * step >= 120 or step == 60


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_the_data_always_fits_under_the_top(highest: float, before: float) -> None:
    top = steady_top(highest, before)
    assert top >= highest * 0.999
    assert steady_top(highest, top) == top or highest < top / 3


def test_nice_numbers() -> None:
    assert [nice(v) for v in (0, 1, 3, 7, 12, 4_700)] == [1, 1, 5, 10, 20, 5_000]


def test_labels() -> None:
    assert [label.strip() for _, label in rate_axis(15_000, 9).ticks] == ["0", "5 k", "10 k", "15 k"]
    assert [label for _, label in time_ticks(120, 1)] == ["-90", "-60", "-30", "now"]
    assert (duration(120), duration(152)) == ("2 min", "2:32 min")


@pytest.mark.parametrize("size", [(8, 2), (44, 9), (120, 20)])
def test_the_chart_has_the_size_that_was_asked_for(size: tuple[int, int]) -> None:
    chart.load()
    width, height = size
    columns, step = resolution(width)
    x = chart.Axis(0, columns - 1, time_ticks(columns, step))
    lines = chart.area([float(i) for i in range(columns)], x, rate_axis(300, height), width, height, "braille")
    assert len(lines) == height
    assert {len(line) for line in lines} == {width}


def test_too_small_a_chart_is_empty() -> None:
    axis = chart.Axis(0, 1, ())
    assert chart.area([1.0], axis, axis, 3, 1, "braille") == []


def test_in_ascii_a_quiet_second_is_not_a_filled_cell() -> None:
    """Every empty column of the lowest row was `#`, as if there had been traffic all the time."""
    chart.load()
    columns, step = resolution(44)
    x = chart.Axis(0, columns - 1, time_ticks(columns, step))
    values = [0.0] * (columns - 2) + [300.0, 300.0]
    lines = chart.area(values, x, rate_axis(300, 9), 44, 9, "#")
    assert lines[-2].strip().startswith("0 ____")
    assert lines[-2].count("#") <= 2
    assert {len(line) for line in lines} == {44}
