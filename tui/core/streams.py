"""Where a TCP stream ends and a new one begins on the same addresses and ports, as Wireshark decides it.

A SYN whose sequence number is not the one that its side began with opens a new stream (packet-tcp.c,
`conversation_new` in dissect_tcp).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import stable_order
from tui.core.columns import TcpFlag
from tui.core.flowrecords import FlowRecords, Known

Index = NDArray[np.int64]


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
