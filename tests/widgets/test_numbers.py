"""Numbers keep their width and never call something nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.window import Window
from tui.widgets.numbers import bits_per_s, octets, per_s, scaled, share, span, stretch


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (999.7, "1.0 k"), (1_000, "1.0 k"), (12_400, "12.4 k"), (99_960, "100 k"),
     (812e6, "812 M"), (999_999_999, "1.0 G"), (3e12, "3.0 T")],
)  # fmt: skip
def test_scaled(value: float, text: str) -> None:
    assert scaled(value) == text


@given(st.floats(0, 9e14))
def test_widths_never_change(value: float) -> None:
    assert len(octets(value)) == 7
    assert len(per_s(value)) == 8
    assert len(bits_per_s(value)) == 9


@given(st.integers(1, 10**12), st.integers(0, 10**12))
def test_what_is_there_is_never_zero_percent(part: int, rest: int) -> None:
    assert share(part, part + rest) != "  0.0%"
    assert len(share(part, part + rest)) == 6


def test_nothing_of_nothing() -> None:
    assert share(0, 0) == "  0.0%"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00:00:00"), (751, "00:12:31"), (-3, "00:00:00"), (360_000, "4d 04:00")]
)
def test_span(seconds: float, text: str) -> None:
    assert span(seconds) == text


@given(st.integers(10**18, 2 * 10**18), st.integers(1, 10**11))
def test_both_ends_of_a_window_are_told_apart_however_short_it_is(start: int, length: int) -> None:
    begin, _, end = stretch(Window(start, start + length, 0, 1)).partition(" to ")
    assert begin != end
    assert ("." in begin) == (length < 3 * 10**9)


@pytest.mark.parametrize(("length", "digits"), [(2_999_999_999, 3), (9_999_999, 6), (9_999, 9)])
def test_a_short_window_has_no_more_decimals_than_it_needs(length: int, digits: int) -> None:
    begin = stretch(Window(10**18, 10**18 + length, 0, 1)).partition(" to ")[0]
    assert len(begin.partition(".")[2]) == digits
