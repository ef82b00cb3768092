"""Dialogues: the protocol of each flow, and the messages under way, bounded; batches are worked on as arrays."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import choose, stable_order
from tui.core.columns import NONE32, Columns, Mark, TcpFlag
from tui.core.dialogue.expected import Expected
from tui.core.dialogue.framing import FRAME_OF, FRAMED
from tui.core.dialogue.lanes import BEGUN, ENDS, MIDDLE, UNTOLD, Lane, Segments, walk
from tui.core.dialogue.outset import BEGINS, NO_MESSAGE, outset
from tui.core.frames import Frames
from tui.core.protocols import ID, LAYERS_OF, STICKY, TCP_PORTS, Layer

FLOWS = 1 << 18
"""Flows remembered, by the low bits of their identity: of two so far apart the older is forgotten."""
LANES = 1 << 14
"""Messages under way that are remembered; the oldest is given up."""
PIECE = 512
"""Segments made ready for the walk at a time: where the budget is used up, the rest costs nothing."""
SKIPPED = 4
"""Beside what `walk` says of a segment: it was left alone."""

_TCP, _UDP, _HTTP, _TLS = ID["TCP"], ID["UDP"], ID["HTTP"], ID["TLS"]
_TLS_LAYER = np.uint64(1 << Layer.TLS)
_NOT_NEW = Mark.RETRANSMISSION | Mark.KEEP_ALIVE
Index = NDArray[np.int64]
Ids = NDArray[np.uint16]


def _pieces(lanes: Index) -> Iterator[slice]:
    """Whole lanes, about PIECE segments at a time."""
    edges = np.append(np.flatnonzero(np.diff(lanes)) + 1, len(lanes))
    start = 0
    while start < len(lanes):
        stop = int(edges[min(int(np.searchsorted(edges, start + PIECE)), len(edges) - 1)])
        yield slice(start, stop)
        start = stop


class Dialogues:
    """Renames packets in place; `skipped` counts segments that were left alone for want of time."""

    def __init__(self) -> None:
        self.left = math.inf
        """How many segments may still cost a step of Python; the others keep the name that decode gave.

        Whoever has a budget, so many in a second of a live link, fills it again.
        """
        self.gain = 0.0
        """How many more each packet brings."""
        self._flow = np.full(FLOWS, NONE32, np.uint32)
        self._protocol = np.zeros(FLOWS, np.uint16)
        self._under_way = np.zeros(FLOWS, np.uint8)
        """Bit 0, 1: the side that began the flow, the other one, has a message under way."""
        self._lanes: dict[int, Lane] = {}
        self._expected = Expected()
        self.skipped = 0

    def update(self, columns: Columns, frames: Frames) -> None:
        """Rename the packets of a batch, whose flows and marks are filled in."""
        if not len(columns):
            return
        self.left += len(columns) * self.gain
        self._expected.update(columns, frames)
        self._datagrams(columns)
        self._segments(columns, frames)

    # ------------------------------------------------------------------ UDP

    def _datagrams(self, c: Columns) -> None:
        """A UDP flow keeps the name of the protocol that began it."""
        udp = (c.ip_proto == 17) & (c.payload_len > 0) & (c.flow != NONE32) & (c.marks & Mark.INNER == 0)
        rows = np.flatnonzero(udp)
        protocol = c.protocol.take(rows)
        self._remember(c, rows.compress(STICKY.take(protocol, mode="clip")))
        unnamed = rows.compress(protocol == _UDP)
        if len(unnamed):
            known = self._known(c.flow[unnamed])
            self._rename(c, unnamed.compress(known != 0), known.compress(known != 0))

    # ------------------------------------------------------------------ TCP

    def _segments(self, c: Columns, frames: Frames) -> None:
        wanted = (c.ip_proto == 6) & (c.payload_len > 0) & (c.marks & (Mark.PORTS | Mark.MALFORMED) == Mark.PORTS)
        wanted &= c.flow != NONE32
        rows = np.flatnonzero(wanted)
        if not len(rows):
            return
        again = (c.marks.take(rows) & np.uint32(_NOT_NEW)) != 0
        if again.any():
            self._transport(c, rows.compress(again))
            rows = rows.compress(~again)
        protocol = c.protocol.take(rows)
        self._remember(c, rows.compress(STICKY.take(protocol, mode="clip")))
        known = self._known(c.flow.take(rows))
        plain = protocol == _TCP
        by_port = TCP_PORTS.take(np.minimum(c.sport.take(rows), c.dport.take(rows)), mode="clip")
        candidate = choose(plain, choose(known != 0, known, by_port), protocol)
        cut = c.caplen.take(rows) < c.length.take(rows)
        follow = (FRAMED.take(candidate, mode="clip") | (candidate == _HTTP)) & ~cut
        stays = np.flatnonzero(plain & (known != 0) & (~follow | cut))
        self._rename(c, rows[stays], known[stays])
        if follow.any():
            self._follow(c, frames, rows.compress(follow), candidate.compress(follow))

    def _follow(self, c: Columns, frames: Frames, rows: Index, candidate: Ids) -> None:
        """Segments of protocols with messages: those that are no message by themselves are walked through."""
        back = (c.marks.take(rows) & np.uint32(Mark.FROM_RESPONDER)) != 0
        flow = c.flow.take(rows).astype(np.int64)
        lane = 2 * flow + back
        kind = outset(c, frames, rows, candidate)
        slot = flow & FLOWS - 1
        begun = np.flatnonzero(kind == BEGINS)
        for side in (1, 2):  # one at a time: of two of a flow in one assignment the last would win
            self._under_way[slot[begun.compress(back[begun] == side - 1)]] |= np.uint8(side)
        open_lane = (self._under_way.take(slot) & (back + np.uint8(1))) != 0
        self._goes_on(c, frames, rows, candidate, (kind == NO_MESSAGE) & ~open_lane)
        some = np.flatnonzero(open_lane)
        if not len(some):
            return
        order = some[stable_order(lane[some])]
        rows, candidate, lane = rows[order], candidate[order], lane[order]
        ended = self._walk(c, frames, rows, lane, candidate)
        self._rename(c, rows[ended == ENDS], candidate[ended == ENDS])
        self._transport(c, rows[(ended == MIDDLE) | (ended == BEGUN)])
        c.layers[rows[(ended == BEGUN) & (candidate == _TLS)]] |= _TLS_LAYER  # as Wireshark, which goes by the header
        self._goes_on(c, frames, rows, candidate, ended == UNTOLD)

    def _walk(self, c: Columns, frames: Frames, rows: Index, lanes: Index, candidate: Ids) -> Index:
        """What each of the segments, sorted by lane, is to its messages; SKIPPED where there was no time."""
        ended = np.full(len(rows), SKIPPED)
        for piece in _pieces(lanes):
            if self.left <= 0:
                break
            ended[piece] = self._walk_piece(c, frames, rows[piece], lanes[piece], candidate[piece])
        self.skipped += int(np.count_nonzero(ended == SKIPPED))
        return ended

    def _walk_piece(self, c: Columns, frames: Frames, rows: Index, lanes: Index, candidate: Ids) -> list[int]:
        segments = Segments.of(
            frames.buffer, c.seq[rows], c.payload_len[rows].astype(np.int64), frames.offset[rows] + c.payload[rows],
            c.caplen[rows].astype(np.int64) - c.payload[rows], lanes,
        )  # fmt: skip
        ends = [MIDDLE] * len(rows)
        borders = np.flatnonzero(np.diff(lanes)) + 1
        starts, stops = [0, *borders.tolist()], [*borders.tolist(), len(rows)]
        keys, protocols = lanes[starts].tolist(), candidate[starts].tolist()
        closing = (c.tcp_flags[rows[np.array(stops) - 1]] & (TcpFlag.FIN | TcpFlag.RST) != 0).tolist()
        for key, protocol, start, stop, last in zip(keys, protocols, starts, stops, closing, strict=True):
            if self.left <= 0:
                ends[start:] = [SKIPPED] * (len(rows) - start)
                break
            lane = self._lanes.pop(key, None)
            if lane is None or (lane.protocol != protocol and not lane.open):
                lane = Lane(protocol, FRAME_OF.get(protocol))
            self.left -= walk(lane, segments, start, stop, ends)
            if lane.open and not last:
                self._lanes[key] = lane
                if len(self._lanes) > LANES:
                    del self._lanes[next(iter(self._lanes))]
            else:
                self._under_way[(key >> 1) & FLOWS - 1] &= np.uint8(~(1 << (key & 1)) & 3)
        return ends

    def _goes_on(self, c: Columns, frames: Frames, rows: Index, candidate: Ids, mask: NDArray[np.bool_]) -> None:
        """Bytes that are no message belong to the protocol all the same: to HTTP once shown, to TLS unless text."""
        index = np.flatnonzero(mask & ((candidate == _TLS) | (candidate == _HTTP)))
        if not len(index):
            return
        some, names = rows[index], candidate[index]
        at = frames.offset[some] + c.payload[some]
        first = frames.buffer.take(at[:, None] + np.arange(4), mode="clip")
        binary = ((first < 0x20) | (first >= 0x7F)).any(axis=1) & (c.payload_len[some] >= 5)
        named = np.where(names == _TLS, binary, self._known(c.flow[some]) == _HTTP)
        self._rename(c, some[named], names[named])

    # ------------------------------------------------------------------ names

    def _remember(self, c: Columns, rows: Index) -> None:
        """The first protocol that a flow shows is the flow's."""
        if not len(rows):
            return
        rows = rows[::-1]  # of several packets of one flow the first is to stay
        flow = c.flow[rows]
        slot = (flow & np.uint32(FLOWS - 1)).astype(np.int64)
        new = np.flatnonzero(self._flow[slot] != flow)
        rows, slot = rows[new], slot[new]
        self._flow[slot] = flow[new]
        self._protocol[slot] = c.protocol[rows]
        self._under_way[slot] = 0

    def _known(self, flow: NDArray[np.uint32]) -> Ids:
        slot = (flow & np.uint32(FLOWS - 1)).astype(np.int64)
        known: Ids = self._protocol.take(slot) * (self._flow.take(slot) == flow)
        return known

    @staticmethod
    def _rename(c: Columns, rows: Index, protocol: Ids) -> None:
        if len(rows):
            c.protocol[rows] = protocol
            c.layers[rows] |= LAYERS_OF.take(protocol, mode="clip")

    @staticmethod
    def _transport(c: Columns, rows: Index) -> None:
        """Back to the transport's name, without the layer of what is not there."""
        if len(rows):
            c.layers[rows] &= ~LAYERS_OF.take(c.protocol[rows], mode="clip") | LAYERS_OF[_TCP]
            c.protocol[rows] = _TCP
