"""What is on its way in each TCP connection: segments not yet acknowledged, round trips, what was sent again.

One segment after the other in the order of the capture, as Wireshark reckons it (its packet-tcp.c).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NONE32, Mark, TcpFlag
from tui.filters import guards
from tui.filters.packets import Level, Packets

MOST_UNACKED = 2_000
"""Segments of one side that wait for an acknowledgment. Out of order, all of them are looked at for each one."""
MOST_HELD = 250_000
"""Segments that wait in all connections; the connection met first is forgotten where there are more."""
MOST_CONNECTIONS = 65_536
_SYN, _FIN, _RST, _ACK, _PSH = TcpFlag.SYN, TcpFlag.FIN, TcpFlag.RST, TcpFlag.ACK, TcpFlag.PSH
_AGAIN = Mark.RETRANSMISSION | Mark.FAST_RETRANSMISSION | Mark.SPURIOUS_RETRANSMISSION
_WORD, _HALF = 0xFFFFFFFF, 1 << 31


class Segment(NamedTuple):
    seq: int
    after: int
    """Sequence number behind it."""
    number: int
    """Of the packet."""
    time_ns: int


@dataclass(slots=True)
class Side:
    """What one end has sent."""

    waiting: deque[Segment] = field(default_factory=deque)
    """The oldest first."""
    in_order: bool = True
    """Each of them begins where the one before ends, or later."""
    low: int = 0
    """First sequence number that waits, and the one behind the last; where any waits."""
    high: int = 0
    pushed: int = 0
    """Bytes since the last push."""
    push_ended: bool = False
    whole: bool = True
    """Nothing of it was missed, so that its bytes in flight are known."""
    duplicates: int = 0
    told: int = -1
    """Number of the packet that acknowledged as much first."""
    highest: int = -1
    highest_number: int = 0
    highest_ns: int = 0


@dataclass(slots=True)
class Connection:
    sides: tuple[Side, Side] = field(default_factory=lambda: (Side(), Side()))
    syn_ns: int = -1
    """Time of the SYN; -1: not seen."""
    first_rtt_ns: int = 0
    complete: int = 0
    """Bits of tcp.completeness: SYN, SYN-ACK, ACK, data, FIN, RST."""


class Connections(dict[int, Connection]):
    """By stream."""

    held: int = 0

    def of(self, stream: int) -> Connection:
        found = self.get(stream)
        if found is None:
            found = self[stream] = Connection()
            while len(self) > MOST_CONNECTIONS or (self.held > MOST_HELD and len(self) > 1):
                gone = self.pop(next(iter(self)))
                self.held -= sum(len(side.waiting) for side in gone.sides)
        return found


@dataclass(slots=True)
class Reckoned:
    """Values by row, by the last part of the field's name; lists of rows and of values."""

    values: dict[str, tuple[list[int], list[int]]] = field(default_factory=dict)

    def add(self, name: str, row: int, value: int) -> None:
        rows, values = self.values.setdefault(name, ([], []))
        rows.append(row)
        values.append(value)


def reckon(packets: Packets, numbers: NDArray[np.int64], connections: Connections) -> Reckoned:
    """Follow all TCP segments of a batch, those in tunnels too; `numbers` are those of its packets."""
    found = Reckoned()
    parts = [_segments(packets, level, numbers) for level in packets.levels]
    lists = [np.concatenate(column).tolist() for column in zip(*parts, strict=True)]
    for row, quoted, stream, back, *segment in sorted(zip(*lists, strict=True), key=itemgetter(0)):
        connection = connections.of(stream)
        found.add("completeness", row, connection.complete)
        _complete(connection, segment[3], 0 if quoted else segment[2])
        if quoted:
            continue
        mine, peer = connection.sides[back], connection.sides[not back]
        before = len(mine.waiting) + len(peer.waiting)
        _follow(found, row, connection, mine, peer, *segment)
        connections.held += len(mine.waiting) + len(peer.waiting) - before
    return found


