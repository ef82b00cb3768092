"""Where a TCP stream ends and a new one begins on the same addresses and ports, as Wireshark decides it.

A SYN whose sequence number is not the one that its side began with opens a new stream (packet-tcp.c,
`conversation_new` in dissect_tcp).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import stable_order
from tui.core.columns import TcpFlag
from tui.core.flow.lanes import Index
from tui.core.flow.records import FlowRecords, Known
from tui.core.flow.tcpmarks import Segments

WALKED = 2_048
"""Packets of one batch that are walked through one by one, where both sides begin new streams in turn."""


@dataclass(frozen=True, slots=True)
class Groups:
    """m sorted segments, those between the same two ends side by side."""

    part: Segments
    end: NDArray[np.uint64]
    """Hash of the sending end of each."""
    group: Index
    """Of each segment, ascending."""
    starts: Index
    """First segment of each group."""
    old: Index
    """Record of each group, -1 where it is new."""

    def side(self, at: Index) -> NDArray[np.bool_]:
        """Whether these segments are of the other side than the first of their group."""
        other: NDArray[np.bool_] = self.end[at] != self.end[self.starts[self.group[at]]]
        return other


def new_streams(records: FlowRecords, groups: Groups) -> Index:
    """The segments that begin a new stream within, or at the start of, a group, ascending."""
    seq, flags, group = groups.part.seq, groups.part.flags, groups.group
    syn = np.flatnonzero((flags & (TcpFlag.SYN | TcpFlag.ACK)) == TcpFlag.SYN)
    # alone at the start of a group that is new: the usual beginning, and all that a flood of SYNs is
    syn = syn[~((groups.old[group[syn]] < 0) & (groups.starts[group[syn]] == syn))]
    if not len(syn):
        return np.empty(0, np.int64)
    # by group, then by side, in packet order
    syn = syn[stable_order(2 * group[syn] + groups.side(syn))]
    g = group[syn]
    follows = np.zeros(len(syn), np.bool_)
    follows[1:] = (g[1:] == g[:-1]) & (groups.end[syn[1:]] == groups.end[syn[:-1]])
    base = np.empty(len(syn), np.int64)
    base[1:] = seq[syn[:-1]]
    first = np.flatnonzero(~follows)
    base[first] = _first_base(records, groups, syn[first])
    return _untangled(np.sort(syn[(base >= 0) & (base != seq[syn])]), records, groups)


def _untangled(begins: Index, records: FlowRecords, groups: Groups) -> Index:
    """A new stream knows nothing of either side; where both sides begin some, their groups are walked through.

    A flood of such beyond WALKED packets keeps the first guess: no traffic costs more for each packet than that.
    """
    g, turned = groups.group[begins], groups.side(begins)
    tangled = np.intersect1d(g[turned], g[~turned])
    if not len(tangled):
        return begins
    stops = np.searchsorted(groups.group, tangled, "right")
    some = np.cumsum(stops - groups.starts[tangled]) <= WALKED
    tangled, stops = tangled[some], stops[some]
    found = [begins[~np.isin(g, tangled)]]
    for each, stop in zip(tangled.tolist(), stops.tolist(), strict=True):
        at = np.arange(groups.starts[each], stop)
        base = _known(records, int(groups.old[each]), int(groups.end[at[0]]))
        part = (groups.part.flags[at], groups.part.seq[at], groups.part.ack[at])
        walked = _walk(base, zip(groups.side(at).tolist(), *(column.tolist() for column in part), strict=True))
        found.append(at[walked])
    return np.sort(np.concatenate(found))


def _known(records: FlowRecords, record: int, first_end: int) -> list[int | None]:
    """What both sides count from by the record, the side of the group's first packet first."""
    if record < 0:
        return [None, None]
    order = (0, 1) if int(records.end[record]) == first_end else (1, 0)
    known = [bool(records.known[side, record] & Known.BASE) for side in order]
    return [int(records.base_seq[side, record]) if has else None for side, has in zip(order, known, strict=True)]


def _walk(base: list[int | None], packets: Iterable[tuple[bool, int, int, int]]) -> list[int]:
    """Places of the (side, flags, seq, ack) that begin a new stream, one after the other."""
    begins = []
    for at, (side, flags, seq, ack) in enumerate(packets):
        mine, other = int(side), 1 - int(side)
        syn, acks = flags & TcpFlag.SYN, flags & TcpFlag.ACK
        if syn and not acks and base[mine] not in (None, seq):
            begins.append(at)
            base[mine], base[other] = seq, None
        if base[mine] is None:
            base[mine] = seq if syn else (seq - 1) & 0xFFFFFFFF
        if acks and base[other] is None:
            base[other] = (ack - 1) & 0xFFFFFFFF
    return begins


def _first_base(records: FlowRecords, groups: Groups, syn: Index) -> Index:
    """What the side of each SYN counts from before the batch or by the first packet of its group; -1 not known."""
    seq, ack, flags, end = groups.part.seq, groups.part.ack, groups.part.flags, groups.end
    start = _telling(groups, syn)
    same = end[start] == end[syn]
    from_ack = (flags[start] & TcpFlag.ACK) != 0
    from_seq = seq[start].astype(np.int64) - ((flags[start] & TcpFlag.SYN) == 0)
    guess = np.where(same, from_seq, ack[start].astype(np.int64) - 1) & 0xFFFFFFFF
    base = np.where((start < syn) & (same | from_ack), guess, -1)
    record = groups.old[groups.group[syn]]
    have = np.flatnonzero(record >= 0)
    kept = record[have]
    side = (records.end[kept] != end[syn[have]]).astype(np.int64)
    known = (records.known[side, kept] & Known.BASE) != 0
    base[have[known]] = records.base_seq[side, kept][known]
    return base


def _telling(groups: Groups, syn: Index) -> Index:
    """From the start of each SYN's group on, the first packet that is of its side or acknowledges something of it."""
    flags, end, starts = groups.part.flags, groups.end, groups.starts
    start = starts[groups.group[syn]]
    silent = np.flatnonzero((end[start] != end[syn]) & ((flags[start] & TcpFlag.ACK) == 0))
    if not len(silent):
        return start
    tells = np.flatnonzero((end != end[starts[groups.group]]) | ((flags & TcpFlag.ACK) != 0))
    first: Index = start.copy()
    first[silent] = tells[np.searchsorted(tells, start[silent])]  # at the latest the SYN itself
    return first
