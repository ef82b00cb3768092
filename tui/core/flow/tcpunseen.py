"""Acknowledgments of segments that were not captured.

Of what each side sends an edge is kept, up to which all was seen or its loss was told (`maxseqtobeacked` in Wireshark's
packet-tcp.c). It is the next sequence number that is expected, but behind a gap. Most connections have none and
acknowledge nothing unseen; the others are stepped through side by side, by those segments that change something.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import choose
from tui.core.columns import TcpFlag
from tui.core.flow.lanes import Index, Lanes, Mask
from tui.core.flow.records import FlowRecords, Known

ABREAST = 64
"""So many connections are worth a step of them all; the segments of fewer are taken one by one."""
STEPPED = 4_096
"""Segments of one batch that are looked at, and half of the batch more: no capture that makes sense has so many."""
WALKED = 2_048
"""Segments of one batch that are taken one by one, and one in four more; what goes on beyond starts afresh."""
MANY = 0xFFFF
"""Duplicate ACKs of a side after an ACK of something that it was not seen to send: Wireshark counts on from -1."""
_ACKS, _REPEATS, _CHANGES, _BEYOND, _OFF, _LEAPS = (1 << i for i in range(6))
_CIRCLE, _HALF = (1 << 32) - 1, 1 << 31
_NO_EDGE = -1


@dataclass(frozen=True, slots=True)
class Standing:
    """Where each of m segments stands to the next sequence number that its side was expected to send."""

    seq: NDArray[np.uint32]
    end: NDArray[np.uint32]
    """Behind its last byte."""
    ack: NDArray[np.uint32]
    flags: NDArray[np.uint16]
    expected: NDArray[np.uint32]
    ahead: NDArray[np.int32]
    has_next: Mask
    """There is a number that was expected."""
    advances: Mask
    same_ack: Mask
    """Its side acknowledges the same as in its segment before."""
    duplicate: Index
    """Duplicate ACKs."""


class Unseen:
    """The connections of a batch that have a gap or acknowledge more than was seen."""

    def __init__(self, standing: Standing, lanes: Lanes, records: FlowRecords) -> None:
        self._records, self._segments = records, len(lanes.run)
        self._of: Index = np.empty(0, np.int64)
        """The runs of these connections."""
        self._rows = self._of
        self._marked: Mask = np.zeros(0, np.bool_)
        self._pick(standing, lanes)
        if len(self._rows):
            self._follow()

    @property
    def marked(self) -> Index:
        """Segments that acknowledge what was not seen."""
        found: Index = self._rows[self._marked]
        return found

    def duplicates(self, rows: Index, plain: Index) -> Index:
        """Duplicate ACKs that the other side had sent before each of `rows`, `plain` by a simple count."""
        if not len(self._rows):
            return plain
        before = np.full(self._segments, -1)
        before[self._rows] = self._acks_before
        found = before[rows]
        return np.where(found < 0, plain, found)

    def store(self) -> None:
        """Leave where each side stands in the records."""
        if not len(self._rows):
            return
        records, of = self._records, self._of
        for side in (0, 1):
            edge, duplicates = self._edge[side::2], self._duplicates[side::2]
            known = records.known[side, of] & np.uint8(~(Known.GAP | Known.ACKED_UNSEEN) & 0xFF)
            known |= (edge != _NO_EDGE) * np.uint8(Known.GAP)
            known |= (duplicates == MANY) * np.uint8(Known.ACKED_UNSEEN)
            records.known[side, of] = known
            records.edge_seq[side, of] = edge.astype(np.uint32)
            records.dup_acks[side, of] = duplicates

    def _pick(self, s: Standing, lanes: Lanes) -> None:
        """Which connections, and which of their segments change something."""
        records = self._records
        acks = (s.flags & TcpFlag.ACK) != 0
        after = choose(s.advances, s.end, s.expected)
        beyond = (s.ack - lanes.joined(records.next_seq, after).take(lanes.other)).view(np.int32) > 0
        beyond &= acks
        there = ((records.known & Known.NEXT) != 0).T.ravel()
        alone = np.flatnonzero(beyond & (lanes.other < 0))
        beyond[alone] = there[lanes.lane[alone] ^ 1]
        off = s.has_next & (s.ahead != 0)
        leaps = off & s.advances
        closely = ((records.known & Known.GAP) != 0).any(axis=0)
        touched = ((records.known & Known.ACKED_UNSEEN) != 0).any(axis=0) | closely
        touched[lanes.run.compress(beyond | leaps)] = True
        if not touched.any():
            return
        # what was acknowledged before the leap over a gap tells of it when it is acknowledged again
        at = np.flatnonzero(leaps)
        told = (lanes.joined(records.last_ack, s.ack)[lanes.other[at]] - s.expected[at]).view(np.int32) > 0
        closely[lanes.run[at[told]]] = True
        # and so does what repeats a number that was no acknowledgment
        closely[lanes.run.compress((s.flags & (TcpFlag.ACK | TcpFlag.SYN)) == 0)] = True
        code = beyond * np.uint8(_BEYOND)
        code |= off * np.uint8(_OFF)
        code |= ~s.same_ack * np.uint8(_CHANGES)
        code[s.duplicate] |= _REPEATS
        tells = code != 0
        if closely.any():
            tells |= closely.take(lanes.run)
        tells &= touched.take(lanes.run)
        rows = self._rows = self._affordable(np.flatnonzero(tells), touched, lanes.run)
        code |= acks * np.uint8(_ACKS)
        code |= leaps * np.uint8(_LEAPS)
        self._code = code.take(rows)
        self._seq, self._ack, self._expected = (n.take(rows).astype(np.int64) for n in (s.seq, s.ack, s.expected))
        run = lanes.run.take(rows)
        begins = np.flatnonzero(np.diff(run, prepend=-1))
        self._of, self._begins = run[begins], begins
        self._counts = np.diff(begins, append=len(rows))
        self._mine = 2 * np.repeat(np.arange(len(begins)), self._counts) + lanes.back.take(rows)

    def _affordable(self, rows: Index, touched: Mask, run: Index) -> Index:
        """Those of the first connections, where it is most of the batch; the others start afresh."""
        most = STEPPED + self._segments // 2
        if len(rows) <= most:
            return rows
        first = int(run[rows[most]])
        left = first + np.flatnonzero(touched[first:])
        records = self._records
        records.dup_acks[:, left] *= (records.known[:, left] & np.uint8(Known.ACKED_UNSEEN)) == 0
        records.known[:, left] &= np.uint8(~(Known.GAP | Known.ACKED_UNSEEN) & 0xFF)
        return rows[: np.searchsorted(run[rows], first)]

    def _follow(self) -> None:
        """Step through the segments of all connections, the longest ones last."""
        records, of = self._records, self._of
        known = records.known[:, of]
        edges, duplicates = records.edge_seq[:, of].astype(np.int64), records.dup_acks[:, of].astype(np.int64)
        self._edge: Index = np.where(known & Known.GAP, edges, _NO_EDGE).T.ravel()
        self._duplicates: Index = np.where(known & Known.ACKED_UNSEEN, MANY, duplicates).T.ravel()
        self._marked = np.zeros(len(self._rows), np.bool_)
        self._acks_before = np.zeros(len(self._rows), np.int64)
        longest = np.argsort(-self._counts, kind="stable")
        begins, counts = self._begins[longest], self._counts[longest]
        step = 0
        while (some := int(np.searchsorted(-counts, -step))) >= ABREAST:
            self._step(begins[:some] + step)
            step += 1
        left = WALKED + len(self._rows) // 4
        for begin, count in zip((begins[:some] + step).tolist(), (counts[:some] - step).tolist(), strict=True):
            self._walk(begin, begin + min(count, left))
            left = max(left - count, 0)
            if not left:
                both = slice(self._mine[begin] & ~1, (self._mine[begin] | 1) + 1)
                self._edge[both], self._duplicates[both] = _NO_EDGE, 0

    def _step(self, at: Index) -> None:
        """One segment of each of several connections; the order of what happens is Wireshark's."""
        code, mine, other = self._code[at], self._mine[at], self._mine[at] ^ 1
        own = self._duplicates[mine]
        counted = own * ((code & _CHANGES) == 0)
        counted += (code & _REPEATS) != 0
        counted[counted > MANY] = 1
        self._duplicates[mine] = counted
        theirs, edge = self._duplicates[other], self._edge[other]
        more = (edge == _NO_EDGE) & ((code & _BEYOND) != 0)
        over = (edge != _NO_EDGE) & ((code & _ACKS) != 0) & ((edge - self._ack[at]) & _CIRCLE > _HALF)
        self._marked[at] = over | (more & (theirs == 0))
        self._duplicates[other] = theirs = np.where(more, MANY, theirs)
        self._edge[other] = np.where(over, _NO_EDGE, edge)
        self._acks_before[at] = theirs
        edge, seq = self._edge[mine], self._seq[at]
        leaps = (edge == _NO_EDGE) & ((code & _LEAPS) != 0)
        self._edge[mine] = np.where(edge == seq, _NO_EDGE, np.where(leaps, self._expected[at], edge))

    def _walk(self, begin: int, end: int) -> None:
        """The segments of one connection from `begin` on: the same as `_step`, one by one."""
        first = int(self._mine[begin]) & ~1
        edges: list[int] = self._edge[first : first + 2].tolist()
        duplicates: list[int] = self._duplicates[first : first + 2].tolist()
        span = slice(begin, end)
        parts = (self._mine[span] & 1, self._code[span], self._seq[span], self._ack[span], self._expected[span])
        marked, before = [], []
        for mine, code, seq, ack, expected in zip(*(part.tolist() for part in parts), strict=True):
            other = 1 - mine
            if code & _REPEATS:
                duplicates[mine] = duplicates[mine] % MANY + 1
            elif code & _CHANGES:
                duplicates[mine] = 0
            edge, mark = edges[other], False
            if edge == _NO_EDGE:
                if code & _BEYOND:
                    mark = duplicates[other] == 0
                    duplicates[other] = MANY
            elif code & _ACKS and (edge - ack) & _CIRCLE > _HALF:
                edges[other], mark = _NO_EDGE, True
            marked.append(mark)
            before.append(duplicates[other])
            if edges[mine] == seq:
                edges[mine] = _NO_EDGE
            elif code & _LEAPS and edges[mine] == _NO_EDGE:
                edges[mine] = expected
        self._marked[span], self._acks_before[span] = marked, before
        self._edge[first : first + 2], self._duplicates[first : first + 2] = edges, duplicates
