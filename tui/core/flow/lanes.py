"""Lanes: a batch sorted by flow, in packet order within each, with both directions told apart.

A run is the packets of one flow in the batch; a lane is one direction of a run. Everything that a packet must know of
the packets before it (the last one of its side, of the other side) is an index into the sorted arrays, found by
running maxima instead of a loop over packets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import choose

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Lanes:
    """m sorted packets in s runs. Sides: 0 the one that began the flow, 1 the other."""

    starts: Index
    """First sorted packet of each run, shape (s,)."""
    stops: Index
    run: Index
    """Run of each packet, shape (m,)."""
    back: Mask
    """Sent by side 1, shape (m,)."""
    lane: Index
    """2 * run + side of each packet."""
    own: Index
    """The packet before of the same side, or `~lane` where the run has none: an index into `joined` values."""
    other: Index
    """The last packet of the other side before each, or `~lane` of that side."""
    last: tuple[Index, Index]
    """Last packet of each side in each run, shape (s,); -1 where it sent none."""

    @classmethod
    def of(cls, m: int, starts: Index, run: Index, back: Mask) -> Lanes:
        """Lanes of m packets; `starts` of the runs, the run and the side of each packet."""
        stops = np.append(starts[1:], m)
        side = back.astype(np.int64)
        lane = 2 * run
        lane += side
        # places count from 1 here, so that 0 is none
        here = np.arange(1, m + 1)
        of_back = here * side
        here -= of_back
        latest = np.maximum.accumulate(here), np.maximum.accumulate(of_back)
        ends = [of_side[stops - 1] for of_side in latest]
        before = np.zeros((2, m), np.int64)
        before[0, 1:], before[1, 1:] = latest[0][:-1], latest[1][:-1]
        own = choose(back, before[1], before[0])
        other = before[0] + before[1] - own
        first = starts[run]
        return cls(
            starts,
            stops,
            run,
            back,
            lane,
            choose(own > first, own - 1, ~lane),
            choose(other > first, other - 1, ~(lane ^ 1)),
            (np.where(ends[0] > starts, ends[0] - 1, -1), np.where(ends[1] > starts, ends[1] - 1, -1)),
        )

    def head(self, m: int, s: int) -> Lanes:
        """The first m packets, which make up the first s runs; views."""
        per_packet = (self.run[:m], self.back[:m], self.lane[:m], self.own[:m], self.other[:m])
        return Lanes(self.starts[:s], self.stops[:s], *per_packet, (self.last[0][:s], self.last[1][:s]))

    def joined(self, kept: NDArray[Any], values: NDArray[Any]) -> NDArray[Any]:
        """Values of the packets, then those that the records keep for each lane (2, s): for `own` and `other`."""
        return np.concatenate([values, kept.T.ravel()[::-1]])

    def total(self, weights: NDArray[Any] | None = None) -> NDArray[Any]:
        """Packets, or the sum of weights (float64), of each lane: shape (2, s)."""
        s = len(self.starts)
        return np.bincount(self.lane, weights, minlength=2 * s).reshape(s, 2).T

    def either(self, bits: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """All bits that the packets of each lane have: shape (2, s)."""
        back = bits * self.back
        return np.stack([np.bitwise_or.reduceat(of_side, self.starts) for of_side in (bits ^ back, back)])


def shortest(runs: Index, first: Index, count: Index, most: int) -> Index:
    """The shortest of some runs, of equal ones those that began first, that have no more than `most` packets in all.

    `first` packet and `count` of each. Runs stand in the order of random hashes, which must decide nothing.
    """
    order = np.lexsort((first, count))
    return runs[order[np.cumsum(count[order]) <= most]]


@dataclass(frozen=True, slots=True)
class Sorted:
    """A batch sorted by slot, TCP first, without the packets that have no slot."""

    order: Index
    """Row in the batch of each sorted packet."""
    starts: Index
    run: Index
    tcp: int
    """So many of the sorted packets are TCP."""


def sort_by_flow(slots: Index, tcp: Mask) -> Sorted:
    """Packets of one slot side by side, in packet order."""
    n = len(slots)
    bits = n.bit_length()
    mixed = slots << bits
    mixed += np.arange(n)
    mixed |= (~tcp).astype(np.int64) << 50
    lost = slots < 0
    nowhere = int(np.count_nonzero(lost))
    if nowhere:
        mixed[lost] = 1 << 60
    mixed.sort()
    mixed = mixed[: n - nowhere]
    first = np.ones(len(mixed), np.bool_)
    slot = mixed >> bits
    np.not_equal(slot[1:], slot[:-1], out=first[1:])
    run = np.cumsum(first) - 1
    return Sorted(mixed & ((1 << bits) - 1), np.flatnonzero(first), run, int(np.searchsorted(mixed, 1 << 50)))


def split_runs(starts: Index, run: Index, old: Index, begins: Index) -> tuple[Index, Index, Index, Index]:
    """Runs cut where new streams begin: (starts, run, old, records that are superseded at the start of a run)."""
    first = np.zeros(len(run), np.bool_)
    first[starts] = True
    at_start = begins[first[begins]]
    ended = old[run[at_start]]
    old = old.copy()
    old[run[at_start]] = -1
    kept = np.full(len(run), -1)
    kept[starts] = old
    first[begins] = True
    starts = np.flatnonzero(first)
    return starts, np.cumsum(first) - 1, kept[starts], ended[ended >= 0]