def _segments(packets: Packets, level: Level, numbers: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
    """Row, whether an ICMP error quotes it, stream, side,
    sequence numbers, size, flags, marks, time and number of the segments at one depth."""
    c = level.columns
    inside = c.marks & np.uint32(Mark.INNER) if level.depth == 0 else np.uint32(0)
    index = np.flatnonzero(guards.tcp_window(c) & (inside == 0))
    rows = index if level.rows is None else level.rows[index]
    streams = packets.columns.stream[rows]
    index, rows, streams = index[streams != NONE32], rows[streams != NONE32], streams[streams != NONE32]
    low, high, wide, wider = c.src_lo[index], c.dst_lo[index], c.src_hi[index], c.dst_hi[index]
    same = (wide == wider) & (low == high)
    turned = (wide > wider) | ((wide == wider) & (low > high)) | (same & (c.sport[index] > c.dport[index]))
    quoted = np.zeros(len(index), np.bool_) if level.quoted is None else level.quoted[index]
    return (
        rows, quoted, streams, turned, c.seq[index], c.ack[index], c.payload_len[index], c.tcp_flags[index],
        c.marks[index], packets.columns.time_ns[rows], numbers[rows],
    )  # fmt: skip


def _follow(
    found: Reckoned, row: int, connection: Connection, mine: Side, peer: Side,
    seq: int, ack: int, size: int, flags: int, marks: int, time_ns: int, number: int,
) -> None:  # fmt: skip
    if flags & _SYN and not flags & _ACK:
        connection.syn_ns = time_ns
    if marks & Mark.LOST_SEGMENT:
        mine.whole = False
    if flags & _SYN:
        mine.whole = True
    if marks & Mark.RETRANSMISSION and not marks & (Mark.FAST_RETRANSMISSION | Mark.SPURIOUS_RETRANSMISSION):
        _sent_again(found, row, mine, seq, time_ns)
    _count_duplicates(found, row, mine, marks, number)
    after = seq + size + bool(flags & (_SYN | _FIN)) & _WORD
    if (size or flags & (_SYN | _FIN)) and len(mine.waiting) < MOST_UNACKED:
        _wait(mine, Segment(seq, after, number, time_ns))
    if mine.highest < 0 or _less(mine.highest, after):
        mine.highest, mine.highest_number, mine.highest_ns = after, number, time_ns
    shown = False
    acked = _acknowledge(peer, ack) if flags & _ACK and peer.waiting else None
    if acked is not None:
        found.add("acks_frame", row, acked.number)
        if time_ns != acked.time_ns:
            found.add("ack_rtt", row, time_ns - acked.time_ns)
        shown = True
    if (flags & (_SYN | _ACK)) == _ACK and connection.syn_ns >= 0 and not connection.first_rtt_ns:
        connection.first_rtt_ns = time_ns - connection.syn_ns
    if size and not marks & Mark.KEEP_ALIVE:
        _in_flight(found, row, mine, size, flags, marks)
        shown = shown or mine.whole
    if connection.first_rtt_ns and (shown or marks & _SHOWN):
        found.add("initial_rtt", row, connection.first_rtt_ns)


_SHOWN = (
    _AGAIN | Mark.OUT_OF_ORDER | Mark.DUPLICATE_ACK | Mark.ZERO_WINDOW | Mark.LOST_SEGMENT | Mark.KEEP_ALIVE
    | Mark.WINDOW_FULL | Mark.WINDOW_UPDATE | Mark.KEEP_ALIVE_ACK | Mark.ZERO_WINDOW_PROBE | Mark.ZERO_WINDOW_PROBE_ACK
    | Mark.PORTS_REUSED | Mark.ACK_LOST_SEGMENT
)  # fmt: skip
"""Marks of segments of which Wireshark shows an analysis."""


def _less(a: int, b: int) -> bool:
    """Before, in numbers that wrap."""
    return a != b and (b - a & _WORD) < _HALF


def _complete(connection: Connection, flags: int, size: int) -> None:
    if flags & _SYN:
        connection.complete |= 2 if flags & _ACK else 1
    elif flags & _ACK:
        connection.complete |= 4
    if size:
        connection.complete |= 8
    if flags & _FIN:
        connection.complete |= 16
    if flags & _RST:
        connection.complete |= 32


def _sent_again(found: Reckoned, row: int, mine: Side, seq: int, time_ns: int) -> None:
    """How long after it was sent before: the oldest that waits from there on; else after what was sent last."""
    first = next((item for item in mine.waiting if not _less(item.seq, seq)), None)
    if first is not None:
        found.add("rto", row, time_ns - first.time_ns)
        found.add("rto_frame", row, first.number)
    elif mine.highest >= 0:
        found.add("rto", row, time_ns - mine.highest_ns)
        found.add("rto_frame", row, mine.highest_number)


def _count_duplicates(found: Reckoned, row: int, mine: Side, marks: int, number: int) -> None:
    if marks & Mark.DUPLICATE_ACK:
        mine.duplicates += 1
        found.add("duplicate_ack_num", row, mine.duplicates)
        if mine.told >= 0:
            found.add("duplicate_ack_frame", row, mine.told)
    else:
        mine.duplicates, mine.told = 0, number


def _wait(mine: Side, segment: Segment) -> None:
    """Put a segment behind the others."""
    if not mine.waiting:
        mine.low, mine.high, mine.in_order = segment.seq, segment.after, True
    else:
        mine.in_order = mine.in_order and not _less(segment.seq, mine.high)
        mine.low = segment.seq if _less(segment.seq, mine.low) else mine.low
        mine.high = segment.after if _less(mine.high, segment.after) else mine.high
    mine.waiting.append(segment)


def _acknowledge(peer: Side, ack: int) -> Segment | None:
    """Take out what is acknowledged; the segment that ends there, the first where it was sent several times."""
    exact: Segment | None = None
    waiting = peer.waiting
    if peer.in_order:
        while waiting and not _less(ack, waiting[0].after):
            item = waiting.popleft()
            exact = item if item.after == ack else exact
    else:
        left: deque[Segment] = deque()
        for item in waiting:
            if item.after == ack:
                exact = exact or item
            elif _less(ack, item.after):
                left.append(item._replace(seq=ack) if _less(item.seq, ack) else item)
        peer.waiting = waiting = left
    if not waiting:
        peer.whole = True
        return exact
    if _less(waiting[0].seq, ack):
        waiting[0] = waiting[0]._replace(seq=ack)
    if not peer.in_order:
        peer.low = ack if _less(peer.low, ack) else peer.low
    else:
        peer.low = waiting[0].seq
    return exact


def _in_flight(found: Reckoned, row: int, mine: Side, size: int, flags: int, marks: int) -> None:
    size_in_flight = mine.high - mine.low & _WORD
    if mine.waiting and mine.whole and 0 < size_in_flight < 2_000_000_000:
        found.add("bytes_in_flight", row, size_in_flight)
    if mine.push_ended and not marks & _AGAIN:
        mine.pushed, mine.push_ended = size, False
    else:
        mine.pushed += size
    if flags & _PSH:
        mine.push_ended = True
    if mine.whole:
        found.add("push_bytes_sent", row, mine.pushed)
