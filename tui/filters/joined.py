"""Joined: messages that begin in one segment and end in another, put together.

The flow table names only the segment that ends a message, as Wireshark does. What came before it in the same
direction, in segments without a name of their own, is the beginning of that message. Where batches come in the order
of the capture, what is unfinished at the end of one is remembered for the next.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from tui.core.columns import NONE16, NONE32, Columns, Mark
from tui.core.frames import Frames
from tui.filters.packets import Guard, Packets, Rows
from tui.filters.quicflows import Connections

LONGEST = 65_536
"""Bytes that are kept of the beginning of a message."""
MOST_LANES = 1_024
"""Directions of connections whose unfinished messages are remembered from batch to batch: 64 MB at the very most."""
MOST_STREAMS = 262_144
"""Streams whose last packet is remembered."""
_TCP = 6
_SKIPPED = np.uint32(Mark.RETRANSMISSION | Mark.OUT_OF_ORDER)

T = TypeVar("T")
Tail = Callable[[bytes], bytes]
"""What is left of a segment's bytes behind the last message that ends in it."""
Key = tuple[int, int]
"""A row of the whole batch, and how deep in tunnels the segment lies."""


class Times(dict[int, int]):
    """A time for each of the streams met last."""

    def __setitem__(self, stream: int, time_ns: int) -> None:
        self.pop(stream, None)
        super().__setitem__(stream, time_ns)
        if len(self) > MOST_STREAMS:
            del self[next(iter(self))]


class Memory:
    """What is unfinished at the end of a batch, for the next one; the oldest is given up where there are too many."""

    def __init__(self) -> None:
        self._begun: dict[tuple[Guard, int], bytes] = {}
        self._times: dict[str, Times] = {}
        self._kept: dict[str, Any] = {}
        self.connections = Connections()
        """Of QUIC."""

    def times(self, name: str) -> Times:
        """What a field remembers of each stream; the oldest is forgotten where there are too many."""
        return self._times.setdefault(name, Times())

    def kept(self, name: str, make: Callable[[], T]) -> T:
        """What a field remembers, made where it is asked for first; it bounds itself."""
        kept: T = self._kept.setdefault(name, make())
        return kept

    def take(self, guard: Guard, lane: int) -> bytes:
        return self._begun.pop((guard, lane), b"")

    def lanes(self, guard: Guard) -> list[int]:
        return [lane for of, lane in self._begun if of is guard]

    def put(self, guard: Guard, lane: int, begun: bytes) -> None:
        self._begun[guard, lane] = begun
        if len(self._begun) > MOST_LANES:
            del self._begun[next(iter(self._begun))]


def beginnings(packets: Packets, guard: Guard, tail: Tail) -> dict[Key, bytes]:
    """The bytes that came before, where a message began earlier than the segment that ends it."""
    root = packets.root or packets
    if root.read is None:
        return {}
    memory = root.place.memory or Memory()
    found: dict[Key, bytes] = {}
    for level in root.levels:
        rows, lanes = _segments(level.columns, guard, memory.lanes(guard))
        if not len(rows):
            continue
        places = rows if level.rows is None else level.rows[rows]
        frames = root.read(rows) if level.depth == 0 or level.frames is None else level.frames.select(rows)
        payloads = _payloads(frames, level.columns, rows)
        named = guard(level.columns)[rows].tolist()
        before, lane = b"", -1
        for row, own, ends, data in zip(places.tolist(), lanes.tolist(), named, payloads, strict=True):
            if own != lane:
                if before:
                    memory.put(guard, lane, before)
                before, lane = memory.take(guard, own), own
            if ends:
                if before:
                    found[row, level.depth] = before
                before = tail(before + data)
            elif len(before) < LONGEST:
                before += data
        if before:
            memory.put(guard, lane, before)
    return found


def _segments(columns: Columns, guard: Guard, open_lanes: list[int]) -> tuple[Rows, Rows]:
    """Rows with payload of the connections that the guard knows or that have begun, sorted by lane, and their lanes."""
    tcp = (columns.ip_proto == _TCP) & (columns.stream != NONE32)
    known = np.unique(columns.stream[guard(columns) & tcp])
    if open_lanes:
        known = np.union1d(known, np.array(open_lanes) >> 1)
    if not len(known):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    wanted = tcp & np.isin(columns.stream, known) & (columns.payload_len > 0) & (columns.payload != NONE16)
    rows = np.flatnonzero(wanted & ((columns.marks & _SKIPPED) == 0))
    lanes = _lanes(columns, rows)
    order = np.argsort(lanes, kind="stable")
    return rows[order], lanes[order]


def _lanes(columns: Columns, rows: Rows) -> Rows:
    """A number for each connection and direction."""
    low, high = columns.src_lo[rows], columns.dst_lo[rows]
    turned = (low > high) | ((low == high) & (columns.sport[rows] > columns.dport[rows]))
    lanes: Rows = columns.stream[rows].astype(np.int64) * 2 + turned
    return lanes


def _payloads(frames: Frames, columns: Columns, rows: Rows) -> list[bytes]:
    start = columns.payload[rows].astype(np.int64)
    end = np.minimum(start + columns.payload_len[rows], frames.caplen)
    low, high = (frames.offset + start).tolist(), (frames.offset + np.maximum(end, start)).tolist()
    return [frames.buffer[a:b].tobytes() for a, b in zip(low, high, strict=True)]
