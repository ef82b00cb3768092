"""What a person may write to say where to go."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.errors import UsageError
from tui.screens.moments import Here, Moment, parse

NS = 1_000_000_000
NOON = 1_790_078_400 * NS  # 2026-09-22 12:00 UTC
HERE = Here(NOON + 600 * NS, NOON, NOON + 3_600 * NS)


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("12:03:11", 191), ("12:03", 180), ("12:03:11.25", 191.25), ("+90 s", 690), ("-90s", 510), ("+1.5 min", 690),
        ("- 5 m", 300), ("+2h", 7_800), ("+250 ms", 600.25), ("-7", 593), ("start", 0), ("END", 3_600),
        ("2026-09-22 12:01", 60), ("2026-09-23T00:00:00", 43_200), ("13:30", 5_400),
    ],
)  # fmt: skip
def test_times(text: str, second: float) -> None:
    assert parse(text, HERE) == Moment(time_ns=NOON + int(second * NS))


@pytest.mark.parametrize(("text", "sequence"), [("1", 0), ("4711", 4_710), ("#4,711", 4_710)])
def test_packets(text: str, sequence: int) -> None:
    assert parse(text, HERE) == Moment(sequence=sequence)


def test_a_time_of_day_is_the_one_within_the_session() -> None:
    """After midnight, 23:50 is yesterday's."""
    midnight = NOON + 12 * 3_600 * NS
    here = Here(midnight + 60 * NS, midnight - 3_600 * NS, midnight + 120 * NS)
    assert parse("23:50", here) == Moment(time_ns=midnight - 600 * NS)
    assert parse("00:01:30", here) == Moment(time_ns=midnight + 90 * NS)


@pytest.mark.parametrize(
    "text", ["", "0", "noon", "25:00", "12:60", "12:3", "+5 parsecs", "2026-02-30 12:00", "-", "１２"]
)
def test_what_is_neither_is_explained(text: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(text, HERE)
    assert error.value.hint


@given(st.text(max_size=30))
def test_nothing_breaks_it(text: str) -> None:
    try:
        assert isinstance(parse(text, HERE), Moment)
    except UsageError as error:
        assert error.message
