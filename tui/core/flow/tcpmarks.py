"""What Wireshark's TCP analysis says of each segment, for a whole batch at once.

The rules and their order are those of tcp_analyze_sequence_number in Wireshark 4.0's packet-tcp.c. The state that it
keeps for each direction is here the packet before on that side in the batch, or the flow's record where there is none.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import choose, run_lengths, run_starts, stable_order
from tui.core.columns import Mark, TcpFlag
from tui.core.flow.abreast import Abreast
from tui.core.flow.lanes import Index, Lanes, Mask
from tui.core.flow.records import Event, FlowRecords, Known
from tui.core.flow.segments import Segments
from tui.core.flow.tcpunseen import Standing, Unseen

FAST_NS = 20_000_000
"""A retransmission so soon after two duplicate ACKs is a fast one."""
REORDER_NS = 3_000_000
"""A segment so soon after the one that passed it is out of order; the handshake's round trip instead, if known."""
_RUN = 34
"""Bits below the run number in running maxima: a relative sequence number, and a bit that says that there is one."""
_THERE = 1 << 33
_EDGES = TcpFlag.SYN | TcpFlag.FIN | TcpFlag.RST
_FAR = 1 << 29
"""Sequence numbers so far from where a lane began are not of one connection: a window is at most 2**30 bytes."""
_MOST_STEPS = 128
"""Segments of each such lane that are looked at in a batch, all lanes at once: a flood on one lane ends it soon."""


