"""Where a TCP stream ends and a new one begins on the same addresses and ports, as Wireshark decides it.

A SYN whose sequence number is not the one that its side began with opens a new stream (packet-tcp.c,
`conversation_new` in dissect_tcp).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import stable_order
from tui.core.columns import TcpFlag
from tui.core.flow.lanes import Index
from tui.core.flow.records import FlowRecords, Known
from tui.core.flow.segments import Segments
from tui.core.flow.tangles import UNKNOWN, Tangles


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
    side = groups.side(syn)
    order = stable_order(2 * group[syn] + side)  # by group, then by side, in packet order
    syn, side = syn[order], side[order]
    g = group[syn]
    follows = np.zeros(len(syn), np.bool_)
    follows[1:] = (g[1:] == g[:-1]) & (side[1:] == side[:-1])
    base = np.empty(len(syn), np.int64)
    base[1:] = seq[syn[:-1]]
    first = np.flatnonzero(~follows)
    base[first] = _first_base(records, groups, syn[first])
    new = (base >= 0) & (base != seq[syn])
    # a new stream knows nothing of either side: where one begins some and the other has a SYN, too, order decides
    has = np.zeros((2, 2, len(groups.starts)), np.bool_)
    has[0, side.astype(np.int64), g] = True
    has[1, side[new].astype(np.int64), g[new]] = True
    tangled: NDArray[np.bool_] = (has[1] & has[0, ::-1]).any(axis=0)
    begins = np.sort(syn[new])
    return _untangled(begins, np.flatnonzero(tangled), records, groups) if tangled.any() else begins


def _untangled(begins: Index, some: Index, records: FlowRecords, groups: Groups) -> Index:
    """What begins a stream, once these groups are followed in order.

    Where that would take too long, what is left of a group keeps the first guess.
    """
    at, part = _telling_of(groups, some), groups.part
    flags, seq, ack = (column[at].astype(np.int64) for column in (part.flags, part.seq, part.ack))
    tangles = Tangles(groups.group[at], groups.side(at), flags, seq, ack, _known(records, groups, some))
    new, followed = tangles.untangle(part.row[groups.starts[some]])
    guessed = np.zeros(len(part.seq), np.bool_)
    guessed[begins] = True
    guessed[at[followed]] = new[followed]
    return np.flatnonzero(guessed)


def _telling_of(groups: Groups, some: Index) -> Index:
    """Segments of these groups that begin a stream, or tell what a side counts from after one has begun.

    After a segment that acknowledges something both sides are known.
    """
    flags = groups.part.flags
    silent = (flags & TcpFlag.ACK) == 0
    tells = silent | ((flags & TcpFlag.SYN) != 0)
    tells[1:] |= silent[:-1]
    tells[groups.starts[some]] = True
    wanted = np.zeros(len(groups.starts), np.bool_)
    wanted[some] = True
    return np.flatnonzero(tells & wanted[groups.group])


def _known(records: FlowRecords, groups: Groups, of: Index) -> Index:
    """What both sides of these groups count from by their records, the side of the first packet first."""
    record = groups.old[of]
    turned = records.end[record] != groups.end[groups.starts[of]]
    sides = np.stack([turned, ~turned]).astype(np.int64)
    has = ((records.known[sides, record] & Known.BASE) != 0) & (record >= 0)
    known: Index = np.where(has, records.base_seq[sides, record].astype(np.int64), UNKNOWN).T.ravel()
    return known


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
