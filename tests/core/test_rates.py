from __future__ import annotations

import numpy as np

from tui.core.clock import BELIEVED_AFTER, NS, PacketClock
from tui.core.rates import SECONDS_KEPT, Rates


def counted(seconds: list[float], first_sequence: int = 0) -> Rates:
    rates = Rates()
    clock = (np.array(seconds) * NS).astype(np.int64)
    n = len(clock)
    rates.update(clock, np.full(n, 100, np.uint32), np.zeros(n, np.uint16), first_sequence)
    return rates


def test_packets_and_bytes_are_counted_by_second_and_silence_is_zero() -> None:
    series = counted([100.1, 100.9, 103.0]).series(("TCP",))
    assert (series.first_s, series.packets.tolist(), series.bytes.tolist()) == (100, [2, 0, 0, 1], [200, 0, 0, 100])
    assert series.by_protocol["TCP"].tolist() == [2, 0, 0, 1]


def test_a_second_leads_to_its_packets() -> None:
    rates = counted([100.1, 100.9, 103.0, 104.0])
    series = rates.series(())
    assert [series.sequence_at(second) for second in (99, 100, 101, 103, 104, 105)] == [0, 0, 2, 2, 3, None]


def test_old_seconds_become_minutes_and_nothing_is_lost() -> None:
    series = counted([float(s) for s in range(0, 4 * SECONDS_KEPT, 7)]).series(())
    assert len(series.packets) <= 2 * SECONDS_KEPT
    assert int(series.packets.sum() + series.older_packets.sum()) == len(range(0, 4 * SECONDS_KEPT, 7))
    assert series.older_first_s + 60 * len(series.older_packets) >= series.first_s


def test_the_clock_never_goes_back() -> None:
    clock = PacketClock()
    assert clock.advance(np.array([5, 3, 9], np.int64)).tolist() == [5, 5, 9]
    assert clock.advance(np.array([7], np.int64)).tolist() == [9]
    assert clock.doubted == 0, "a second or so out of order is not worth a word"


def test_one_wrong_time_does_not_move_the_clock_and_many_do() -> None:
    clock = PacketClock()
    far = 10**15
    assert clock.advance(np.array([NS, far, 2 * NS], np.int64)).tolist() == [NS, NS, 2 * NS]
    jump = clock.advance(np.full(BELIEVED_AFTER, far, np.int64))
    assert jump.tolist() == [2 * NS] * (BELIEVED_AFTER - 1) + [far]
