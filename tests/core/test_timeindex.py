"""From a time to its packets: by the second, within it, and in minutes that were folded."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tui.core.rates import SECONDS_KEPT, Rates
from tui.core.timeindex import Index, cut
from tui.core.window import Window

NS = 1_000_000_000
BEGIN = 1_000 * NS


def index(times_ns: NDArray[np.int64], counted: int | None = None) -> Index:
    """Over packets of these times, of which the first `counted` are in the series."""
    n = len(times_ns) if counted is None else counted
    rates = Rates()
    clock = np.maximum.accumulate(times_ns)[:n]
    rates.update(clock, np.full(n, 100, np.uint32), np.zeros(n, np.uint16), 0)

    def times(first: int, stop: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
        for at in range(first, stop, 7):  # pieces, as blocks of rows give them
            yield at, times_ns[at : min(stop, at + 7)]

    return Index(rates.series(()), n, len(times_ns), int(times_ns.max()), int(times_ns[0]), times)


def spaced(n: int, apart_s: float) -> NDArray[np.int64]:
    return BEGIN + (np.arange(n) * apart_s * NS).astype(np.int64)


@pytest.mark.parametrize(
    ("second", "sequence"), [(-5, 0), (0, 0), (0.05, 1), (1, 10), (1.04, 11), (1.1, 11), (9.99, 100), (500, 100)]
)
def test_a_time_leads_to_the_first_packet_from_it_on(second: float, sequence: int) -> None:
    assert index(spaced(100, 0.1)).sequence(BEGIN + int(second * NS)) == sequence


def test_packets_that_the_series_has_not_counted_yet_are_found() -> None:
    """A window that began at the newest packet had been empty."""
    found = index(spaced(100, 0.1), counted=80)
    assert found.sequence(BEGIN + int(9.5 * NS)) == 95
    assert found.window(BEGIN + int(9.5 * NS), None) == Window(
        BEGIN + int(9.5 * NS), BEGIN + int(9.9 * NS) + 1, 95, 100
    )


def test_in_a_folded_minute_the_packet_itself_is_found() -> None:
    times = spaced(4 * SECONDS_KEPT // 5, 5)
    found = index(times)
    assert found.series.first_s > BEGIN // NS + 3_600
    assert found.sequence(BEGIN + 3_601 * NS) == 721
    assert found.sequence(BEGIN + 3_600 * NS) == 720


@given(st.lists(st.integers(0, 30_000), min_size=1, max_size=80), st.integers(-1_000, 32_000))
def test_no_packet_before_the_time_comes_after_the_place(steps_ms: list[int], at_ms: int) -> None:
    times = BEGIN + np.sort(np.array(steps_ms, np.int64)) * 1_000_000
    at = BEGIN + at_ms * 1_000_000
    assert index(times).sequence(at) == int(np.searchsorted(times, at))


@given(st.integers(0, 5_000), st.integers(1, 5_000))
def test_a_cut_series_has_the_window_s_packets(low: int, span: int) -> None:
    times = spaced(4 * SECONDS_KEPT // 5, 5)
    made = index(times)
    start = BEGIN + low // 60 * 60 * NS + 20 * NS  # whole minutes of the epoch, so that folded ones count as well
    window = made.window(start, start + (span // 60 + 1) * 60 * NS)
    part = cut(made.series, window)
    assert int(part.packets.sum() + part.older_packets.sum()) == len(window)


def test_a_window_is_never_empty_in_time() -> None:
    made = index(spaced(100, 0.1))
    window = made.window(BEGIN + 5 * NS, BEGIN + 2 * NS)
    assert (window.end_ns - window.start_ns, len(window)) == (1, 0) or window.seconds > 0
