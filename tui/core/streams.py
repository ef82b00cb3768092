"""Where a TCP stream ends and a new one begins on the same addresses and ports, as Wireshark decides it.

A SYN whose sequence number is not the one that its side began with opens a new stream (packet-tcp.c,
`conversation_new` in dissect_tcp).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import stable_order
from tui.core.columns import TcpFlag
from tui.core.flowrecords import FlowRecords, Known

Index = NDArray[np.int64]

WALKED = 2_048
"""Packets of one batch that are walked through one by one, where both sides begin new streams in turn."""


def new_streams(
    records: FlowRecords,
    old: Index,
    starts: Index,
    group: Index,
    end: NDArray[np.uint64],
    flags: NDArray[np.uint16],
    seq: NDArray[np.uint32],
    ack: NDArray[np.uint32],
) -> Index:
    """The sorted TCP packets that begin a new stream within, or at the start of, a group of the same ends.

    `old`: record of each group, -1 where it is new, shape (g,); `starts`: its first packet; the others by packet.
    """
    syn = np.flatnonzero((flags & (TcpFlag.SYN | TcpFlag.ACK)) == TcpFlag.SYN)
    # alone at the start of a group that is new: the usual beginning, and all that a flood of SYNs is
    syn = syn[~((old[group[syn]] < 0) & (starts[group[syn]] == syn))]
    if not len(syn):
        return np.empty(0, np.int64)
    # by group, then by side, in packet order
    syn = syn[stable_order(2 * group[syn] + (end[syn] != end[starts[group[syn]]]))]
    g = group[syn]
    follows = np.zeros(len(syn), np.bool_)
    follows[1:] = (g[1:] == g[:-1]) & (end[syn[1:]] == end[syn[:-1]])
    base = np.empty(len(syn), np.int64)
    base[1:] = seq[syn[:-1]]
    first = np.flatnonzero(~follows)
    base[first] = _first_base(records, old[g[first]], starts[group], starts[g[first]], syn[first], end, flags, seq, ack)
    begins: Index = np.sort(syn[(base >= 0) & (base != seq[syn])])
    return _untangled(begins, records, old, starts, group, end, flags, seq, ack)


def _untangled(
    begins: Index,
    records: FlowRecords,
    old: Index,
    starts: Index,
    group: Index,
    end: NDArray[np.uint64],
    flags: NDArray[np.uint16],
    seq: NDArray[np.uint32],
    ack: NDArray[np.uint32],
) -> Index:
    """A new stream knows nothing of either side; where both sides begin some, their groups are walked through.

    A flood of such beyond WALKED packets keeps the first guess: no traffic costs more for each packet than that.
    """
    g = group[begins]
    turned = end[begins] != end[starts[g]]
    tangled = np.intersect1d(g[turned], g[~turned])
    if not len(tangled):
        return begins
    sizes = np.searchsorted(group, tangled, "right") - starts[tangled]
    tangled = tangled[np.cumsum(sizes) <= WALKED]
    found = [begins[~np.isin(g, tangled)]]
    for each in tangled.tolist():
        start, stop = int(starts[each]), int(np.searchsorted(group, each, "right"))
        base = _known(records, int(old[each]), int(end[start]))
        part = slice(start, stop)
        sides = (end[part] != end[start]).tolist()
        walked = _walk(base, zip(sides, flags[part].tolist(), seq[part].tolist(), ack[part].tolist(), strict=True))
        found.append(np.asarray(walked, np.int64) + start)
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


def _first_base(
    records: FlowRecords,
    record: Index,
    begin: Index,
    start: Index,
    syn: Index,
    end: NDArray[np.uint64],
    flags: NDArray[np.uint16],
    seq: NDArray[np.uint32],
    ack: NDArray[np.uint32],
) -> Index:
    """What the side of each SYN counts from before the batch or by the first packet of its group; -1 not known."""
    start = _telling(begin, start, syn, end, flags)
    same = end[start] == end[syn]
    from_ack = (flags[start] & TcpFlag.ACK) != 0
    from_seq = seq[start].astype(np.int64) - ((flags[start] & TcpFlag.SYN) == 0)
    guess = np.where(same, from_seq, ack[start].astype(np.int64) - 1) & 0xFFFFFFFF
    base = np.where((start < syn) & (same | from_ack), guess, -1)
    have = np.flatnonzero(record >= 0)
    kept = record[have]
    side = (records.end[kept] != end[syn[have]]).astype(np.int64)
    known = (records.known[side, kept] & Known.BASE) != 0
    base[have[known]] = records.base_seq[side, kept][known]
    return base


def _telling(begin: Index, start: Index, syn: Index, end: NDArray[np.uint64], flags: NDArray[np.uint16]) -> Index:
    """From the start of each group on, the first packet that is of the SYN's side or acknowledges something of it.

    `begin`: the start of the group of each packet.
    """
    silent = np.flatnonzero((end[start] != end[syn]) & ((flags[start] & TcpFlag.ACK) == 0))
    if not len(silent):
        return start
    tells = np.flatnonzero((end != end[begin]) | ((flags & TcpFlag.ACK) != 0))
    first = start.copy()
    first[silent] = tells[np.searchsorted(tells, start[silent])]  # at the latest the SYN itself
    return first
