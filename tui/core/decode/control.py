"""What stands beside the transports: ICMP (RFC 792), ICMPv6 (RFC 4443), IGMP (RFC 3376), and packets inside packets."""

from __future__ import annotations

import numpy as np

from tui.core.decode.batch import Batch
from tui.core.decode.gather import ALL, Rows, one_of, pick
from tui.core.decode.linktypes import LinkType
from tui.core.protocols import Layer

_ICMP, _IGMP, _IPIP, _IPV6, _GRE, _ESP, _ICMPV6, _ETHERIP, _PIM, _L2TP, _MPLS = (
    1,
    2,
    4,
    41,
    47,
    50,
    58,
    97,
    103,
    115,
    137,
)
_PLAIN = np.zeros(256, np.bool_)
_PLAIN[[6, 17, 33, 132, 136, 255]] = True
_ERRORS4 = (3, 4, 5, 11, 12)


def decode_control(b: Batch) -> None:
    """Packets whose IP protocol is no transport with ports."""
    others = pick(ALL, ~_PLAIN.take(b.proto, mode="clip"))
    if others is None:
        return
    proto = b.proto[others]
    b.columns.l4[others] = b.offset(others)
    for number, reader in _READERS.items():
        if (rows := pick(others, proto == number)) is not None:
            reader(b, rows)


def icmp(b: Batch, rows: Rows) -> None:
    b.layer(rows, Layer.ICMP)
    _code(b, rows)
    kind = b.columns.code[rows] >> 8
    if (some := pick(rows, one_of(kind, _ERRORS4))) is not None:
        b.carries(some, LinkType.NETWORK, skip=8, quoted=True)


def icmpv6(b: Batch, rows: Rows) -> None:
    b.layer(rows, Layer.ICMPV6)
    _code(b, rows)
    kind = b.columns.code[rows] >> 8
    if (some := pick(rows, (kind >= 1) & (kind <= 4))) is not None:
        b.carries(some, LinkType.NETWORK, skip=8, quoted=True)


def _code(b: Batch, rows: Rows) -> None:
    """Type and code; the payload begins behind the 8 bytes that nearly all messages share."""
    c, at = b.columns, b.here(rows)
    c.code[rows] = b.data.headers(at, 4).u16(0)
    b.malformed(pick(rows, b.end[rows] - at < 8))
    c.payload_len[rows] = np.maximum(b.wire_end[rows] - at - 8, 0)
    c.payload[rows] = np.minimum(at + 8 - b.origin[rows], 0xFFFE)


_IGMP_NAMES = {
    **dict.fromkeys(range(1, 9), "IGMPv0"),
    0x12: "IGMPv1",
    0x13: "DVMRP",
    0x16: "IGMPv2",
    0x17: "IGMPv2",
    0x22: "IGMPv3",
}


def igmp(b: Batch, rows: Rows) -> None:
    """IGMP; a query's version is told by its length and its response time (RFC 3376 section 7.1)."""
    c, at = b.columns, b.here(rows)
    b.layer(rows, Layer.IGMP)
    h = b.data.headers(at, 8)
    kind = h.u8(0)
    c.code[rows] = kind.astype(np.uint16) << 8
    room = b.end[rows] - at
    b.malformed(pick(rows, room < 8))
    for number, name in _IGMP_NAMES.items():
        if (some := pick(rows, kind == number)) is not None:
            b.name(some, name)
    query = kind == 0x11
    for name, mask in (
        ("IGMPv3", room >= 12),
        ("IGMPv1", (room < 12) & (h.u8(1) == 0)),
        ("IGMPv2", (room < 12) & (h.u8(1) != 0)),
    ):
        if (some := pick(rows, query & mask)) is not None:
            b.name(some, name)


def pim(b: Batch, rows: Rows) -> None:
    version = b.data.u8(b.at[rows]) >> 4
    for number in (0, 1):
        if (some := pick(rows, version == number)) is not None:
            b.name(some, f"PIMv{number}")


def ip_in_ip(b: Batch, rows: Rows) -> None:
    b.carries(rows, LinkType.NETWORK)


_GRE_CARRIES = {
    0x0800: LinkType.NETWORK, 0x86DD: LinkType.NETWORK, 0x6558: LinkType.ETHERNET, 0x880B: LinkType.PPP,
    0x8847: LinkType.of_ethertype(0x8847), 0x8848: LinkType.of_ethertype(0x8847), 0x0806: LinkType.of_ethertype(0x0806),
    0x8137: LinkType.of_ethertype(0x8137), 0x2000: LinkType.of_ethertype(0x2000),
}  # fmt: skip


def gre(b: Batch, rows: Rows) -> None:
    """GRE (RFC 2784, 2890), its version of PPTP (RFC 2637), and ERSPAN."""
    at = b.here(rows)
    b.layer(rows, Layer.GRE)
    h = b.data.headers(at, 4)
    flags, kind = h.u16(0), h.u16(2)
    b.malformed(pick(rows, b.end[rows] - at < 4))
    size = np.full(len(flags), 4, np.int64)
    for bit in (0x8000 | 0x4000, 0x2000, 0x1000):
        size += np.where((flags & bit) != 0, 4, 0)
    size += np.where((flags & 0x0087) == 0x0081, 4, 0)
    for number, linktype in _GRE_CARRIES.items():
        if (mask := kind == number).any() and (some := pick(rows, mask)) is not None:
            b.carries(some, linktype, skip=size[mask])
    for number, extra in ((0x88BE, 8), (0x22EB, 12)):
        if (mask := kind == number).any() and (some := pick(rows, mask)) is not None:
            b.name(some, "ERSPAN")
            plain = (flags[mask] & 0x1000) == 0  # type I has no header of its own
            b.carries(some, LinkType.ETHERNET, skip=size[mask] + np.where(plain, 0, extra))


def esp(b: Batch, rows: Rows) -> None:
    b.layer(rows, Layer.ESP)
    b.malformed(pick(rows, b.end[rows] - b.at[rows] < 8))


def etherip(b: Batch, rows: Rows) -> None:
    b.carries(rows, LinkType.ETHERNET, skip=2)


def l2tpv3(b: Batch, rows: Rows) -> None:
    b.layer(rows, Layer.L2TP)


def mpls_in_ip(b: Batch, rows: Rows) -> None:
    b.carries(rows, LinkType.of_ethertype(0x8847))


_READERS = {
    _ICMP: icmp, _IGMP: igmp, _IPIP: ip_in_ip, _IPV6: ip_in_ip, _GRE: gre, _ESP: esp, _ICMPV6: icmpv6,
    _ETHERIP: etherip, _PIM: pim, _L2TP: l2tpv3, _MPLS: mpls_in_ip,
}  # fmt: skip
