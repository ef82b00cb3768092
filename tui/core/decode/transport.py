"""The transport layer: TCP (RFC 9293), UDP (RFC 768), UDP-Lite, SCTP (RFC 9260), DCCP (RFC 4340)."""

from __future__ import annotations

import numpy as np

from tui.core.columns import Mark
from tui.core.decode.batch import NO_PROTO, Batch, for_most
from tui.core.decode.gather import ALL, Bool, Headers, Int64, Rows, pick
from tui.core.protocols import Layer

TCP, UDP, DCCP, SCTP, UDP_LITE = 6, 17, 33, 132, 136
_SCTP_HEADER, _DCCP_HEADER = 12, 12


def decode_transport(b: Batch) -> None:
    """Read the transport header at `at` of every packet that has one; `at` moves on to its payload."""
    proto = b.proto
    for_most(b, proto == TCP, tcp)
    for_most(b, (proto == UDP) | (proto == UDP_LITE), udp)
    if (rows := pick(ALL, proto == SCTP)) is not None:
        sctp(b, rows)
    if (rows := pick(ALL, proto == DCCP)) is not None:
        dccp(b, rows)
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


def _split(b: Batch, rows: Rows, good: Bool) -> Rows | None:
    """Mark those that are not whole and take them out; ports are kept where they were captured."""
    bad = pick(rows, ~good)
    if bad is not None:
        b.malformed(bad)
        b.proto[bad] = NO_PROTO
        b.columns.l4[bad] = b.offset(bad)
        readable = pick(bad, b.end[bad] - b.at[bad] >= 4)
        if readable is not None:
            _ports(b, readable, b.data.headers(b.at[readable], 4))
    return pick(rows, good)


def tcp(b: Batch, rows: Rows, checked: bool = False) -> None:
    c, at = b.columns, b.at[rows]
    h = b.data.headers(at, 20)
    word = h.u16(12)
    size = (word >> 10 & 0x3C).astype(np.int64)
    if not checked:
        b.layer(rows, Layer.TCP)
        good = b.end[rows] - at >= 20
        if not good.all():
            whole = _split(b, rows, good)
            if whole is not None:
                tcp(b, whole, checked=True)
            return
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


def udp(b: Batch, rows: Rows, checked: bool = False) -> None:
    at = b.at[rows]
    h = b.data.headers(at, 8)
    if not checked:
        b.layer(rows, Layer.UDP)
        good = b.end[rows] - at >= 8
        if not good.all():
            whole = _split(b, rows, good)
            if whole is not None:
                udp(b, whole, checked=True)
            return
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
    whole = _split(b, rows, b.end[rows] - b.at[rows] >= _SCTP_HEADER)
    if whole is not None:
        _ports(b, whole, b.data.headers(b.at[whole], 4))
        _payload(b, whole, b.at[whole] + _SCTP_HEADER)


def dccp(b: Batch, rows: Rows) -> None:
    b.layer(rows, Layer.DCCP)
    whole = _split(b, rows, b.end[rows] - b.at[rows] >= _DCCP_HEADER)
    if whole is not None:
        at = b.at[whole]
        h = b.data.headers(at, 8)
        _ports(b, whole, h)
        size = h.u8(4).astype(np.int64) * 4
        b.malformed(pick(whole, (size < _DCCP_HEADER) | (at + size > b.end[whole])))
        _payload(b, whole, np.minimum(at + np.maximum(size, _DCCP_HEADER), b.end[whole]))


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
