"""Traffic per second of packet time, the oldest folded into minutes, and which packet began each second."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import run_lengths, run_starts
from tui.core.clock import NS
from tui.core.snapshot import Series

SECONDS_KEPT = 14_400
"""Seconds held one by one: four hours, more than a screen is wide at any zoom. Older ones become minutes."""
MINUTES_KEPT = 43_200
"""Minutes held: thirty days. Older ones are dropped and counted."""
MAX_GAP_S = 7 * 86_400
"""A longer silence begins the series anew: nobody scrolls through it, and a wrong time must not fill the memory."""
PROTOCOLS = 256
"""Protocol ids told apart; higher ones count as unknown."""
SHOWN = 6
"""Protocols with a series of their own in a snapshot, the busiest."""


class Bins:
    """Equal steps of time in arrays that grow: packets, bytes, packets by protocol, first sequence number."""

    ARRAYS: ClassVar[tuple[str, ...]] = ("packets", "bytes", "sequence", "protocols")

    def __init__(self) -> None:
        self.first = 0
        """Number of the first step since the epoch."""
        self.n = 0
        self.packets = np.zeros(64, np.int64)
        self.bytes = np.zeros(64, np.int64)
        self.sequence = np.zeros(64, np.int64)
        self.protocols = np.zeros((64, 8), np.int32)

    def extend(self, last: int, sequence: int) -> None:
        """Make room up to step `last`; steps between begin at `sequence`."""
        if not self.n:
            self.first = last
        n = last - self.first + 1
        if n > len(self.packets):
            room = max(n, 2 * len(self.packets))
            for name in self.ARRAYS:
                old = getattr(self, name)
                new = np.zeros((room, *old.shape[1:]), old.dtype)
                new[: self.n] = old[: self.n]
                setattr(self, name, new)
        if n > self.n:
            self.sequence[self.n : n] = sequence
            self.n = n

    def widen(self, protocols: int) -> None:
        """Make room for protocol ids below `protocols`."""
        have = self.protocols.shape[1]
        if protocols > have:
            more = np.zeros((len(self.protocols), max(protocols, 2 * have) - have), np.int32)
            self.protocols = np.concatenate([self.protocols, more], axis=1)

    def drop(self, n: int) -> None:
        """Forget the first n steps."""
        for name in self.ARRAYS:
            array = getattr(self, name)
            array[: self.n - n] = array[n : self.n].copy()
            array[self.n - n : self.n] = 0
        self.first += n
        self.n -= n


class Minutes(Bins):
    """Minutes, and of each the highest second: a chart of days shows the same peaks as one of minutes."""

    ARRAYS = (*Bins.ARRAYS, "peak_packets", "peak_bytes")

    def __init__(self) -> None:
        super().__init__()
        self.peak_packets = np.zeros(64, np.int64)
        self.peak_bytes = np.zeros(64, np.int64)


class Rates:
    """Feed it packets in order with their packet clock; everything is bounded for a session of any length."""

    def __init__(self) -> None:
        self.seconds = Bins()
        self.minutes = Minutes()
        self.dropped_minutes = 0
        """Minutes no longer known: they were older than MINUTES_KEPT, or lay before a gap too long."""

    def update(
        self,
        clock_ns: NDArray[np.int64],
        length: NDArray[np.uint32],
        protocol: NDArray[np.uint16],
        first_sequence: int,
    ) -> None:
        """Count a batch; `clock_ns` never decreases, also from batch to batch."""
        if not len(clock_ns):
            return
        second = clock_ns // NS
        starts = run_starts(second)
        steps = second[starts]
        packets = run_lengths(starts, len(second))
        volume = np.add.reduceat(length, starts, dtype=np.int64)
        kinds = np.minimum(protocol, PROTOCOLS) % PROTOCOLS
        wide = int(kinds.max()) + 1
        cells = kinds if len(starts) == 1 else np.repeat(np.arange(len(starts)), packets) * wide + kinds
        by_protocol = np.bincount(cells, minlength=len(starts) * wide).reshape(-1, wide)
        for a, b in _stretches(steps):
            self._restart_after_gap(int(steps[a]))
            self.seconds.widen(wide)
            self._reach(int(steps[a]), first_sequence + int(starts[a]))
            self._add(steps[a:b], packets[a:b], volume[a:b], by_protocol[a:b], first_sequence + starts[a:b])

    def _restart_after_gap(self, second: int) -> None:
        bins = self.seconds
        gap = second - (bins.first + bins.n - 1) if bins.n else 0
        if gap > MAX_GAP_S:
            self.dropped_minutes += self.minutes.n - (-bins.n // 60)
            self.seconds, self.minutes = Bins(), Minutes()

    def _reach(self, second: int, sequence: int) -> None:
        """Open the seconds up to `second`, folding what would be too many."""
        bins = self.seconds
        while bins.n and second - bins.first >= 2 * SECONDS_KEPT:
            bins.extend(bins.first + 2 * SECONDS_KEPT - 1, sequence)
            self._fold(SECONDS_KEPT)
        bins.extend(second, sequence)

    def _add(
        self,
        steps: NDArray[np.int64],
        packets: NDArray[np.int64],
        volume: NDArray[np.int64],
        by_protocol: NDArray[np.int64],
        sequences: NDArray[np.int64],
    ) -> None:
        bins = self.seconds
        opened = bins.first + bins.n
        last = int(steps[-1])
        bins.extend(last, int(sequences[-1]))
        # an empty second begins at the packet that follows it
        bins.sequence[opened - bins.first : bins.n] = sequences[np.searchsorted(steps, np.arange(opened, last + 1))]
        rows = steps - bins.first
        bins.packets[rows] += packets
        bins.bytes[rows] += volume
        bins.protocols[rows, : by_protocol.shape[1]] += by_protocol.astype(np.int32)

    def _fold(self, n: int) -> None:
        """Turn the first n seconds into minutes."""
        old, minutes = self.seconds, self.minutes
        minute = (old.first + np.arange(n)) // 60
        minutes.widen(old.protocols.shape[1])
        starts = run_starts(minute)
        for start, step in zip(starts.tolist(), minute[starts].tolist(), strict=True):
            minutes.extend(step, int(old.sequence[start]))
        rows = minute - minutes.first
        np.add.at(minutes.packets, rows, old.packets[:n])
        np.add.at(minutes.bytes, rows, old.bytes[:n])
        np.maximum.at(minutes.peak_packets, rows, old.packets[:n])
        np.maximum.at(minutes.peak_bytes, rows, old.bytes[:n])
        np.add.at(minutes.protocols[:, : old.protocols.shape[1]], rows, old.protocols[:n])
        old.drop(n)
        if minutes.n > MINUTES_KEPT:
            self.dropped_minutes += minutes.n - MINUTES_KEPT
            minutes.drop(minutes.n - MINUTES_KEPT)

    def last_second(self, now_ns: int) -> tuple[int, int]:
        """(packets, bytes) of the last whole second before the clock."""
        bins = self.seconds
        row = now_ns // NS - 1 - bins.first
        if 0 <= row < bins.n:
            return int(bins.packets[row]), int(bins.bytes[row])
        return 0, 0

    def series(self, names: tuple[str, ...]) -> Series:
        """A copy for a snapshot; `names` are those of the protocol ids."""
        bins, old = self.seconds, self.minutes
        total = bins.protocols[: bins.n].sum(axis=0, dtype=np.int64)
        busiest = [int(i) for i in np.argsort(total)[::-1][:SHOWN] if total[i] > 0 and i < len(names)]
        return Series(
            first_s=bins.first,
            packets=bins.packets[: bins.n].copy(),
            bytes=bins.bytes[: bins.n].copy(),
            by_protocol={names[i]: bins.protocols[: bins.n, i].astype(np.int64) for i in busiest},
            older_first_s=old.first * 60,
            older_packets=old.packets[: old.n].copy(),
            older_bytes=old.bytes[: old.n].copy(),
            sequence=bins.sequence[: bins.n].copy(),
            older_sequence=old.sequence[: old.n].copy(),
            older_peak_packets=old.peak_packets[: old.n].copy(),
            older_peak_bytes=old.peak_bytes[: old.n].copy(),
        )


def _stretches(steps: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Index ranges that span at most SECONDS_KEPT each, so that a gap does not open all its seconds at once."""
    cuts = np.flatnonzero(np.diff((steps - steps[0]) // SECONDS_KEPT)) + 1
    edges = [0, *cuts.tolist(), len(steps)]
    return list(pairwise(edges))
