"""Packets inside packets: what tunnels carry and what ICMP errors quote, with what the flow table said of them.

What the flow table says of a packet in a tunnel (`stream`, `seq_base`, the marks of TCP's analysis, ...) stands in
the columns of the packet that carries it; `stream` of an ICMP error is that of the packet it quotes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import run_lengths, run_starts
from tui.core.columns import NONE32, Columns, Mark
from tui.core.decode import decode_inner
from tui.core.decode.gather import one_of
from tui.core.frames import Frames
from tui.core.protocols import ID, LAYERS_OF

Index = NDArray[np.int64]
QUOTES = (1, 58)
"""ICMP and ICMPv6: the packet inside is not what they are about."""
_TCP = 6
ANALYSIS = np.uint32(
    Mark.RETRANSMISSION | Mark.FAST_RETRANSMISSION | Mark.SPURIOUS_RETRANSMISSION | Mark.OUT_OF_ORDER
    | Mark.DUPLICATE_ACK | Mark.ZERO_WINDOW | Mark.LOST_SEGMENT | Mark.KEEP_ALIVE | Mark.KEEP_ALIVE_ACK
    | Mark.WINDOW_FULL | Mark.WINDOW_UPDATE | Mark.ZERO_WINDOW_PROBE | Mark.ZERO_WINDOW_PROBE_ACK | Mark.PORTS_REUSED
    | Mark.ACK_LOST_SEGMENT
)  # fmt: skip
"""What TCP's analysis says of a segment."""


def tunnelled(columns: Columns) -> Index:
    """Rows that are about a packet inside them."""
    return np.flatnonzero((columns.marks & Mark.INNER != 0) & ~one_of(columns.ip_proto, QUOTES))


@dataclass(frozen=True, slots=True)
class Within:
    """The packets inside some packets, all levels, outer ones first."""

    columns: Columns
    parents: Index
    """The packet that each is in."""
    depth: Index
    """1: directly in the packet."""
    quoted: NDArray[np.bool_]
    """Quoted by an ICMP error, or inside of what is quoted."""
    quote: NDArray[np.bool_]
    """Quoted by an ICMP error that is not itself quoted."""
    last: NDArray[np.bool_]
    """The innermost that is not quoted: the one that a packet is about."""


def within(frames: Frames, columns: Columns, rows: Index | None = None) -> Within:
    """The packets inside those of `rows` (default: all) with Mark.INNER."""
    inner, parents = decode_inner(frames, columns, rows)
    depth = _ordinals(parents)
    carrier = columns.ip_proto.copy()
    quoting = np.zeros(len(columns), np.bool_)
    about = np.full(len(columns), -1)
    quoted = np.zeros(len(parents), np.bool_)
    quote = quoted.copy()
    for level in range(1, int(depth.max(initial=0)) + 1):
        at = np.flatnonzero(depth == level)
        of = parents[at]
        quote[at] = one_of(carrier[of], QUOTES) & ~quoting[of]
        quoting[of] |= quote[at]
        quoted[at] = quoting[of]
        plain = at[~quoting[of]]
        about[parents[plain]] = plain
        carrier[of] = inner.ip_proto[at]
    last = np.zeros(len(parents), np.bool_)
    last[about[about >= 0]] = True
    _inherit(inner, columns, parents, last, quote)
    return Within(inner, parents, depth, quoted, quote, last)


def _ordinals(owner: Index) -> Index:
    """For each inner packet, how deep it lies in its owner: 1 for the first. Outer ones come first."""
    order = np.argsort(owner, kind="stable")
    sorted_ = owner[order]
    starts = run_starts(sorted_)
    found = np.empty(len(owner), np.int64)
    found[order] = np.arange(len(owner)) - np.repeat(starts, run_lengths(starts, len(owner))) + 1
    return found


def _inherit(
    inner: Columns, columns: Columns, parents: Index, last: NDArray[np.bool_], quote: NDArray[np.bool_]
) -> None:
    """Give inner packets what the flow columns of the packets around them say of them."""
    inner.stream[~(last | quote)] = NONE32
    at = np.flatnonzero(last & (columns.ip_proto[parents] != _TCP) & (inner.ip_proto == _TCP))
    of = parents[at]
    for name in ("seq_base", "ack_base", "window_shift"):
        getattr(inner, name)[at] = getattr(columns, name)[of]
    inner.marks[at] |= columns.marks[of] & ANALYSIS
    renamed = columns.protocol[of] != inner.protocol[at]
    at, of = at[renamed], of[renamed]
    inner.layers[at] &= ~LAYERS_OF.take(inner.protocol[at]) | LAYERS_OF[ID["TCP"]]
    inner.protocol[at] = columns.protocol[of]
    inner.layers[at] |= LAYERS_OF.take(inner.protocol[at])


def innermost(columns: Columns, frames: Frames, rows: Index) -> dict[int, tuple[Columns, int]]:
    """For each of these rows that could be opened: the columns and the row of the packet to speak of."""
    found = within(frames, columns, rows)
    at = np.flatnonzero(found.last)
    return {
        parent: (found.columns, index) for parent, index in zip(found.parents[at].tolist(), at.tolist(), strict=True)
    }
