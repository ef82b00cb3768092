"""A conversation put together: TCP segments in order, without repeats, gaps marked; UDP datagrams one after the other.

Works through the packets of one flow in capture order and in windows, so that a stream of gigabytes costs no memory.
What a segment carries is given out when everything before it is there; what the receiver acknowledged but the capture
lacks is a gap (as `tshark -z follow` and packet-tcp.c do it).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NONE16, Columns, TcpFlag
from tui.core.frames import FrameReader, Frames
from tui.core.ipproto import TCP

WINDOW = 1 << 20
"""Bytes given out at once unless asked otherwise: a second's reading, and quick to put together."""
SLICE = 1024
"""Packets read at a time."""
MAX_WAITING = 4 << 20
"""Bytes that wait for a missing segment; a TCP window is seldom larger. Beyond it the missing part becomes a gap."""
_HALF, _MASK = 1 << 31, 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one packet added to one side, or a gap."""

    side: int
    """0: the side whose packet came first; 1: the other."""
    data: bytes
    gap: int
    """Bytes that are missing here; `data` is empty then."""
    sequence: int
    """Absolute sequence number of the packet (of the packet behind the gap)."""
    time_ns: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """One window of a conversation."""

    chunks: tuple[Chunk, ...]
    complete: bool
    """False: there is more; ask the follower."""

    def side(self, number: int) -> bytes:
        """All bytes of one side, without what is missing."""
        return b"".join(chunk.data for chunk in self.chunks if chunk.side == number)

    @property
    def missing(self) -> int:
        """Bytes in gaps, of both sides."""
        return sum(chunk.gap for chunk in self.chunks)


@dataclass(slots=True)
class _Side:
    """One direction of a TCP stream. Sequence numbers are unwrapped: they grow beyond 32 bits."""

    next: int | None = None
    waiting: list[tuple[int, int, bytes, int, int]] = field(default_factory=list)
    """Heap of (start, tie, data, sequence, time) that came before what belongs in front of them."""
    waiting_bytes: int = 0
    end: int = 0
    """The byte after the last one that was sent, captured or not."""
    last: tuple[int, int] = (0, 0)
    """Sequence and time of the packet that carried it."""

    def unwrap(self, number: int) -> int:
        """The 32-bit number as the one nearest to `next`."""
        if self.next is None:
            return number + _HALF * 2
        return self.next + ((number - self.next + _HALF) & _MASK) - _HALF


class Follower:
    """Puts one conversation together, a window at a time."""

    def __init__(self, reader: FrameReader, columns: Columns, sequences: NDArray[np.int64]) -> None:
        """`columns` of all packets of the flow and their absolute sequence numbers, both in capture order."""
        self._reader = reader
        self._columns = columns
        self._sequences = sequences
        self._second = _from_other(columns)
        self._tcp = bool(len(columns)) and int(columns.ip_proto[0]) == TCP
        self._sides = (_Side(), _Side())
        self._source = self._run()
        self._done = False

    def more(self, limit: int = WINDOW) -> Conversation:
        """The next chunks, until at least `limit` bytes are there."""
        chunks: list[Chunk] = []
        size = 0
        for chunk in self._source:
            chunks.append(chunk)
            size += len(chunk.data)
            if size >= limit:
                break
        else:
            self._done = True
        return Conversation(tuple(chunks), self._done)

    def _run(self) -> Iterator[Chunk]:
        for start in range(0, len(self._columns), SLICE):
            part = slice(start, start + SLICE)
            columns = self._columns.select(part)
            wanted = np.flatnonzero((columns.payload_len > 0) & (columns.payload != NONE16))
            frames = self._reader.read(self._sequences[part][wanted])
            place = {row: index for index, row in enumerate(wanted.tolist())}
            for row in range(len(columns)):
                index = place.get(row)
                data = b"" if index is None else _payload(frames, columns, row, index)
                yield from self._packet(columns, row, start + row, data)
        for number in (0, 1):
            yield from self._give_up(number, None)
            yield from self._cut_at_the_end(number)

    def _packet(self, columns: Columns, row: int, place: int, data: bytes) -> Iterator[Chunk]:
        number = int(self._second[place])
        sequence, time_ns = int(self._sequences[place]), int(columns.time_ns[row])
        size = int(columns.payload_len[row])
        if not self._tcp:
            if size:
                yield Chunk(number, data, 0, sequence, time_ns)
                if len(data) < size:
                    yield Chunk(number, b"", size - len(data), sequence, time_ns)
            return
        flags = int(columns.tcp_flags[row])
        side = self._sides[number]
        start = side.unwrap(int(columns.seq[row])) + (1 if flags & TcpFlag.SYN else 0)
        if side.next is None or flags & TcpFlag.SYN:
            side.next = side.end = start
        if flags & TcpFlag.ACK:
            other = self._sides[1 - number]
            if other.next is not None:
                yield from self._give_up(1 - number, other.unwrap(int(columns.ack[row])))
        if size:
            yield from self._segment(number, start, data, size, sequence, time_ns)

    def _segment(self, number: int, start: int, data: bytes, size: int, sequence: int, time_ns: int) -> Iterator[Chunk]:
        side = self._sides[number]
        assert side.next is not None
        if start + size > side.end:
            side.end, side.last = start + size, (sequence, time_ns)
        if start + size <= side.next:
            return  # all of it was seen before; of a segment that was cut short, the rest becomes a gap later
        if start > side.next:
            if data:
                heapq.heappush(side.waiting, (start, sequence, data, sequence, time_ns))
                side.waiting_bytes += len(data)
            if side.waiting_bytes > MAX_WAITING:
                yield from self._give_up(number, side.waiting[0][0])
            return
        yield from self._emit(number, start, data, sequence, time_ns)
        yield from self._release(number)

    def _emit(self, number: int, start: int, data: bytes, sequence: int, time_ns: int) -> Iterator[Chunk]:
        side = self._sides[number]
        assert side.next is not None
        fresh = data[side.next - start :]
        if fresh:
            side.next += len(fresh)
            yield Chunk(number, fresh, 0, sequence, time_ns)

    def _release(self, number: int) -> Iterator[Chunk]:
        """What waited and fits now."""
        side = self._sides[number]
        while side.waiting and side.next is not None and side.waiting[0][0] <= side.next:
            start, _, data, sequence, time_ns = heapq.heappop(side.waiting)
            side.waiting_bytes -= len(data)
            yield from self._emit(number, start, data, sequence, time_ns)

    def _give_up(self, number: int, until: int | None) -> Iterator[Chunk]:
        """Mark as gaps what is missing before segments that wait, as far as it was acknowledged (None: all of it)."""
        side = self._sides[number]
        while side.waiting and side.next is not None and (until is None or side.waiting[0][0] < until):
            start, _, _, sequence, time_ns = side.waiting[0]
            if start > side.next:
                yield Chunk(number, b"", start - side.next, sequence, time_ns)
                side.next = start
            yield from self._release(number)

    def _cut_at_the_end(self, number: int) -> Iterator[Chunk]:
        """What the last segment carried beyond the bytes that were captured of it."""
        side = self._sides[number]
        if side.next is not None and side.end > side.next:
            yield Chunk(number, b"", side.end - side.next, *side.last)


def follow(reader: FrameReader, columns: Columns, sequences: NDArray[np.int64], limit: int = WINDOW) -> Conversation:
    """The first `limit` bytes of a conversation: what `F` shows. For more, use a Follower."""
    return Follower(reader, columns, sequences).more(limit)


def _from_other(columns: Columns) -> NDArray[np.bool_]:
    """Which packets came from the side that did not send the first."""
    if not len(columns):
        return np.zeros(0, np.bool_)
    names = ("src_hi", "src_lo", "sport")
    other = np.zeros(len(columns), np.bool_)
    for name in names:
        values = getattr(columns, name)
        other |= values != values[0]
    return other


def _payload(frames: Frames, columns: Columns, row: int, index: int) -> bytes:
    raw = frames.bytes_of(index)
    start = int(columns.payload[row])
    return raw[start : start + int(columns.payload_len[row])]
