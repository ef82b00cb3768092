"""The transport layer: TCP (RFC 9293), UDP (RFC 768), UDP-Lite, SCTP (RFC 9260), DCCP (RFC 4340)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tui.core.columns import AddressKind, Mark
from tui.core.decode.batch import NO_PROTO, OF_TRANSPORT, Batch, for_most
from tui.core.decode.gather import ALL, Headers, Int64, Rows, one_of, pick
from tui.core.protocols import ID, Layer

TCP, UDP, DCCP, SCTP, UDP_LITE = 6, 17, 33, 132, 136
_SCTP_HEADER, _DCCP_HEADER = 12, 12


def decode_transport(b: Batch) -> None:
    """Read the transport header at `at` of every packet that has one; `at` moves on to its payload."""
    proto = b.proto
    room = b.end - b.at
    for numbers, size, layer, read in _READERS:
        mask = one_of(proto, numbers)
        whole = mask & (room >= size)
        for_most(b, whole, read, OF_TRANSPORT)
        mask &= ~whole
        if (cut := pick(ALL, mask)) is not None:
            _cut(b, cut, layer)
    if (rows := pick(ALL, (b.columns.marks & (Mark.FRAGMENT | Mark.LATER_FRAGMENT)) == Mark.FRAGMENT)) is not None:
        _first_fragments(b, rows)


def _ports(b: Batch, rows: Rows, h: Headers) -> None:
    c = b.columns
    c.sport[rows] = h.field(0, ">u2")
    c.dport[rows] = h.field(2, ">u2")
    c.l4[rows] = b.offset(rows)
    b.mark(rows, Mark.PORTS)


def _payload(b: Batch, rows: Rows, start: Int64) -> None:
    """The transport ends at `start`: what is left belongs to the application."""
    c = b.columns
    b.at[rows] = start
    left = b.wire_end[rows] - start
    c.payload_len[rows] = np.maximum(left, 0)
    c.payload[rows] = b.offset(rows)


def _cut(b: Batch, rows: Rows, layer: Layer) -> None:
    """Headers that are not whole: the ports are kept where they were captured."""
    b.layer(rows, layer)
    b.malformed(rows)
    b.proto[rows] = NO_PROTO
    b.columns.l4[rows] = b.offset(rows)
    nothing = pick(rows, b.end[rows] <= b.at[rows])
    if nothing is not None:
        v6 = b.columns.kind[nothing] == AddressKind.IPV6
        b.columns.protocol[nothing] = np.where(v6, ID["IPv6"], ID["IPv4"])
        b.columns.layers[nothing] &= ~np.uint64(1 << layer)
    readable = pick(rows, b.end[rows] - b.at[rows] >= 4)
    if readable is not None:
        _ports(b, readable, b.data.headers(b.at[readable], 4))


def tcp(b: Batch, rows: Rows) -> None:
    c, at = b.columns, b.here(rows)
    h = b.data.headers(at, 20)
    word = h.u16(12)
    size = (word >> 10 & 0x3C).astype(np.int64)
    b.layer(rows, Layer.TCP)
    _ports(b, rows, h)
    c.seq[rows] = h.field(4, ">u4")
    c.ack[rows] = h.field(8, ">u4")
    c.tcp_flags[rows] = word & 0x0FFF
    c.window[rows] = h.field(14, ">u2")
    start = at + size
    _payload(b, rows, start)
    wrong = (size < 20) | (start > b.end[rows])
    if (some := pick(rows, wrong)) is not None:
        b.malformed(some)
        c.payload_len[some] = 0
        b.proto[some] = NO_PROTO


def udp(b: Batch, rows: Rows) -> None:
    at = b.here(rows)
    h = b.data.headers(at, 8)
    b.layer(rows, Layer.UDP)
    _ports(b, rows, h)
    length = h.u16(4).astype(np.int64)
    room = b.wire_end[rows] - at
    wrong = (length < 8) | (length > room)
    start = at + 8
    if wrong.any():  # UDP-Lite has a checksum coverage there, a jumbogram 0; IP tells the length
        other = (b.proto[rows] == UDP_LITE) | ((length == 0) & (room > 0xFFFF))
        wrong &= ~other
        length = np.where(other, room, length)
        if (some := pick(rows, wrong)) is not None:
            b.malformed(some)
            b.proto[some] = NO_PROTO
        length = np.where(wrong, np.maximum(room, 8), length)
    end = at + length
    b.wire_end[rows] = end
    b.end[rows] = np.minimum(b.end[rows], end)
    _payload(b, rows, start)


def sctp(b: Batch, rows: Rows) -> None:
    b.layer(rows, Layer.SCTP)
    _ports(b, rows, b.data.headers(b.at[rows], 4))
    _payload(b, rows, b.at[rows] + _SCTP_HEADER)


def dccp(b: Batch, rows: Rows) -> None:
    at = b.here(rows)
    b.layer(rows, Layer.DCCP)
    h = b.data.headers(at, 8)
    _ports(b, rows, h)
    size = h.u8(4).astype(np.int64) * 4
    b.malformed(pick(rows, (size < _DCCP_HEADER) | (at + size > b.end[rows])))
    _payload(b, rows, np.minimum(at + np.maximum(size, _DCCP_HEADER), b.end[rows]))


_READERS: tuple[tuple[tuple[int, ...], int, Layer, Callable[[Batch, Rows], None]], ...] = (
    ((TCP,), 20, Layer.TCP, tcp),
    ((UDP, UDP_LITE), 8, Layer.UDP, udp),
    ((SCTP,), _SCTP_HEADER, Layer.SCTP, sctp),
    ((DCCP,), _DCCP_HEADER, Layer.DCCP, dccp),
)
"""IP protocols, the least size of a header, the layer, the reader."""

_PORTED = np.zeros(256, np.bool_)
_PORTED[[TCP, UDP, DCCP, SCTP, UDP_LITE]] = True


def _first_fragments(b: Batch, rows: Rows) -> None:
    """The ports of first fragments, for detectors; without Mark.PORTS, since no whole datagram is there."""
    c = b.columns
    some = pick(rows, _PORTED[c.ip_proto[rows]] & (b.end[rows] - b.at[rows] >= 4))
    if some is not None:
        h = b.data.headers(b.at[some], 4)
        c.sport[some] = h.field(0, ">u2")
        c.dport[some] = h.field(2, ">u2")
        c.l4[some] = b.offset(some)
