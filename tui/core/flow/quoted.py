"""Streams that ICMP errors quote: Wireshark numbers those too whose own packets were not seen, or not yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NONE16, NONE32, Columns, Mark
from tui.core.decode.gather import one_of
from tui.core.hashing import U64
from tui.core.inner import Within

Index = NDArray[np.int64]
U32 = NDArray[np.uint32]
MOST = 256
"""Quotes of unknown connections that are numbered in a batch, and numbers that are kept until the connection is seen:
who forges ICMP errors costs no more than that.
"""
_TCP, _UDP = 6, 17
_TOLD = 16
"""Bytes of a TCP header without which Wireshark tells no stream."""


@dataclass(frozen=True, slots=True)
class Quotes:
    """Packets that ICMP errors of a batch quote."""

    columns: Columns
    rows: Index
    """Of the errors, ascending."""
    inside: NDArray[np.bool_]
    """Whether the error came through a tunnel."""

    @property
    def opening(self) -> Index:
        """Those that show enough of their connection to open a stream."""
        c = self.columns
        here = c.caplen.astype(np.int64) - c.l4
        told = (c.ip_proto == _UDP) | ((c.ip_proto == _TCP) & (c.l4 != NONE16) & (here >= _TOLD))
        return np.flatnonzero(told & ((c.marks & Mark.PORTS) != 0))


def read_quotes(found: Within) -> Quotes | None:
    """What ICMP errors quote of TCP and UDP, those in tunnels too; None where there are none, as nearly always."""
    at = np.flatnonzero(found.quote & one_of(found.columns.ip_proto, (_TCP, _UDP)))
    at = at[np.argsort(found.parents[at], kind="stable")]
    return Quotes(found.columns.select(at), found.parents[at], found.depth[at] > 1) if len(at) else None


class QuotedStreams:
    """Numbers of streams of which only quotes were seen. `key` is the flow table's hash of both ends."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._asked: dict[int, dict[int, int]] = {}
        self._told: dict[int, int] = {}

    def ask(self, protocols: NDArray[np.uint8], rows: Index, keys: U64) -> None:
        """These rows of the batch that follows quote streams that no flow is held of."""
        self._told = {}
        for protocol in (_TCP, _UDP):
            of = np.flatnonzero(protocols == protocol)[:MOST]
            waiting = self._asked.setdefault(protocol, {})
            for row, key in zip(rows[of].tolist(), keys[of].tolist(), strict=True):
                if key not in self._numbers:
                    waiting.setdefault(key, row)

    def number(self, protocol: int, first: int, rows: Index, keys: U64) -> tuple[Index, int]:
        """Numbers from `first` on for streams that begin in these rows, ascending, with those asked for between them.

        And the number that comes next. A stream that was quoted before it began has the number of the quote.
        """
        waiting = self._asked.pop(protocol, {})
        if not waiting and not self._numbers:
            return first + np.arange(len(rows)), first + len(rows)
        numbers, own = np.zeros(len(rows), np.int64), np.ones(len(rows), np.bool_)
        begun: dict[int, int] = {}
        some = np.array([*self._numbers, *waiting], np.uint64)
        for at in np.flatnonzero(np.isin(keys, some)).tolist():
            key = int(keys[at])
            if key in self._numbers:
                numbers[at], own[at] = self._numbers.pop(key), False
                self._told[key] = int(numbers[at])
            elif key in waiting and key not in begun:
                if waiting[key] < rows[at]:
                    begun[key], own[at] = at, False
                else:
                    del waiting[key]  # it was there before it was quoted
        places = np.concatenate([rows[own], np.array([*waiting.values()], np.int64)])
        ranks = np.empty(len(places), np.int64)
        ranks[np.argsort(places, kind="stable")] = first + np.arange(len(places))
        numbers[own] = ranks[: np.count_nonzero(own)]
        for key, number in zip(waiting, ranks[np.count_nonzero(own) :].tolist(), strict=True):
            self._told[key] = number = number % NONE32
            if key in begun:
                numbers[begun[key]] = number
            else:
                self._numbers[key] = number
        for key in list(self._numbers)[: max(len(self._numbers) - MOST, 0)]:
            del self._numbers[key]
        return numbers, first + len(places)

    def streams(self, keys: U64) -> U32:
        """The number of each key's stream by its quote, in this batch or before; NONE32 where none was quoted."""
        known = self._numbers | self._told
        return np.array([known.get(key, NONE32) for key in keys.tolist()], np.uint32)


@dataclass(frozen=True, slots=True)
class Quoting:
    """Quotes of a batch as the flow table sees them."""

    quotes: Quotes
    rows: Index
    """Of the errors, among all packets that it is given."""
    keys: U64
    before: U32
    """The stream that each is of by the flows that were held before the batch."""

    def streams(self, numbered: Columns, keys: U64, quoted: U32) -> U32:
        """The stream of each at its time: of the last packet before it, of the flow held before, or its own number."""
        some = np.flatnonzero((numbered.stream != NONE32) & np.isin(keys, self.keys))
        _, which = np.unique(np.concatenate([keys[some], self.keys]), return_inverse=True)
        packets = which[: len(some)] * (len(keys) + 1) + some
        order = np.argsort(packets)
        place = np.searchsorted(packets[order], which[len(some) :] * (len(keys) + 1) + self.rows) - 1
        last = order[np.maximum(place, 0)] if len(some) else np.zeros(len(self.rows), np.int64)
        found = np.where(self.before != NONE32, self.before, quoted)
        there = np.flatnonzero((place >= 0) & (np.append(which[: len(some)], -1)[last] == which[len(some) :]))
        found[there] = numbered.stream[some[last[there]]]
        return found
