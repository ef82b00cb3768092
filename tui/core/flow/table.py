"""FlowTable: bidirectional flows of a whole batch at once, bounded, with what Wireshark's and Zeek's analysis says.

Packets are grouped by a keyed hash that is the same in both directions. New flows are inserted by array operations
(see slots.py), so that a flood of new flows finds no slow path; what finds no room counts in `left_out`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import choose
from tui.core.columns import NONE32, AddressKind, Columns, Mark, TcpFlag
from tui.core.dialogue import Dialogues
from tui.core.flow.count import begin, count_packets
from tui.core.flow.held import FlowLimits, HeldFlows
from tui.core.flow.lanes import Index, Lanes, Mask, Sorted, sort_by_flow, split_runs
from tui.core.flow.quoted import Quoting, read_quotes
from tui.core.flow.records import FlowRecords
from tui.core.flow.segments import Segments
from tui.core.flow.slots import NOWHERE
from tui.core.flow.streams import Groups, new_streams
from tui.core.flow.tcpmarks import Analysis, forget
from tui.core.flow.tcpoptions import window_scales, window_shifts
from tui.core.flow.tcpstate import handshakes, note_bases, note_seen, seen_bits
from tui.core.flow.tunnelled import Opened, open_tunnels
from tui.core.fragments import Fragments
from tui.core.frames import Frames
from tui.core.hashing import U64, HashKey
from tui.core.inner import Within, within
from tui.core.protocols import Layer

CHUNK = 65_536
"""Packets worked on at once; the records not in the table must suffice for that many streams that end in a batch."""
_TCP = 6


class FlowTable:
    """Annotates columns with flow, stream and marks; keeps one record for each flow. One thread writes."""

    def __init__(self, limits: FlowLimits | None = None, collect: bool = False) -> None:
        """`collect`: keep the flows that end for `take_ended`; otherwise they are forgotten."""
        self.dialogues = Dialogues()
        self.fragments = Fragments()
        self._key = HashKey()
        self._held = HeldFlows(limits or FlowLimits(), CHUNK, collect)
        self.records = self._held.records
        self._now_ns = 0
        self.left_out = 0
        """Packets that belong to no flow: the table had no room, or their hash was that of another flow."""

    def __len__(self) -> int:
        """Flows held, exchanges that are no IP flow included."""
        return len(self._held)

    @property
    def total(self) -> int:
        """IP flows ever seen."""
        return self._held.total

    def update(
        self, columns: Columns, frames: Frames | None = None, *, analysis: bool = True, dialogues: bool = True
    ) -> None:
        """Fill `flow` and `stream` and the flow's marks, in place, and count the packets; any number of them.

        Without `analysis` TCP segments get no marks, without `dialogues` no name that only the segments before tell.
        """
        for at in range(0, len(columns), CHUNK):
            part = columns.select(slice(at, at + CHUNK))
            self._now_ns = max(self._now_ns, int(part.time_ns[0]))
            self._held.relieve(self._now_ns)
            self._take(part, frames.select(slice(at, at + CHUNK)) if frames else None, analysis, dialogues)
            self._now_ns = max(self._now_ns, int(part.time_ns.max()))

    def _take(self, part: Columns, frames: Frames | None, analysis: bool, dialogues: bool) -> None:
        """One chunk, with datagrams put together, and with the packets that its tunnels carry."""
        if frames is not None:
            self.fragments.update(part, frames)
        carrying = np.flatnonzero(part.marks & Mark.INNER)
        found = within(frames, part, carrying) if frames is not None and len(carrying) else None
        opened = open_tunnels(part, frames, found) if frames is not None and found else None
        whole, seen = (opened.columns, opened.frames) if opened else (part, frames)
        quoting = self._ask(found, opened) if found else None
        self._update(whole, seen, analysis, opened.inside if opened else None)
        if seen is not None and dialogues:
            self.dialogues.update(whole, seen)
        if opened:
            opened.tell(part)
        if quoting:
            keys = self._keys(whole, opened.inside if opened else None)[2]
            quoted = self._held.quoted(quoting.keys)
            streams = quoting.streams(whole, keys, quoted)
            told = streams != NONE32
            part.stream[quoting.quotes.rows[told]] = streams[told]

    def _ask(self, found: Within, opened: Opened | None) -> Quoting | None:
        """What ICMP errors quote: some of it opens streams before its own packets do."""
        quotes = read_quotes(found)
        if not quotes:
            return None
        rows = np.flatnonzero(~opened.inside)[quotes.rows] if opened else quotes.rows
        return self._held.ask(quotes, rows, self._keys(quotes.columns, quotes.inside)[2])

    def live(self) -> Index:
        """Index in `records` of all flows that are held."""
        return self._held.live()

    def take_ended(self) -> FlowRecords:
        """The flows that have ended or were let go since the last call; whoever reads flows must ask often."""
        return self._held.ended.take()

    @property
    def waiting(self) -> int:
        """Ended flows that can be taken."""
        return self._held.ended.waiting

    def untold(self) -> FlowRecords:
        """A copy of the flows held whose traffic has grown since the last call; `told_*` say what was told before."""
        of = self.live()
        new = self.records.packets[:, of] != self.records.told_packets[:, of]
        of = of[new[0] | new[1]]
        grown = self.records.select(of)
        self.records.told_packets[:, of] = grown.packets
        self.records.told_bytes[:, of] = grown.bytes
        return grown

    def end_all(self) -> None:
        """The capture has ended: all flows have."""
        self._held.let_go(self.live())

    # ------------------------------------------------------------------ one chunk

    def _update(self, columns: Columns, frames: Frames | None, analysis: bool, inside: Mask | None) -> None:
        """`inside`: packets within tunnels, whose flows are told from those of packets with the same ends outside."""
        is_flow, source, keys = self._keys(columns, inside)
        slots = self._held.place(keys)
        self.left_out += int(np.count_nonzero(slots == NOWHERE))
        addressless = columns.kind == AddressKind.NONE
        if addressless.any():
            slots[addressless] = NOWHERE
        tcp = is_flow & (columns.ip_proto == _TCP) & ((columns.marks & Mark.PORTS) != 0)
        chunk = Chunk(columns, frames, is_flow, source, slots, keys)
        by_flow = sort_by_flow(slots, tcp)
        old = self._held.at(slots[by_flow.order[by_flow.starts]])
        wrong = self._strangers(columns, by_flow.order[by_flow.starts], old)
        if len(wrong):
            astray = np.isin(slots, slots[wrong])
            self.left_out += int(np.count_nonzero(astray))
            slots[astray] = NOWHERE
            by_flow = sort_by_flow(slots, tcp)
            old = self._held.at(slots[by_flow.order[by_flow.starts]])
        if len(by_flow.order):
            self._apply(chunk, by_flow, old, analysis)

    def _keys(self, columns: Columns, inside: Mask | None = None) -> tuple[Mask, U64, U64]:
        """(packets that belong to IP flows, hash of the sending end, hash of both ends)."""
        ip = (columns.kind == AddressKind.IPV4) | (columns.kind == AddressKind.IPV6)
        is_flow = ip & ((columns.layers & np.uint64(1 << Layer.ARP)) == 0)
        source = self._key.address(columns.src_hi, columns.src_lo, columns.sport)
        target = self._key.address(columns.dst_hi, columns.dst_lo, columns.dport)
        extra = columns.ip_proto.astype(np.uint64)
        extra += columns.kind.astype(np.uint64) << np.uint64(8)
        extra += is_flow.astype(np.uint64) << np.uint64(12)
        if inside is not None:
            extra += inside.astype(np.uint64) << np.uint64(13)
        return is_flow, source, self._key.pair(source, target, extra)

    def _strangers(self, columns: Columns, rows: Index, old: Index) -> Index:
        """Those of `rows` whose record is of other addresses with the same hash."""
        have = np.flatnonzero(old >= 0)
        row, kept, c, r = rows[have], old[have], columns, self.records
        there = (c.src_lo[row] == r.src_lo[kept]) & (c.dst_lo[row] == r.dst_lo[kept])
        there &= (c.src_hi[row] == r.src_hi[kept]) & (c.dst_hi[row] == r.dst_hi[kept])
        turned = (c.src_lo[row] == r.dst_lo[kept]) & (c.dst_lo[row] == r.src_lo[kept])
        turned &= (c.src_hi[row] == r.dst_hi[kept]) & (c.dst_hi[row] == r.src_hi[kept])
        there &= (c.sport[row] == r.sport[kept]) & (c.dport[row] == r.dport[kept])
        turned &= (c.sport[row] == r.dport[kept]) & (c.dport[row] == r.sport[kept])
        strangers: Index = row[~(there | turned)]
        return strangers

    def _apply(self, chunk: Chunk, by_flow: Sorted, old: Index, analysis: bool) -> None:
        columns, order, m = chunk.columns, by_flow.order, by_flow.tcp
        sent_by = chunk.source[order]
        part = Segments.of(columns, order[:m])
        marks = np.zeros(len(order), np.uint32)
        ended = old[:0]
        starts, run = by_flow.starts, by_flow.run
        syn = (part.flags & np.uint16(TcpFlag.SYN)) != 0
        if syn.any():
            begins = new_streams(self.records, Groups(part, sent_by[:m], run[:m], starts, old))
            if len(begins):
                marks[begins] = Mark.PORTS_REUSED
                starts, run, old, ended = split_runs(starts, run, old, begins)
        lead = order[starts]
        of = self._opened(chunk, lead, old)
        flows = self.records.select(of)  # worked on side by side, then put back
        lanes = Lanes.of(len(order), starts, run, sent_by != flows.end.take(run))
        if m:
            runs = int(np.searchsorted(starts, m))
            tcp_lanes, tcp_flows = lanes.head(m, runs), flows.head(runs)
            if chunk.frames:
                self._note_scales(columns, chunk.frames, order, part.flags, tcp_lanes, tcp_flows)
            marks[:m] |= self._follow(part, tcp_lanes, tcp_flows, analysis)
            base = tcp_flows.base_seq.T.ravel()
            columns.seq_base[order[:m]] = choose(syn, part.seq, base.take(tcp_lanes.lane))  # a SYN begins anew
            columns.ack_base[order[:m]] = base.take(tcp_lanes.lane ^ 1)
            shift = window_shifts(tcp_flows.scale).T.ravel()
            if shift.any():
                columns.window_shift[order[:m]] = shift.take(tcp_lanes.lane) * ~syn
        marks |= lanes.back * np.uint32(Mark.FROM_RESPONDER)
        count_packets(flows, lanes, columns, order)
        self.records.put(of, flows)
        columns.flow[order] = flows.flow.take(run)
        columns.stream[order] = flows.stream.take(run)
        columns.marks[order] |= marks
        slots = chunk.slots[lead]
        # a stream that another one of the same ends followed within the batch is over
        over = np.flatnonzero(slots[:-1] == slots[1:])
        if len(over) or len(ended):
            self._held.end(np.sort(np.concatenate([ended, of[over]])))  # runs stand in the order of random hashes

    def _note_scales(
        self,
        columns: Columns,
        frames: Frames,
        order: Index,
        flags: NDArray[np.uint16],
        lanes: Lanes,
        records: FlowRecords,
    ) -> None:
        """What SYNs say of the window's scale. It comes before the data that it is about, so one pass will do."""
        at = np.flatnonzero(flags & TcpFlag.SYN)
        if len(at):
            scales = window_scales(frames, columns, order[at])
            records.scale[lanes.back[at].astype(np.int64), lanes.run[at]] = scales

    def _follow(self, part: Segments, lanes: Lanes, records: FlowRecords, analyse: bool) -> NDArray[np.uint32]:
        """Follow the connections of some segments; what the analysis says of these."""
        done = handshakes(records, lanes, part.flags, part.time_ns)
        if analyse:
            analysis = Analysis(part, lanes, records)
            marks = analysis.marks(records.rtt_ns, done)
            analysis.round_trips()
            analysis.store(marks)
        else:
            marks = np.zeros(len(part.seq), np.uint32)
            forget(records)
        note_bases(records, lanes, part.flags, part.seq, part.ack)
        marks[_other_answers(records, lanes, part)] |= Mark.PORTS_REUSED
        note_seen(records, lanes, seen_bits(part.flags, part.size))
        return marks

    # ------------------------------------------------------------------ records

    def _opened(self, chunk: Chunk, lead: Index, old: Index) -> Index:
        """The record of each run, new ones made for those that had none, in the order of their first packets."""
        fresh = np.flatnonzero(old < 0)
        of = old.copy()
        if len(fresh):
            fresh = fresh[np.argsort(lead[fresh])]
            row = lead[fresh]
            made = self._held.take(len(fresh))
            of[fresh] = made
            begin(self.records, made, chunk.columns, row)
            self.records.end[made] = self._key.address(
                self.records.src_hi[made], self.records.src_lo[made], self.records.sport[made]
            )
            self.records.slot[made] = chunk.slots[row]
            self._held.number(chunk.columns, made, row, chunk.is_flow[row], chunk.keys[row])
        # where one flow has several runs the last one stays in the slot: it is written last
        self._held.put(chunk.slots[lead], of)
        return of


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some packets with what is known before they are sorted; arrays in packet order."""

    columns: Columns
    frames: Frames | None
    is_flow: Mask
    source: U64
    """Hash of the sending end."""
    slots: Index
    keys: U64
    """Hash of both ends."""


def _other_answers(records: FlowRecords, lanes: Lanes, part: Segments) -> Index:
    """SYN-ACKs whose sequence number is not the one that their side began with."""
    both = TcpFlag.SYN | TcpFlag.ACK
    at = np.flatnonzero((part.flags & both) == both)
    differ: Mask = records.base_seq[lanes.back[at].astype(np.int64), lanes.run[at]] != part.seq[at]
    return at[differ]
