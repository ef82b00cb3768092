"""Counting a batch into the records of its flows: packets, bytes, times, sizes, the protocol that shows."""

from __future__ import annotations

import numpy as np

from tui.core.arrays import choose, sum_of_sides
from tui.core.columns import Columns, TcpFlag
from tui.core.flow.lanes import Index, Lanes
from tui.core.flow.records import FIRST_SIZES, FlowRecords
from tui.core.protocols import ID, NAMES

_TCP = 6
_PLAIN_NAMES = ("Unknown", "Ethernet", "IPv4", "IPv6", "TCP", "UDP", "SCTP", "DCCP")
_PLAIN = np.zeros(65_536, np.bool_)
_PLAIN[[ID[name] for name in _PLAIN_NAMES if name in ID]] = True
"""Protocols that say nothing of what a flow carries."""
_MAX_SIZE = 32_767


def begin(records: FlowRecords, made: Index, columns: Columns, row: Index) -> None:
    """Clear new records and set who talks to whom, by the first packet of each.

    The sender began the flow; but a flow that is met with a SYN-ACK was begun by the one it answers.
    """
    records.clear(made)
    both = TcpFlag.SYN | TcpFlag.ACK
    answer = (columns.ip_proto[row] == _TCP) & ((columns.tcp_flags[row] & both) == both)
    turned, answers = made[answer], row[answer]
    for mine, other in (("src_hi", "dst_hi"), ("src_lo", "dst_lo"), ("sport", "dport")):
        for ours, theirs in ((mine, other), (other, mine)):
            getattr(records, ours)[made] = getattr(columns, ours)[row]
            getattr(records, ours)[turned] = getattr(columns, theirs)[answers]
    records.kind[made] = columns.kind[row]
    records.code[made] = columns.code[row]
    records.ip_proto[made] = columns.ip_proto[row]
    records.protocol[made] = columns.protocol[row]
    records.first_ns[made] = columns.time_ns[row]
    records.last_ns[made] = columns.time_ns[row]


def count_packets(records: FlowRecords, lanes: Lanes, columns: Columns, order: Index) -> None:
    """Add sorted packets (rows `order` of the columns) to the records of their runs."""
    time_ns, length = columns.time_ns.take(order), columns.length.take(order).astype(np.int64)
    before = records.packets
    _note_sizes(records, lanes, length, sum_of_sides(before))
    _note_times(records, lanes, time_ns, before > 0)
    _note_protocols(records, lanes, columns, order)
    weight = length.astype(np.float64)
    records.packets[...] = before + lanes.total().astype(np.uint32)
    records.bytes[...] += lanes.total(weight).astype(np.int64)
    records.squares[...] += lanes.total(weight * weight)
    records.payload[...] += lanes.total(columns.payload_len.take(order)).astype(np.int64)
    for side in (0, 1):
        runs = np.flatnonzero(lanes.last[side] >= 0)
        records.ttl[side, runs] = columns.ttl[order[lanes.last[side][runs]]]


def _note_times(records: FlowRecords, lanes: Lanes, time_ns: Index, known: np.ndarray) -> None:
    """First and last times, and the gaps between packets of one side."""
    records.last_ns[...] = np.maximum(records.last_ns, np.maximum.reduceat(time_ns, lanes.starts))
    kept = records.last_dir_ns
    gap = (time_ns - lanes.joined(kept, time_ns).take(lanes.own)) * 1e-9
    if not known.all():
        first = np.flatnonzero(lanes.own < 0)
        first = first.compress(~known.T.ravel()[lanes.lane[first]])
        gap[first] = 0.0
        records.first_dir_ns[lanes.back[first].astype(np.int64), lanes.run[first]] = time_ns[first]
    gap *= gap
    records.gap_squares[...] += lanes.total(gap)
    for side in (0, 1):
        runs = np.flatnonzero(lanes.last[side] >= 0)
        records.last_dir_ns[side, runs] = time_ns[lanes.last[side][runs]]


def _note_sizes(records: FlowRecords, lanes: Lanes, length: Index, before: Index) -> None:
    """Sizes of the first packets of young flows."""
    young = before < FIRST_SIZES
    if not young.any():
        return
    rank = np.arange(len(length)) - (lanes.starts - before)[lanes.run]
    rows = np.flatnonzero(rank < FIRST_SIZES)
    size = np.minimum(length[rows], _MAX_SIZE)
    records.sizes[rank[rows], lanes.run[rows]] = choose(lanes.back[rows], -size, size)


def _note_protocols(records: FlowRecords, lanes: Lanes, columns: Columns, order: Index) -> None:
    """The first protocol above the transport names the flow."""
    open_runs = _PLAIN[records.protocol]
    if not open_runs.any():
        return
    protocol = columns.protocol.take(order)
    rows = np.flatnonzero(open_runs.take(lanes.run) & ~_PLAIN.take(protocol, mode="clip"))[::-1]
    records.protocol[lanes.run[rows]] = protocol[rows]


def protocol_name(protocol: int) -> str:
    """The name of a protocol id."""
    return NAMES[protocol] if protocol < len(NAMES) else "Unknown"
