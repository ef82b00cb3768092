"""Where a TCP stream ends and a new one begins on the same addresses and ports, as Wireshark decides it.

A SYN whose sequence number is not the one that its side began with opens a new stream (packet-tcp.c,
`conversation_new` in dissect_tcp).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import run_starts, stable_order
from tui.core.columns import TcpFlag
from tui.core.flow.lanes import Index, shortest
from tui.core.flow.records import FlowRecords, Known
from tui.core.flow.segments import Segments

_SYN, _ACK = int(TcpFlag.SYN), int(TcpFlag.ACK)
WALKED = 512
"""Segments of one batch that are walked through one by one, where both sides begin new streams in turn."""


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
    of, turned = groups.group[begins], groups.side(begins)
    both = [np.zeros(len(groups.starts), np.bool_) for _ in (0, 1)]
    both[0][of[turned]] = both[1][of[~turned]] = True
    tangled = both[0] & both[1]
    if not tangled.any():
        return begins
    at = _telling_of(groups, tangled)
    walked = groups.group[at]
    if len(at) > WALKED:
        some = np.flatnonzero(tangled)
        tangled[:] = False
        first = groups.part.row[groups.starts[some]]
        tangled[shortest(some, first, np.bincount(walked)[some], WALKED)] = True
        at, walked = at[tangled[walked]], walked[tangled[walked]]
    found = at[_walk(records, groups, at, walked)]
    return np.sort(np.concatenate([begins[~tangled[of]], found]))


def _walk(records: FlowRecords, groups: Groups, at: Index, group: Index) -> list[int]:
    """Which of these segments, each of a group, begin a new stream, one by one; places in `at`."""
    part = groups.part
    told = zip(
        groups.side(at).tolist(), part.flags[at].tolist(), part.seq[at].tolist(), part.ack[at].tolist(), strict=True
    )
    starts = run_starts(group)
    bases = iter(_known(records, groups, group[starts]))
    at_start = np.zeros(len(at), np.bool_)
    at_start[starts] = True
    found: list[int] = []
    base: list[int | None] = []
    """What both sides count from, the side of the group's first packet first."""
    for place, (is_first, (side, flags, seq, ack)) in enumerate(zip(at_start.tolist(), told, strict=True)):
        if is_first:
            base = next(bases)
        mine = base[side]
        if flags & _SYN:
            if not flags & _ACK and mine is not None and mine != seq:
                found.append(place)
                base[not side] = None
                base[side] = seq
            elif mine is None:
                base[side] = seq
        elif mine is None:
            base[side] = (seq - 1) & 0xFFFFFFFF
        if flags & _ACK and base[not side] is None:
            base[not side] = (ack - 1) & 0xFFFFFFFF
    return found


def _telling_of(groups: Groups, some: NDArray[np.bool_]) -> Index:
    """Segments of these groups that begin a stream, or tell what a side counts from after one has begun.

    After a segment that acknowledges something both sides are known.
    """
    flags = groups.part.flags
    silent = (flags & TcpFlag.ACK) == 0
    tells = silent | ((flags & TcpFlag.SYN) != 0)
    tells[1:] |= silent[:-1]
    tells[groups.starts[some]] = True
    return np.flatnonzero(tells & some[groups.group])


def _known(records: FlowRecords, groups: Groups, of: Index) -> list[list[int | None]]:
    """What both sides of these groups count from by their records, the side of the first packet first."""
    record = groups.old[of]
    turned = records.end[record] != groups.end[groups.starts[of]]
    sides = np.stack([turned, ~turned]).astype(np.int64)
    has = ((records.known[sides, record] & Known.BASE) != 0) & (record >= 0)
    both = zip(records.base_seq[sides, record].T.tolist(), has.T.tolist(), strict=True)
    return [[base if there else None for base, there in zip(*each, strict=True)] for each in both]


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
