"""Dialogues: the protocol of each flow, and the messages under way, bounded; batches are worked on as arrays."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NONE32, Columns, Mark, TcpFlag
from tui.core.dialogue.expected import Expected
from tui.core.dialogue.framing import FRAME_OF, FRAMED
from tui.core.dialogue.lanes import ENDS, MIDDLE, UNTOLD, Lane, walk
from tui.core.frames import Frames
from tui.core.protocols import ID, LAYERS_OF, STICKY, TCP_PORTS

FLOWS = 1 << 18
"""Flows remembered, by the low bits of their identity: of two so far apart the older is forgotten."""
LANES = 1 << 14
"""Messages under way that are remembered; the oldest is given up."""
_TCP, _UDP, _HTTP, _TLS = ID["TCP"], ID["UDP"], ID["HTTP"], ID["TLS"]
_NOT_NEW = Mark.RETRANSMISSION | Mark.KEEP_ALIVE
_HEAD = 24
Index = NDArray[np.int64]
Ids = NDArray[np.uint16]


class Dialogues:
    """Renames packets in place; `skipped` counts segments that were left alone for want of time."""

    def __init__(self) -> None:
        self.left = math.inf
        """How many segments may still cost a step of Python; the others keep the name that decode gave.

        Whoever has a budget, so many in a second of a live link, fills it again.
        """
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
        self._expected.update(columns, frames)
        self._datagrams(columns)
        self._segments(columns, frames)

    # ------------------------------------------------------------------ UDP

    def _datagrams(self, c: Columns) -> None:
        """A UDP flow keeps the name of the protocol that began it."""
        udp = (c.ip_proto == 17) & (c.payload_len > 0) & (c.flow != NONE32)
        shown = np.flatnonzero(udp & STICKY.take(c.protocol))
        self._remember(c, shown)
        unnamed = np.flatnonzero(udp & (c.protocol == _UDP))
        if len(unnamed):
            known = self._known(c.flow[unnamed])
            self._rename(c, unnamed[known != 0], known[known != 0])

    # ------------------------------------------------------------------ TCP

    def _segments(self, c: Columns, frames: Frames) -> None:
        wanted = (c.ip_proto == 6) & (c.payload_len > 0) & (c.marks & (Mark.PORTS | Mark.MALFORMED) == Mark.PORTS)
        wanted &= c.flow != NONE32
        rows = np.flatnonzero(wanted)
        if not len(rows):
            return
        again = (c.marks[rows] & _NOT_NEW) != 0
        if again.any():
            self._transport(c, rows[again])
            rows = rows[~again]
        protocol = c.protocol[rows]
        sticky = STICKY.take(protocol)
        if sticky.any():
            self._remember(c, rows[sticky])
        known = self._known(c.flow[rows])
        plain = protocol == _TCP
        by_port = TCP_PORTS.take(np.minimum(c.sport[rows], c.dport[rows]))
        candidate = np.where(plain, np.where(known != 0, known, by_port), protocol)
        cut = c.caplen[rows] < c.length[rows]
        follow = (FRAMED.take(candidate) | (candidate == _HTTP)) & ~cut
        stays = np.flatnonzero(plain & (known != 0) & (~follow | cut))
        self._rename(c, rows[stays], known[stays])
        if follow.any():
            self._follow(c, frames, rows[follow], candidate[follow])

    def _follow(self, c: Columns, frames: Frames, rows: Index, candidate: Ids) -> None:
        """Segments of protocols with messages: those that are no message by themselves are walked through."""
        lane = c.flow[rows].astype(np.int64) << 1 | (c.marks[rows] & Mark.FROM_RESPONDER != 0)
        whole = _is_whole(c, frames, rows, candidate)
        slot = (lane >> 1) & FLOWS - 1
        bit = (1 << (lane & 1)).astype(np.uint8)
        odd = np.flatnonzero(~whole)
        if not len(odd) and not (self._under_way[slot] & bit).any():
            return
        for side in (1, 2):  # one at a time: of two of a flow in one assignment the last would win
            self._under_way[slot[odd[bit[odd] == side]]] |= np.uint8(side)
        touched = (self._under_way[slot] & bit) != 0
        some = np.flatnonzero(touched)
        if not len(some):
            return
        order = some[np.argsort(lane[some], kind="stable")]
        borders = np.flatnonzero(np.diff(lane[order])) + 1
        starts, stops = [0, *borders.tolist()], [*borders.tolist(), len(order)]
        for start, stop in zip(starts, stops, strict=True):
            part = order[start:stop]
            if self.left <= 0:
                self.skipped += len(order) - start
                return
            self.left -= self._walk(c, frames, rows[part], int(lane[part[0]]), candidate[part])

    def _walk(self, c: Columns, frames: Frames, rows: Index, key: int, candidate: Ids) -> int:
        """All segments of one lane in a batch; returns the work that it was."""
        lane = self._lanes.pop(key, None)
        protocol = int(candidate[0])
        if lane is None or (lane.protocol != protocol and not lane.open):
            lane = Lane(protocol, FRAME_OF.get(protocol))
        starts = (frames.offset[rows] + c.payload[rows]).tolist()
        room = (c.caplen[rows].astype(np.int64) - c.payload[rows]).tolist()
        buffer = frames.buffer

        def read(k: int, at: int, count: int) -> bytes:
            first = starts[k] + at
            return buffer[first : first + max(0, min(count, room[k] - at))].tobytes()

        ends, work = walk(lane, c.seq[rows].tolist(), c.payload_len[rows].tolist(), read)
        ended = np.array(ends)
        self._rename(c, rows[ended == ENDS], candidate[ended == ENDS])
        self._transport(c, rows[ended == MIDDLE])
        untold = ended == UNTOLD
        if untold.any():
            untold &= self._goes_on(c, frames, rows, protocol)
            self._rename(c, rows[untold], candidate[untold])
        slot, bit = (key >> 1) & FLOWS - 1, 1 << (key & 1)
        if lane.open and not c.tcp_flags[rows[-1]] & (TcpFlag.FIN | TcpFlag.RST):
            self._lanes[key] = lane
            if len(self._lanes) > LANES:
                del self._lanes[next(iter(self._lanes))]
        else:
            self._under_way[slot] &= np.uint8(~bit & 3)
        return work

    def _goes_on(self, c: Columns, frames: Frames, rows: Index, protocol: int) -> NDArray[np.bool_]:
        """Whether bytes that are no message belong to the protocol all the same: HTTP once shown, TLS unless text."""
        if protocol == _TLS:
            at = frames.offset[rows] + c.payload[rows]
            first = frames.buffer.take(at[:, None] + np.arange(4), mode="clip")
            return np.asarray(((first < 0x20) | (first >= 0x7F)).any(axis=1))
        return np.full(len(rows), protocol == _HTTP and int(self._known(c.flow[rows[:1]])[0]) == _HTTP)

    # ------------------------------------------------------------------ names

    def _remember(self, c: Columns, rows: Index) -> None:
        """The first protocol that a flow shows is the flow's."""
        if not len(rows):
            return
        rows = rows[::-1]  # of several packets of one flow the first is to stay
        flow = c.flow[rows]
        slot = flow & np.uint32(FLOWS - 1)
        new = self._flow[slot] != flow
        rows, slot = rows[new], slot[new]
        self._flow[slot] = c.flow[rows]
        self._protocol[slot] = c.protocol[rows]
        self._under_way[slot] = 0

    def _known(self, flow: NDArray[np.uint32]) -> Ids:
        slot = flow & np.uint32(FLOWS - 1)
        return np.where(self._flow[slot] == flow, self._protocol[slot], np.uint16(0))

    @staticmethod
    def _rename(c: Columns, rows: Index, protocol: Ids) -> None:
        if len(rows):
            c.protocol[rows] = protocol
            c.layers[rows] |= LAYERS_OF.take(protocol)

    @staticmethod
    def _transport(c: Columns, rows: Index) -> None:
        """Back to the transport's name, without the layer of what is not there."""
        if len(rows):
            c.layers[rows] &= ~LAYERS_OF.take(c.protocol[rows]) | LAYERS_OF[_TCP]
            c.protocol[rows] = _TCP


