"""Tangles: connections of which both sides begin new streams in turn, so that each beginning depends on those before.

A new stream knows nothing of either side (`conversation_new` in Wireshark's packet-tcp.c). So the segments that tell
what a side counts from are stepped through in their order, many connections side by side.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import run_lengths, run_starts
from tui.core.columns import TcpFlag
from tui.core.flow.abreast import Abreast
from tui.core.flow.lanes import Index

Mask = NDArray[np.bool_]
ABREAST = 24
"""So many connections are worth a step of them all; the segments of fewer are taken one by one."""
WALKED = 2_048
"""Segments of one batch that are taken one by one."""
UNKNOWN = -1
"""What a side counts from, before it is known."""
_SYN, _ACK = int(TcpFlag.SYN), int(TcpFlag.ACK)
_CIRCLE = 0xFFFFFFFF


class Tangles:
    """m segments, those of one connection side by side and in packet order; all arrays have shape (m,)."""

    def __init__(self, connection: Index, side: Mask, flags: Index, seq: Index, ack: Index, base: Index) -> None:
        """`base`: what the sides of each connection count from before its first segment, one behind the other."""
        self._starts = run_starts(connection)
        self._counts = run_lengths(self._starts, len(connection))
        self._own = 2 * np.repeat(np.arange(len(self._starts)), self._counts) + side
        self._flags, self._seq, self._ack = flags, seq, ack
        self._base = base
        self._begins = np.zeros(len(connection), np.bool_)

    def untangle(self, first: Index) -> tuple[Mask, Mask]:
        """(segments that begin a new stream, segments that were looked at); `first` packet of each connection.

        Of connections that few others are as long as, the shortest are followed to their end, of equal ones those that
        began first, and so on up to WALKED segments: no traffic costs more for each packet than that.
        """
        abreast = Abreast.of(self._counts, len(self._own), ABREAST)
        self._step(abreast)
        done = len(abreast.sizes)
        looked_at = np.zeros(len(self._own), np.bool_)
        looked_at[abreast.order] = True
        longer = np.flatnonzero(self._counts > done)
        left = WALKED
        for connection in longer[np.lexsort((first[longer], self._counts[longer]))].tolist():
            begin = int(self._starts[connection]) + done
            span = slice(begin, begin + min(int(self._counts[connection]) - done, left))
            self._walk(connection, span)
            looked_at[span] = True
            left -= span.stop - span.start
            if not left:
                break
        return self._begins, looked_at

    def _step(self, abreast: Abreast) -> None:
        at = abreast.order
        own, seq, answers = self._own[at], self._seq[at], (self._ack[at] - 1) & _CIRCLE
        other = own ^ 1
        syn, acks = (self._flags[at] & _SYN) != 0, (self._flags[at] & _ACK) != 0
        opens, counts_from = syn & ~acks, np.where(syn, seq, (seq - 1) & _CIRCLE)
        begins = np.empty(len(at), np.bool_)
        for step, _ in abreast.steps():
            mine, theirs = self._base[own[step]], self._base[other[step]]
            unknown = mine == UNKNOWN
            new = begins[step] = opens[step] & ~unknown & (mine != seq[step])
            self._base[own[step]] = np.where(new | unknown, counts_from[step], mine)
            theirs = np.where(new, UNKNOWN, theirs)
            self._base[other[step]] = np.where(acks[step] & (theirs == UNKNOWN), answers[step], theirs)
        self._begins[at] = begins

    def _walk(self, connection: int, span: slice) -> None:
        """Some segments of one connection: the same as `_step`, one by one."""
        both = slice(2 * connection, 2 * connection + 2)
        base: list[int] = self._base[both].tolist()
        columns = (self._own[span] & 1, self._flags[span], self._seq[span], self._ack[span])
        begins = []
        for side, flags, seq, ack in zip(*(column.tolist() for column in columns), strict=True):
            mine, syn, acks = base[side], flags & _SYN, flags & _ACK
            new = bool(syn and not acks and mine not in (UNKNOWN, seq))
            if new:
                base[1 - side] = UNKNOWN
            if new or mine == UNKNOWN:
                base[side] = seq if syn else (seq - 1) & _CIRCLE
            if acks and base[1 - side] == UNKNOWN:
                base[1 - side] = (ack - 1) & _CIRCLE
            begins.append(new)
        self._base[both] = base
        self._begins[span] = begins
