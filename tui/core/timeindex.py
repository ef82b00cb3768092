"""From a time to the packets of it, and from a session's series to a window's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tui.core.clock import NS
from tui.core.snapshot import Series
from tui.core.window import Window

Times = Callable[[int, int], Iterator[tuple[int, NDArray[np.int64]]]]
"""(number of its first packet, times) of each piece between two sequence numbers, as far as packets are kept."""


@dataclass(frozen=True, slots=True)
class Index:
    """Finds packets by their time: by the series to the second, then by the times of the packets themselves."""

    series: Series
    counted: int
    """The packets that are in the series."""
    end: int
    """The packets there are."""
    now_ns: int
    begin_ns: int
    """Time of the first packet."""
    times: Times

    def sequence(self, time_ns: int) -> int:
        """Number of the first packet that came at this time or after it; `end` where none did."""
        second = time_ns // NS
        folded = second < self.series.first_s
        after = min((second // 60 + 1) * 60, self.series.first_s) if folded else second + 1
        known, stop = self.series.sequence_at(second), self.series.sequence_at(after)
        if known is not None and time_ns % NS == 0 and not folded:
            return known
        first, stop = self.counted if known is None else known, self.end if stop is None else stop
        for start, times in self.times(first, stop):
            late = np.flatnonzero(np.maximum.accumulate(times) >= time_ns)
            if len(late):
                return start + int(late[0])
        return stop

    def window(self, start_ns: int | None, end_ns: int | None) -> Window:
        """The window between two times; None is the beginning of the session, and now."""
        begin = self.begin_ns
        start = begin if start_ns is None else max(start_ns, begin)
        end = self.now_ns + 1 if end_ns is None else min(end_ns, self.now_ns + 1)
        end = max(end, start + 1)
        first = 0 if start_ns is None else self.sequence(start)
        last = self.end if end_ns is None or end > self.now_ns else self.sequence(end)
        return Window(start, end, first, max(first, last), whole=start_ns is None)

    def moved(self, window: Window, by_ns: int) -> Window:
        """The window some time later or earlier: its end, and its start too unless that is the session's."""
        if window.whole:
            return self.window(None, max(window.end_ns + by_ns, self.begin_ns + 1))
        length = window.end_ns - window.start_ns
        start = max(self.begin_ns, min(window.start_ns + by_ns, self.now_ns + 1 - length))
        return self.window(start, start + length)


def cut(series: Series, window: Window) -> Series:
    """The seconds and folded minutes of a series that the window touches."""
    low, high = window.start_ns // NS, -(-window.end_ns // NS)
    a, b = _rows(low, high, series.first_s, len(series.packets))
    first_minute = series.older_first_s // 60
    c, d = _rows(low // 60, -(-high // 60), first_minute, len(series.older_packets))
    return replace(
        series,
        first_s=series.first_s + a,
        packets=series.packets[a:b],
        bytes=series.bytes[a:b],
        by_protocol={name: values[a:b] for name, values in series.by_protocol.items()},
        sequence=series.sequence[a:b],
        older_first_s=(first_minute + c) * 60,
        older_packets=series.older_packets[c:d],
        older_bytes=series.older_bytes[c:d],
        older_sequence=series.older_sequence[c:d],
        older_peak_packets=series.older_peak_packets[c:d],
        older_peak_bytes=series.older_peak_bytes[c:d],
    )


def _rows(low: int, high: int, first: int, n: int) -> tuple[int, int]:
    a = min(max(low - first, 0), n)
    return a, min(max(high - first, a), n)
