"""Acknowledgments of segments that were not captured.

Of what each side sends an edge is kept, up to which all was seen or its loss was told (`maxseqtobeacked` in Wireshark's
packet-tcp.c). It is the next sequence number that is expected, but behind a gap. Most connections have none and
acknowledge nothing unseen; the others are stepped through side by side, by those segments that change something.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import choose, run_lengths, run_starts
from tui.core.columns import TcpFlag
from tui.core.flow.abreast import Abreast
from tui.core.flow.lanes import Index, Lanes, Mask, shortest
from tui.core.flow.records import FlowRecords, Known

ABREAST = 24
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

    row: Index
    """Place in the batch."""
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
        either = records.known[0] | records.known[1]
        closely = (either & Known.GAP) != 0
        touched = (either & (Known.GAP | Known.ACKED_UNSEEN)) != 0
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
        rows = self._rows = self._affordable(np.flatnonzero(tells), touched, s.row[lanes.starts], lanes.run)
        code |= acks * np.uint8(_ACKS)
        code |= leaps * np.uint8(_LEAPS)
        self._code = code.take(rows)
        self._seq, self._ack, self._expected = (n.take(rows).astype(np.int64) for n in (s.seq, s.ack, s.expected))
        run = lanes.run.take(rows)
        begins = run_starts(run)
        self._of, self._begins = run[begins], begins
        self._first = s.row[lanes.starts[self._of]]
        self._counts = run_lengths(begins, len(rows))
        self._mine = 2 * np.repeat(np.arange(len(begins)), self._counts) + lanes.back.take(rows)

    def _affordable(self, rows: Index, touched: Mask, first: Index, run: Index) -> Index:
        """Those of the shortest connections, where it is most of the batch; the others start afresh."""
        most = STEPPED + self._segments // 2
        if len(rows) <= most:
            return rows
        kept = np.zeros(len(touched), np.bool_)
        of, count = np.flatnonzero(touched), np.bincount(run[rows], minlength=len(touched))
        kept[shortest(of, first[of], count[of], most)] = True
        left = np.flatnonzero(touched & ~kept)
        records = self._records
        records.dup_acks[:, left] *= (records.known[:, left] & np.uint8(Known.ACKED_UNSEEN)) == 0
        records.known[:, left] &= np.uint8(~(Known.GAP | Known.ACKED_UNSEEN) & 0xFF)
        return rows[kept[run[rows]]]

    def _follow(self) -> None:
        """Step through the segments of all connections, as long as several have one more; then from one to the next."""
        records, of = self._records, self._of
        known = records.known[:, of]
        edges, duplicates = records.edge_seq[:, of].astype(np.int64), records.dup_acks[:, of].astype(np.int64)
        self._edge: Index = np.where(known & Known.GAP, edges, _NO_EDGE).T.ravel()
        self._duplicates: Index = np.where(known & Known.ACKED_UNSEEN, MANY, duplicates).T.ravel()
        self._marked = np.zeros(len(self._rows), np.bool_)
        self._acks_before = np.zeros(len(self._rows), np.int64)
        abreast = Abreast.of(self._counts, len(self._rows), ABREAST)
        self._steps(abreast)
        done = len(abreast.sizes)
        left = WALKED + len(self._rows) // 4
        longer = np.flatnonzero(self._counts > done)
        for group in longer[np.argsort(self._first[longer])].tolist():
            begin, count = int(self._begins[group]) + done, int(self._counts[group]) - done
            self._walk(begin, begin + min(count, left))
            left = max(left - count, 0)
            if not left:
                both = slice(2 * group, 2 * group + 2)
                self._edge[both], self._duplicates[both] = _NO_EDGE, 0

    def _steps(self, abreast: Abreast) -> None:
        """One segment after the other, of several connections at once; the order of what happens is Wireshark's."""
        at = abreast.order
        code, mine, seq, ack = self._code[at], self._mine[at], self._seq[at], self._ack[at]
        expected, marked, before = self._expected[at], np.empty(len(at), np.bool_), np.empty(len(at), np.int64)
        other = mine ^ 1
        stays, repeats = (code & _CHANGES) == 0, (code & _REPEATS) != 0
        beyond, acks, leaping = (code & _BEYOND) != 0, (code & _ACKS) != 0, (code & _LEAPS) != 0
        for step, _ in abreast.steps():
            own, back = mine[step], other[step]
            counted = self._duplicates[own] * stays[step]
            counted += repeats[step]
            counted[counted > MANY] = 1
            self._duplicates[own] = counted
            theirs, edge = self._duplicates[back], self._edge[back]
            none = edge == _NO_EDGE
            more = none & beyond[step]
            over = ~none & acks[step] & ((edge - ack[step]) & _CIRCLE > _HALF)
            marked[step] = over | (more & (theirs == 0))
            theirs = np.where(more, MANY, theirs)
            self._duplicates[back] = before[step] = theirs
            self._edge[back] = np.where(over, _NO_EDGE, edge)
            edge = self._edge[own]
            leaps = (edge == _NO_EDGE) & leaping[step]
            self._edge[own] = np.where(edge == seq[step], _NO_EDGE, np.where(leaps, expected[step], edge))
        self._marked[at], self._acks_before[at] = marked, before

    def _walk(self, begin: int, end: int) -> None:
        """The segments of one connection from `begin` on: the same as `_steps`, one by one."""
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