def _is_whole(c: Columns, frames: Frames, rows: Index, candidate: Ids) -> NDArray[np.bool_]:
    """Which segments hold one message and nothing else, told by arrays; most small ones do."""
    at = frames.offset[rows] + c.payload[rows]
    room = c.caplen[rows].astype(np.int64) - c.payload[rows]
    length = c.payload_len[rows].astype(np.int64)
    fits = np.flatnonzero((room >= _HEAD) & (at + _HEAD <= len(frames.buffer)))
    whole = np.zeros(len(rows), np.bool_)
    if not len(fits):
        return whole
    windows = np.ndarray((len(frames.buffer) - _HEAD + 1,), f"V{_HEAD}", frames.buffer, 0, (1,))
    head = windows[at[fits]].view(np.uint8).reshape(-1, _HEAD)
    kinds = candidate[fits]
    for protocol in np.flatnonzero(np.bincount(kinds)).tolist():
        here = np.flatnonzero(kinds == protocol)
        index = fits[here]
        if protocol == _HTTP:
            last = frames.buffer[(at[index] + room[index] - 4)[:, None] + np.arange(4)]
            request = (head[here, 0] == ord("G")) & (head[here, 1] == ord("E"))
            whole[index] = request & (last == np.frombuffer(b"\r\n\r\n", np.uint8)).all(axis=1)
            continue
        frame = FRAME_OF[protocol]
        field = head[here, frame.at : frame.need].astype(np.int64)
        shifts = 8 * np.arange(frame.width) if frame.little else 8 * np.arange(frame.width)[::-1]
        whole[index] = (field << shifts).sum(axis=1) + frame.extra == length[index]
    return whole
