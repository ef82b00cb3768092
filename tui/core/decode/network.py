"""The network layer: IPv4 (RFC 791), IPv6 with its extension headers (RFC 8200), ARP and RARP (RFC 826, 903)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import AddressKind, Mark
from tui.core.decode.batch import NO_PROTO, OF_NETWORK, Batch, for_most
from tui.core.decode.gather import ALL, Bool, Headers, Int64, Rows, one_of, pick
from tui.core.protocols import ID, IP_PROTOCOLS, Layer

IPV4, ARP, RARP, IPV6 = 0x0800, 0x0806, 0x8035, 0x86DD
_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AH, _NO_NEXT, _DESTINATION = 0, 43, 44, 51, 59, 60
_EXTENSIONS = np.zeros(256, np.bool_)
_EXTENSIONS[[_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AH, _DESTINATION, 135, 139, 140]] = True
_MOST_EXTENSIONS = 128  # a packet with more is called malformed: the loop below is what such a flood would pay for


def decode_network(b: Batch) -> None:
    """Read the network header at `at` of every packet whose ethertype says that there is one."""
    kind, room = b.network, b.end - b.at
    v4 = kind == IPV4
    first = b.data.u8(b.at)
    whole = v4 & (room >= 20) & (first & 15 >= 5)
    for_most(b, whole, ipv4, OF_NETWORK)
    _cut(b, v4 & ~whole, "IPv4", Layer.IP)
    if v4.all():
        return
    v6 = kind == IPV6
    whole = v6 & (room >= 40) & (first >> 4 == 6)
    for_most(b, whole, ipv6, OF_NETWORK)
    _cut(b, v6 & (room < 40), "IPv6", Layer.IPV6)
    if (rows := pick(ALL, (kind == ARP) | (kind == RARP))) is not None:
        arp(b, rows)


def _cut(b: Batch, mask: Bool, name: str, layer: Layer) -> None:
    """Headers that are not whole: the name is all that is sure."""
    rows = pick(ALL, mask)
    if rows is not None:
        b.name(rows, name)
        b.layer(rows, layer)
        b.malformed(rows)


def ipv4(b: Batch, rows: Rows) -> None:
    """Whole IPv4 headers at `at` of `rows`."""
    c, at = b.columns, b.here(rows)
    h = b.data.headers(at, 20)
    size = ((h.u8(0) & 15) << 2).astype(np.int64)
    b.layer(rows, Layer.IP)
    c.kind[rows] = AddressKind.IPV4
    c.src_hi[rows] = 0  # the link layer may have left its mark there
    c.dst_hi[rows] = 0
    c.src_lo[rows] = h.field(12, ">u4")
    c.dst_lo[rows] = h.field(16, ">u4")
    c.ttl[rows] = h.field(8, "u1")
    proto = h.u8(9)
    c.ip_proto[rows] = proto
    c.protocol[rows] = IP_PROTOCOLS.take(proto, mode="clip")
    c.ethertype[rows] = IPV4
    c.l3[rows] = b.offset(rows)
    total = h.u16(2)
    end = at + total
    if not total.all():  # 0: the network card was to cut it up; the length on the wire tells
        end = np.where(total == 0, b.wire_end[rows], end)
    np.minimum(end, b.wire_end[rows], out=end)
    contradicts = total < size
    contradicts &= total > 0
    b.wire_end[rows] = end
    b.end[rows] = np.minimum(b.end[rows], end)
    b.at[rows] = at + size
    fragment = h.u16(6)
    bits = (fragment & 0x6000).astype(np.uint32)
    bits >>= np.uint32(8)  # DF and MF land on DONT_FRAGMENT and MORE_FRAGMENTS
    c.marks[rows] |= bits
    b.proto[rows] = proto
    if (some := pick(rows, proto == _AH)) is not None:
        _extensions(b, some)
        c.ip_proto[some] = b.proto[some]
        c.protocol[some] = IP_PROTOCOLS[b.proto[some]]
    if (some := pick(rows, size > 20)) is not None:
        b.mark(some, Mark.OPTIONS)
        b.malformed(pick(some, b.at[some] > b.end[some]))
    if (some := pick(rows, (fragment & 0x3FFF) != 0)) is not None:
        later = pick(rows, (fragment & 0x1FFF) != 0)
        _fragments(b, some, later, "IPv4")
    if (some := pick(rows, contradicts)) is not None:
        b.malformed(some)
        b.proto[some] = NO_PROTO


def ipv6(b: Batch, rows: Rows) -> None:
    """Whole IPv6 headers at `at` of `rows`, and the extension headers behind them in any order."""
    c, at = b.columns, b.here(rows)
    b.layer(rows, Layer.IPV6)
    h = b.data.headers(at, 40)
    c.kind[rows] = AddressKind.IPV6
    c.src_hi[rows] = h.field(8, ">u8")
    c.src_lo[rows] = h.field(16, ">u8")
    c.dst_hi[rows] = h.field(24, ">u8")
    c.dst_lo[rows] = h.field(32, ">u8")
    c.ttl[rows] = h.field(7, "u1")
    c.ethertype[rows] = IPV6
    c.l3[rows] = b.offset(rows)
    length = h.u16(4)
    following = h.u8(6)
    end = at + 40 + length
    if not length.all():  # 0: a jumbogram (RFC 2675), or a card was to cut it up
        end = np.where(length == 0, np.maximum(b.wire_end[rows], at + 40), end)
    np.minimum(end, b.wire_end[rows], out=end)
    b.wire_end[rows] = end
    b.end[rows] = np.minimum(b.end[rows], end)
    b.at[rows] = at + 40
    b.proto[rows] = following
    if (some := pick(rows, _EXTENSIONS[following])) is not None:
        b.mark(some, Mark.OPTIONS)
        _extensions(b, some)
    proto = b.proto[rows]
    c.ip_proto[rows] = proto
    named = IP_PROTOCOLS[proto]
    c.protocol[rows] = np.where((named == ID["IPv4"]) | (proto == _NO_NEXT), ID["IPv6"], named)
    b.proto[rows] = proto
    if (some := pick(rows, (c.marks[rows] & Mark.FRAGMENT) != 0)) is not None:
        b.name(some, "IPv6")
        b.proto[some] = NO_PROTO


def _extensions(b: Batch, rows: Rows) -> None:
    """Step over extension headers, all packets at once, until none of them stands at one."""
    index = np.arange(len(b)) if isinstance(rows, slice) else rows
    at, kind, end = b.at[index], b.proto[index], b.end[index]
    for _ in range(_MOST_EXTENSIONS):
        h = b.data.headers(at, 8)
        size = (h.u8(1).astype(np.int64) << 3) + 8
        special = np.flatnonzero((kind == _FRAGMENT) | (kind == _AH))
        later = None
        if len(special):
            later = _fragments_and_ah(b, index, special, kind, size, h)
        at = at + size
        kind = h.u8(0)
        cut = at > end
        if cut.any():
            b.malformed(index[cut])
            kind[cut] = NO_PROTO
        stay = _EXTENSIONS[kind]
        if later is not None:
            stay[later] = False
        if stay.all():
            continue
        done = ~stay
        b.at[index[done]] = at[done]
        b.proto[index[done]] = kind[done]
        index, at, kind, end = index[stay], at[stay], kind[stay], end[stay]
        if not len(index):
            return
    b.malformed(index)
    b.proto[index] = NO_PROTO


def _fragments_and_ah(
    b: Batch, index: Int64, special: Int64, kind: NDArray[np.uint8], size: Int64, h: Headers
) -> Int64 | None:
    """Mark fragments (RFC 8200 section 4.5) and AH (RFC 4302), correct their sizes; which have nothing to read behind.

    A fragment header with offset 0 and nothing to follow belongs to a whole packet (RFC 6946).
    """
    ah = special[kind[special] == _AH]
    if len(ah):
        size[ah] = (size[ah] >> 1) + 4  # counted in units of 4 bytes, minus 2
        b.layer(index[ah], Layer.AH)
    fragment = special[kind[special] == _FRAGMENT]
    if not len(fragment):
        return None
    size[fragment] = 8
    word = h.field(2, ">u2")[fragment].astype(np.uint32)
    more, later = (word & 1) != 0, word >= 8
    marks = np.where(more, np.uint32(Mark.MORE_FRAGMENTS), np.uint32(0))
    marks |= np.where(later, np.uint32(Mark.LATER_FRAGMENT), np.uint32(0))
    marks |= np.where(more | later, np.uint32(Mark.FRAGMENT), np.uint32(0))
    b.columns.marks[index[fragment]] |= marks
    return fragment[later] if later.any() else None


def _fragments(b: Batch, rows: Rows, later: Rows | None, name: str) -> None:
    """Fragments are named after the network layer, as a reader without reassembly sees them.

    The first one keeps the ports of its transport in `sport` and `dport`, but without Mark.PORTS.
    """
    b.mark(rows, Mark.FRAGMENT)
    b.name(rows, name)
    if later is not None:
        b.mark(later, Mark.LATER_FRAGMENT)
    b.proto[rows] = NO_PROTO


def arp(b: Batch, rows: Rows) -> None:
    """ARP and RARP for IPv4 over any hardware: hardware and protocol address lengths are read."""
    c, at = b.columns, b.here(rows)
    b.name(rows, "ARP")
    b.layer(rows, Layer.ARP)
    c.ethertype[rows] = b.network[rows]
    c.l3[rows] = b.offset(rows)
    h = b.data.headers(at, 8)
    operation = h.u16(6)
    c.code[rows] = operation
    for name, of in (("RARP", ((3, 4))), ("DRARP", (5, 6, 7)), ("Inverse ARP", (8, 9))):
        if (some := pick(rows, one_of(operation, of))) is not None:
            b.name(some, name)
    hardware, size = h.u8(4).astype(np.int64), h.u8(5)
    whole = at + 8 + 2 * (hardware + size) <= b.end[rows]
    b.malformed(pick(rows, ~whole))
    good = whole & (size == 4) & (h.u16(2) == IPV4)
    known = pick(rows, good)
    if known is None:
        return
    step = hardware[good] if not good.all() else hardware
    sender = b.at[known] + 8 + step
    c.kind[known] = AddressKind.IPV4
    c.src_hi[known] = 0
    c.dst_hi[known] = 0
    c.src_lo[known] = b.data.headers(sender, 4).field(0, ">u4")
    c.dst_lo[known] = b.data.headers(sender + 4 + step, 4).field(0, ">u4")