class Analysis:
    """One batch: `marks()` computes, `store()` leaves the state of each lane in the records for the next batch."""

    def __init__(self, part: Segments, lanes: Lanes, records: FlowRecords) -> None:
        """`records` of the runs, shape (s,)."""
        self._part, self._lanes, self._records = part, lanes, records
        self._offset = lanes.run << _RUN
        self._next_sequence()

    def _kept(self, name: str) -> NDArray[Any]:
        """A field of the records of the runs, shape (2, s)."""
        field: NDArray[Any] = getattr(self._records, name)
        return field

    def _joined(self, kept: NDArray[Any] | str, values: NDArray[Any]) -> NDArray[Any]:
        """Values of the packets and what the records keep: to be indexed by `lanes.own` and `lanes.other`."""
        return self._lanes.joined(self._kept(kept) if isinstance(kept, str) else kept, values)

    def _next_sequence(self) -> None:
        """Where each packet stands to the highest sequence number that its side had sent before it."""
        p, lanes = self._part, self._lanes
        known = (self._records.known & Known.NEXT) != 0
        last = np.stack(lanes.last)
        self._base = np.where(known, self._records.next_seq, p.seq[np.maximum(last, 0)])
        base = self._base.T.ravel().take(lanes.lane)
        relative = (p.seq - base).view(np.int32).astype(np.int64)
        edges = (p.flags & (TcpFlag.SYN | TcpFlag.FIN)) != 0
        reached = relative + p.size
        reached += edges
        self._end = p.seq + (reached - relative).astype(np.uint32)
        reached += _THERE
        self._other_window = self._joined("window", p.window).take(self._lanes.other)
        probing = (p.size == 1) & (self._other_window == 0)
        if probing.any():  # a window probe is special and does not advance
            kept = known.T.ravel()
            probing &= (lanes.own >= 0) | kept.take(lanes.lane)
            probing &= (lanes.other >= 0) | kept.take(lanes.lane ^ 1)
            reached *= ~probing
        self._probing = probing
        self._start = known * _THERE
        theirs = reached * lanes.back
        tops = [np.maximum.accumulate(of_side + self._offset) for of_side in (reached - theirs, theirs)]
        before = np.zeros_like(reached)
        before[1:] = choose(lanes.back[1:], tops[1][:-1], tops[0][:-1])
        before -= self._offset
        np.maximum(before, self._start.T.ravel().take(lanes.lane), out=before)
        self._has_next = before > 0
        base += before.astype(np.uint32)  # _THERE is gone in 32 bits
        self._expected = base
        self._ahead = (p.seq - base).view(np.int32)
        """Relative to the next sequence number expected; means nothing without `_has_next`."""
        self._advances = reached > before
        ends = lanes.stops - 1
        self._top = np.maximum(np.stack([t[ends] for t in tops]) - self._offset[ends], self._start)
        far = (relative > _FAR) | (relative < -_FAR)
        if probing.any():
            far |= probing & (self._ahead != 0) & ((self._end - base).view(np.int32) > 0)  # these are no probes
        if far.any():
            self._step_far(lanes.lane.compress(far), known)

    def _step_far(self, far: Index, known: NDArray[np.bool_]) -> None:
        """Lanes whose numbers leap through more than half of the circle, where the highest of several has no meaning.

        Only each against the one before has; so the first segments of all such lanes are stepped through side by side.
        """
        p, lane = self._part, self._lanes.lane
        touched = np.zeros(self._base.size, np.bool_)
        touched[far] = True
        rows = np.flatnonzero(touched.take(lane))
        rows = rows[stable_order(lane[rows])]
        lane = lane[rows]
        first = run_starts(lane)
        count = run_lengths(first, len(rows))
        abreast = Abreast.of(count, _MOST_STEPS)
        of = lane[first[abreast.longest]]
        awaited = self._records.next_seq.T.ravel()[of]
        there = known.T.ravel()[of]
        at = rows[abreast.order]
        seq, end, probing = p.seq[at], self._end[at], self._probing[at]
        expected, had, advances = np.empty_like(seq), np.empty_like(probing), np.empty_like(probing)
        for step, some in abreast.steps():
            reached = end[step]
            before, is_known = awaited[:some].copy(), there[:some].copy()
            expected[step], had[step] = before, is_known
            goes = ~(probing[step] & (seq[step] == before))
            goes &= ~is_known | ((reached - before).view(np.int32) > 0)
            advances[step] = goes
            awaited[:some] = np.where(goes, reached, before)
            there[:some] = np.where(goes, reached != 0, is_known)  # Wireshark keeps 0 for "not known"
        self._expected[at], self._ahead[at] = expected, (seq - expected).view(np.int32)
        self._has_next[at], self._advances[at] = had, advances
        whole = count[abreast.longest] <= _MOST_STEPS
        side, run = of[whole] & 1, of[whole] >> 1
        self._base[side, run], self._top[side, run] = awaited[whole], np.where(there[whole], _THERE, 0)

    def marks(self, rtt_ns: Index, rtt_at: Index) -> NDArray[np.uint32]:
        """Bits of Mark for each packet. `rtt_ns` of each run, 0 not known; `rtt_at`: the packet that showed it."""
        p = self._part
        marks = np.zeros(len(p.seq), np.uint32)
        plain = (p.flags & _EDGES) == 0
        at_next = self._has_next & (self._ahead == 0)
        self._probe = at_next & self._probing
        _mark(marks, self._probe, Mark.ZERO_WINDOW_PROBE)
        _mark(marks, (p.window == 0) & plain & ~self._probe, Mark.ZERO_WINDOW)
        _mark(marks, self._has_next & (self._ahead > 0) & ((p.flags & TcpFlag.RST) == 0), Mark.LOST_SEGMENT)
        self._keep_alive = self._has_next & (self._ahead == -1) & (p.size <= 1) & plain
        _mark(marks, self._keep_alive, Mark.KEEP_ALIVE)
        acks = self._joined("last_ack", p.ack)
        self._same_ack = acks.take(self._lanes.own) == p.ack
        self._repeated_acks(marks, np.flatnonzero(at_next & self._same_ack & plain & (p.size == 0)))
        self._window_full(marks, plain, acks)
        self._unseen = Unseen(self._standing(), self._lanes, self._records)
        marks[self._unseen.marked] |= Mark.ACK_LOST_SEGMENT
        self._resent(marks, acks.take(self._lanes.other), rtt_ns, rtt_at)
        return marks

    def _standing(self) -> Standing:
        p = self._part
        next_ = (self._expected, self._ahead, self._has_next, self._advances)
        return Standing(p.row, p.seq, self._end, p.ack, p.flags, *next_, self._same_ack, self._duplicate)

    def _repeated_acks(self, marks: NDArray[np.uint32], rows: Index) -> None:
        """Segments without data that repeat the sequence and ACK numbers of the one before."""
        p = self._part
        self._duplicate: Index = rows[:0]
        if not len(rows):
            return
        same_window = self._joined("window", p.window)[self._lanes.own[rows]] == p.window[rows]
        opened = p.window[rows] != 0
        marks[rows[opened & ~same_window]] |= Mark.WINDOW_UPDATE
        kept = self._kept("known")
        alive = self._joined((kept & Known.KEEP_ALIVE) != 0, self._keep_alive)[self._lanes.other[rows]]
        probed = self._joined((kept & Known.ZERO_WINDOW_PROBE) != 0, self._probe)[self._lanes.other[rows]]
        repeats = opened & same_window
        marks[rows[repeats & alive]] |= Mark.KEEP_ALIVE_ACK
        marks[rows[~opened & same_window & probed]] |= Mark.ZERO_WINDOW_PROBE_ACK
        self._duplicate = rows[repeats & ~alive]
        marks[self._duplicate] |= Mark.DUPLICATE_ACK

    def _window_full(self, marks: NDArray[np.uint32], plain: Mask, acks: NDArray[np.uint32]) -> None:
        """Segments that reach the edge of the window that the other side offers."""
        p = self._part
        scale = self._records.scale
        if not (scale != -1).any():
            return
        rows = np.flatnonzero(plain & (p.size > 0))
        scales = scale.T.ravel()[self._lanes.lane[rows] ^ 1]
        from_syn = self._joined((self._kept("known") & Known.WINDOW_BY_SYN) != 0, (p.flags & TcpFlag.SYN) != 0)
        shift = np.where(from_syn[self._lanes.other[rows]], 0, np.maximum(scales, 0))
        edge = acks[self._lanes.other[rows]] + (self._other_window[rows].astype(np.int64) << shift)
        end = p.seq[rows] + p.size[rows]
        marks[rows[(scales != -1) & ((end - edge) & 0xFFFFFFFF == 0)]] |= Mark.WINDOW_FULL

    def _resent(self, marks: NDArray[np.uint32], other_ack: NDArray[np.uint32], rtt_ns: Index, rtt_at: Index) -> None:
        """Segments that do not advance: sent again, sent again early, or overtaken."""
        p = self._part
        counted = (p.size > 0) | ((p.flags & (TcpFlag.SYN | TcpFlag.FIN)) != 0)
        end = p.seq + p.size.astype(np.uint32)
        behind = self._has_next & (self._ahead < 0)
        spurious = (p.size > 0) & (other_ack != 0) & ((end - other_ack).view(np.int32) <= 0)
        spurious &= ~(behind & self._keep_alive)
        _mark(marks, spurious, Mark.SPURIOUS_RETRANSMISSION | Mark.RETRANSMISSION)
        behind &= counted & ~spurious & ~self._keep_alive & ~((self._ahead == -1) & (p.size > 1))
        rows = np.flatnonzero(behind)
        self._count_duplicates()
        if not len(rows):
            return
        since = p.time_ns[rows] - self._joined("last_dir_ns", p.time_ns)[self._lanes.other[rows]]
        fast = (self._dup_acks_before(rows) >= 2) & (other_ack[rows] == p.seq[rows])
        fast &= (since >= 0) & (since < FAST_NS)
        run = self._lanes.run[rows]
        known = (rtt_ns[run] > 0) & (rtt_at[run] < rows)
        limit = np.where(known, rtt_ns[run], REORDER_NS)
        late = p.time_ns[rows] - self._advanced_ns(rows)
        overtaken = ~fast & (late >= 0) & (late < limit) & (self._end[rows] != self._expected[rows])
        found = np.where(overtaken, np.uint32(Mark.OUT_OF_ORDER), np.uint32(Mark.RETRANSMISSION))
        _mark(found, fast, Mark.FAST_RETRANSMISSION)
        marks[rows] |= found

    def _advanced_ns(self, rows: Index) -> Index:
        """When the highest sequence number that the side had sent before each of `rows` was reached."""
        lanes = self._lanes
        here = np.arange(1, len(lanes.run) + 1)  # 0 is none
        theirs = self._advances & lanes.back
        latest = [np.maximum.accumulate(here * of_side) for of_side in (self._advances ^ theirs, theirs)]
        before = np.maximum(rows - 1, 0)
        at = choose(lanes.back[rows], latest[1][before], latest[0][before]) - 1
        at[rows == 0] = -1
        kept = self._records.next_ns.T.ravel()[lanes.lane[rows]]
        return choose(at >= lanes.starts[lanes.run[rows]], self._part.time_ns[at], kept)

    def _count_duplicates(self) -> None:
        """Duplicate ACKs of its side since its ACK number last changed, after each packet; most lanes have none."""
        lanes = self._lanes
        kept = self._records.dup_acks.T.ravel()
        touched = kept > 0
        touched[lanes.lane[self._duplicate]] = True
        self._dup_acks: Index | None = None
        if not touched.any():
            return
        rows = np.flatnonzero(touched[lanes.lane])
        lane = lanes.lane[rows]
        order = stable_order(lane)
        rows, lane = rows[order], lane[order]
        duplicate = np.zeros(len(lanes.run), np.bool_)
        duplicate[self._duplicate] = True
        total = np.cumsum(duplicate[rows])
        starts = run_starts(lane)
        begin = np.repeat(starts, run_lengths(starts, len(rows)))
        reset = ~self._same_ack[rows]
        floor = np.maximum.accumulate(np.maximum(np.where(reset, total, 0), (total - duplicate[rows])[begin]))
        since = np.maximum.accumulate(np.where(reset, np.arange(len(rows)), -1)) >= begin
        self._dup_acks = np.zeros(len(lanes.run), np.int64)
        self._dup_acks[rows] = total - floor + np.where(since, 0, kept[lane])

    def _dup_acks_before(self, rows: Index) -> Index:
        """Duplicate ACKs that the other side had sent before each of `rows`."""
        plain = np.zeros(len(rows), np.int64)
        if self._dup_acks is not None:
            plain = self._joined(self._kept("dup_acks").astype(np.int64), self._dup_acks)[self._lanes.other[rows]]
        return self._unseen.duplicates(rows, plain)

    def round_trips(self) -> None:
        """Note in the records how long the last segment waited for its ACK, where an ACK is for just that segment."""
        p, records = self._part, self._records
        rows = np.flatnonzero(((p.flags & (TcpFlag.ACK | _EDGES)) == TcpFlag.ACK) & ~self._same_ack)
        fresh = self._joined((self._kept("known") & Known.NEW_DATA) != 0, self._advances & (p.size > 0))
        rows = rows[fresh[self._lanes.other[rows]]]
        end = self._joined("next_seq", self._end)
        rows = rows[end[self._lanes.other[rows]] == p.ack[rows]]
        sent = self._joined("last_dir_ns", p.time_ns)[self._lanes.other[rows]]
        lanes = self._lanes
        side, flow = lanes.back[rows].astype(np.int64), lanes.run[rows]
        records.live_rtt_ns[side, flow] = p.time_ns[rows] - sent

    def store(self, marks: NDArray[np.uint32]) -> None:
        """Leave the state of each lane, and the counts of what was marked, in the records."""
        p, lanes, records = self._part, self._lanes, self._records
        here = np.arange(1, len(lanes.run) + 1)  # 0 is none
        theirs = self._advances & lanes.back
        fresh = self._advances & (p.size > 0)
        for side, advances in enumerate((self._advances ^ theirs, theirs)):
            run = np.flatnonzero(lanes.last[side] >= 0)
            at = lanes.last[side][run]
            records.window[side, run] = p.window[at]
            records.last_ack[side, run] = p.ack[at]
            top = self._top[side, run]
            records.next_seq[side, run] = (self._base[side, run] + top - _THERE).astype(np.uint32)
            known = records.known[side, run] & ~np.uint8(Known.LAST) | np.uint8(Known.NEXT)
            known |= self._keep_alive[at] * np.uint8(Known.KEEP_ALIVE)
            known |= self._probe[at] * np.uint8(Known.ZERO_WINDOW_PROBE)
            known |= ((p.flags[at] & TcpFlag.SYN) != 0) * np.uint8(Known.WINDOW_BY_SYN)
            known |= fresh[at] * np.uint8(Known.NEW_DATA)
            known ^= (top == 0) * np.uint8(Known.NEXT)
            records.known[side, run] = known
            latest = np.maximum.reduceat(here * advances, lanes.starts)[run] - 1
            moved = np.flatnonzero(latest >= lanes.starts[run])
            records.next_ns[side, run[moved]] = p.time_ns[latest[moved]]
            if self._dup_acks is not None:
                records.dup_acks[side, run] = self._dup_acks[at]
        self._unseen.store()
        self._count_events(marks)

    def _count_events(self, marks: NDArray[np.uint32]) -> None:
        rows = np.flatnonzero(marks)
        if not len(rows):
            return
        flow, bits = self._lanes.run[rows], marks[rows]
        for event, bit in _EVENTS:
            of = flow.compress((bits & bit) != 0)
            if len(of):
                self._records.events[event] += np.bincount(of, minlength=len(self._records)).astype(np.uint32)


def _mark(marks: NDArray[np.uint32], where: Mask, bits: int) -> None:
    """Add the bits where the mask holds."""
    marks |= where * np.uint32(bits)


def forget(records: FlowRecords) -> None:
    """These flows have gone on unseen: the next segment of each side is as the first."""
    records.known[...] &= np.uint8(Known.BASE)
    records.dup_acks[...] = 0


_EVENTS = (
    (Event.RETRANSMISSION, Mark.RETRANSMISSION),
    (Event.OUT_OF_ORDER, Mark.OUT_OF_ORDER),
    (Event.DUPLICATE_ACK, Mark.DUPLICATE_ACK),
    (Event.ZERO_WINDOW, Mark.ZERO_WINDOW),
    (Event.LOST_SEGMENT, Mark.LOST_SEGMENT),
)
