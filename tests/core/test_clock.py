"""The packet clock never goes back, and goes on whatever becomes of the clock that stamps the packets."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.clock import BELIEVED_AFTER, NS, PacketClock

HOUR = 3600
START = 1_700_000_000


def run(*seconds: float) -> list[float]:
    """The clock at packets of these times, in seconds."""
    return (PacketClock().advance(np.array([(START + s) * NS for s in seconds], np.int64)) / NS - START).tolist()


def test_a_clock_that_is_set_back_does_not_stop_ours() -> None:
    """For an hour every packet fell into one second, and no detector decided anything."""
    clock = run(*range(100), *(t - HOUR for t in range(100, 200)))
    assert clock[:100] == list(range(100))
    assert clock[100 : 100 + BELIEVED_AFTER] == [99] * BELIEVED_AFTER
    assert clock[-1] == 99 + 100 - BELIEVED_AFTER


def test_a_clock_that_is_set_right_again_makes_up_for_it() -> None:
    clock = run(*range(100), *(t - HOUR for t in range(100, 200)), *range(200, 300))
    assert clock == sorted(clock)
    assert clock[-1] == 299


def test_a_few_packets_that_are_late_change_nothing() -> None:
    late = [50.0 - HOUR] * (BELIEVED_AFTER - 1)
    assert run(50, *late, 51, *late, 52)[-1] == 52


def test_packets_that_are_a_little_out_of_order_change_nothing() -> None:
    assert run(50, *([20] * 100), 51)[-1] == 51


def test_a_first_packet_from_the_far_future_does_not_stop_the_clock() -> None:
    assert run(10**9, *range(100))[-1] == 10**9 + 100 - BELIEVED_AFTER


@pytest.mark.parametrize(
    ("seconds", "doubted"),
    [
        ((0, 1, 0.5, 2), 0),
        ((0, *[10**6] * (BELIEVED_AFTER - 1), 1), BELIEVED_AFTER - 1),
        ((0, 10**6, 1, -HOUR, 2), 2),
        ((*range(100), *(t - HOUR for t in range(100, 150))), 50),
        ((*range(100), *(t - HOUR for t in range(100, 150)), *range(150, 300)), 50),
        ((0, *(10**6 + t for t in range(100))), 0),
    ],
    ids=["nearly in order", "too far ahead", "one ahead, one behind", "set back", "set right again", "a long silence"],
)
def test_packets_that_are_counted_at_another_time_are_counted(seconds: tuple[float, ...], doubted: int) -> None:
    clock = PacketClock()
    clock.advance(np.array([(START + s) * NS for s in seconds], np.int64))
    assert clock.doubted == doubted


steps = st.integers(-(10**9), 10**10) | st.sampled_from([10**13, 10**15, -(10**12), -4 * 10**12])


@given(st.lists(steps, max_size=80), st.lists(st.integers(0, 80), max_size=5))
def test_it_never_goes_back_and_does_not_depend_on_cuts(taken: list[int], cuts: list[int]) -> None:
    times = START * NS + np.cumsum(np.array(taken, np.int64))
    whole = PacketClock().advance(times)
    assert (np.diff(whole) >= 0).all()
    once, clock, found = PacketClock(), PacketClock(), []
    once.advance(times)
    for start, stop in pairwise([0, *sorted(c % (len(times) + 1) for c in cuts), len(times)]):
        found += clock.advance(times[start:stop]).tolist()
    assert found == whole.tolist()
    assert clock.doubted == once.doubted
    assert 0 <= once.doubted <= len(times)


@pytest.mark.parametrize("back_s", [61, HOUR, 10**8])
def test_a_silent_link_goes_on_from_where_the_clock_is(back_s: int) -> None:
    clock = PacketClock()
    clock.advance(np.array([(START + s) * NS for s in range(10)], np.int64))
    clock.advance(np.array([(START - back_s + s) * NS for s in range(10, 30)], np.int64))
    before = clock.now_ns
    assert clock.tick(before + NS) == before + NS
